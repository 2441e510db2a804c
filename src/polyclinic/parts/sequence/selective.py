"""The selective scan: a state space whose step, input and output depend on the token (S6)."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from polyclinic.parts.sequence.recurrence import log_steps, recurrence

AT_ONCE = 2048  # tokens whose states are in memory together
FUSED = "mamba_ssm"


def selective_scan(x_BLE: Tensor, step_BLE: Tensor, rate_EN: Tensor, in_BLGN: Tensor, out_BLGN: Tensor) -> Tensor:
    """What N states a channel make of a sequence: h_t = exp(step_t rate) h_{t-1} + step_t in_t x_t, y_t = out_t h_t.

    States of at most 2,048 tokens are held together and computed anew for the gradient, so memory for them does not
    grow with the sequence. On an accelerator the fused kernel of the package mamba_ssm is used where it is installed.

    Args:
        step_BLE: positive.
        rate_EN: negative; how fast each state of each channel forgets.
        in_BLGN: how a token enters the states of each of G groups of channels, one behind the other.
        out_BLGN: how they are read.

    Source:
        arXiv 2312.00752, algorithm 2, with `step * in` for the input's discretisation as in its code.

    Example:
        >>> one = torch.ones(1, 2, 1)
        >>> y = selective_scan(one, one, -torch.ones(1, 1), one[..., None], one[..., None])
        >>> [round(each, 4) for each in y.flatten().tolist()]  # 1, then 1 + 1 / e
        [1.0, 1.3679]
    """
    fused = _fused() if x_BLE.is_cuda else None
    if fused is not None:
        return _by(fused, x_BLE, step_BLE, rate_EN, in_BLGN, out_BLGN)
    groups = in_BLGN.shape[2]
    rate_GEN = rate_EN.reshape(groups, -1, rate_EN.shape[1])
    x_BLGE, step_BLGE = (each.reshape(*each.shape[:2], groups, -1) for each in (x_BLE, step_BLE))
    state_BGEN = x_BLE.new_zeros(len(x_BLE), *rate_GEN.shape)
    parts = [torch.split(each, AT_ONCE, 1) for each in (x_BLGE, step_BLGE, in_BLGN, out_BLGN)]
    made = []
    for part in zip(*parts, strict=True):
        if len(parts[0]) > 1 and torch.is_grad_enabled():
            y_BLGE, state_BGEN = checkpoint(_piece, rate_GEN, state_BGEN, *part, use_reentrant=False)
        else:
            y_BLGE, state_BGEN = _piece(rate_GEN, state_BGEN, *part)
        made.append(y_BLGE)
    return torch.cat(made, 1).flatten(2)


def _piece(
    rate_GEN: Tensor, state_BGEN: Tensor, x_BLGE: Tensor, step_BLGE: Tensor, in_BLGN: Tensor, out_BLGN: Tensor
) -> tuple[Tensor, Tensor]:
    """What is read of some tokens, and the state after them."""
    decay_BLGEN = torch.exp(step_BLGE[..., None] * rate_GEN)
    given_BLGEN = (step_BLGE * x_BLGE)[..., None] * in_BLGN[..., None, :]
    states_BLGEN = recurrence(decay_BLGEN, given_BLGEN, state_BGEN)
    return torch.einsum("blgen,blgn->blge", states_BLGEN, out_BLGN), states_BLGEN[:, -1]


@cache
def _fused() -> Callable[..., Tensor] | None:
    if importlib.util.find_spec(FUSED) is None:
        return None
    found: Callable[..., Tensor] = importlib.import_module(f"{FUSED}.ops.selective_scan_interface").selective_scan_fn
    return found


def _by(kernel: Callable[..., Tensor], x_BLE: Tensor, step_BLE: Tensor, rate_EN: Tensor, *terms: Tensor) -> Tensor:
    """The kernel wants channels before tokens."""
    rows = [each.transpose(1, 2).contiguous() for each in (x_BLE, step_BLE)]
    in_BGNL, out_BGNL = (each.permute(0, 2, 3, 1).contiguous() for each in terms)
    return kernel(*rows, rate_EN, in_BGNL, out_BGNL).transpose(1, 2)


class SelectiveMixer(nn.Module):
    """Mixes tokens (B, L, E) of several routes, each with parameters of its own: (B, L, R * E) to the same.

    Args:
        width: of the tokens of one route.
        states: for each channel.
        rank: of the map from tokens to steps.
        routes: R; they run side by side.

    Source:
        arXiv 2312.00752, section 3.6; starts from its code: rates -1 ... -N, steps log-uniform in [0.001, 0.1].
    """

    def __init__(self, *, width: int, states: int, rank: int, routes: int = 1) -> None:
        super().__init__()
        self.states, self.rank, self.routes = states, rank, routes
        self.width_out = width
        bound = width**-0.5
        self.terms = nn.Parameter(torch.empty(routes, rank + 2 * states, width).uniform_(-bound, bound))
        self.step = nn.Parameter(torch.empty(routes, width, rank).uniform_(-(rank**-0.5), rank**-0.5))
        self.step_bias = nn.Parameter(first_steps(routes * width).reshape(routes, width))
        self.log_rate = nn.Parameter(torch.arange(1, states + 1).float().log().repeat(routes * width, 1))
        self.skip = nn.Parameter(torch.ones(routes * width))

    def forward(self, x_BLE: Tensor) -> Tensor:
        """The same shape; the scan is in 32 bits."""
        x_BLRE = x_BLE.reshape(*x_BLE.shape[:2], self.routes, -1)
        terms_BLRF = torch.einsum("blre,rfe->blrf", x_BLRE, self.terms)
        narrow_BLRF, in_BLRN, out_BLRN = terms_BLRF.tensor_split((self.rank, self.rank + self.states), 3)
        step_BLRE = F.softplus(torch.einsum("blrf,ref->blre", narrow_BLRF, self.step) + self.step_bias)
        rate_EN = -self.log_rate.float().exp()
        y_BLE = selective_scan(x_BLE.float(), step_BLRE.flatten(2).float(), rate_EN, in_BLRN.float(), out_BLRN.float())
        return (y_BLE + self.skip * x_BLE).to(x_BLE.dtype)


def first_steps(count: int) -> Tensor:
    """What softplus turns into steps that are log-uniform between 0.001 and 0.1."""
    step = log_steps(count).exp()
    return step + torch.log(-torch.expm1(-step))


def rank_of(width: int) -> int:
    """The rank of a mixer's steps in a block that is `width` wide on the outside."""
    return -(-width // 16)
