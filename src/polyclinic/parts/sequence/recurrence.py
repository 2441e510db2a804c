"""The recurrence that all state spaces share, computed for many tokens at once."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

STEPS = (1e-3, 1e-1)  # between which the steps of a fresh state space lie


def log_steps(count: int) -> Tensor:
    """Logarithms of steps to start from, uniform between those of 0.001 and 0.1."""
    low, high = (math.log(step) for step in STEPS)
    return torch.rand(count) * (high - low) + low


def recurrence(decay_BLX: Tensor, given_BLX: Tensor, first_BX: Tensor | None = None) -> Tensor:
    """States h_t = decay_t * h_{t-1} + given_t of a sequence, real or complex, each of its channels by itself.

    The sequence is cut into about sqrt(L) pieces that are gone through side by side, and what one piece hands to
    the next is added afterwards: 2 sqrt(L) steps instead of L, no division, so that it is as exact as one by one.

    Args:
        decay_BLX: of one shape with `given_BLX`: (B, L, ...).
        first_BX: the state before the first token; None is zero.

    Source:
        The associative rule (a, b) * (c, d) = (ac, cb + d) of arXiv 2208.04933, section 2.2. Differs: in two levels
        rather than in a tree, which suits processors.

    Example:
        >>> half, one = torch.full((1, 3, 1), 0.5), torch.ones(1, 3, 1)
        >>> recurrence(half, one).flatten().tolist()
        [1.0, 1.5, 1.75]
    """
    if first_BX is not None:
        head_B1X = given_BLX[:, :1] + decay_BLX[:, :1] * first_BX[:, None]
        given_BLX = torch.cat([head_B1X, given_BLX[:, 1:]], 1)
    states_BLX: Tensor = _Recurrence.apply(decay_BLX, given_BLX)  # type: ignore[no-untyped-call]
    return states_BLX


class _Recurrence(torch.autograd.Function):
    """Its gradient is the same recurrence from the last token to the first."""

    @staticmethod
    def forward(ctx: Any, decay_BLX: Tensor, given_BLX: Tensor) -> Tensor:
        states_BLX = _states(decay_BLX, given_BLX)
        ctx.save_for_backward(decay_BLX, states_BLX)
        return states_BLX

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        decay_BLX, states_BLX = ctx.saved_tensors
        behind_BLX = torch.cat([decay_BLX[:, 1:], torch.zeros_like(decay_BLX[:, :1])], 1).conj()
        given_BLX = _states(behind_BLX.flip(1), grads[0].flip(1)).flip(1)
        before_BLX = torch.cat([torch.zeros_like(states_BLX[:, :1]), states_BLX[:, :-1]], 1).conj()
        return given_BLX * before_BLX, given_BLX


def _states(decay_BLX: Tensor, given_BLX: Tensor) -> Tensor:
    length = decay_BLX.shape[1]
    piece = max(math.isqrt(length), 1)
    pieces = -(-length // piece)
    kept_BPCX = _cut(decay_BLX, pieces, piece)
    state_BPCX = _cut(given_BLX, pieces, piece)
    for at in range(1, piece):
        state_BPCX[:, :, at] += kept_BPCX[:, :, at] * state_BPCX[:, :, at - 1]
        kept_BPCX[:, :, at] *= kept_BPCX[:, :, at - 1]
    for at in range(1, pieces):
        state_BPCX[:, at] += kept_BPCX[:, at] * state_BPCX[:, at - 1, -1:]
    return state_BPCX.flatten(1, 2)[:, :length]


def _cut(x_BLX: Tensor, pieces: int, piece: int) -> Tensor:
    """A copy (B, P, C, ...) of so many pieces, the last one filled up with zeros."""
    made = x_BLX.new_zeros(len(x_BLX), pieces * piece, *x_BLX.shape[2:])
    made[:, : x_BLX.shape[1]] = x_BLX
    return made.reshape(len(x_BLX), pieces, piece, *x_BLX.shape[2:])
