"""In which order the places of a map become a sequence, and routes that read it in several orders at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from polyclinic.errors import ConfigError

Order = Literal["forward", "both", "cross", "slices"]
ORDERS: tuple[Order, ...] = get_args(Order)
KEPT_SHAPES = 64


def routes(order: Order, dimensions: int) -> int:
    """How many routes an order has.

    Example:
        >>> [routes("cross", 2), routes("cross", 3), routes("slices", 3)]
        [4, 6, 3]
    """
    return {"forward": 1, "both": 2, "cross": 2 * dimensions, "slices": 3}[order]


@lru_cache(maxsize=KEPT_SHAPES)
def places(order: Order, shape: tuple[int, ...]) -> Tensor:
    """For each route the places, counted row by row, in the order in which they are read, (R, L).

    Args:
        order: `forward` row by row; `both` and back; `cross` along each axis and back, the last axis first;
            `slices` row by row, back, and along the first axis, which in a volume goes from slice to slice.

    Source:
        `both` arXiv 2401.09417, section 3.3; `cross` arXiv 2401.10166, section 4.2, here in any number of
        dimensions; `slices` arXiv 2401.13560, section 2.2.

    Example:
        >>> places("cross", (2, 3)).tolist()
        [[0, 1, 2, 3, 4, 5], [0, 3, 1, 4, 2, 5], [5, 4, 3, 2, 1, 0], [5, 2, 4, 1, 3, 0]]
    """
    if order not in ORDERS:
        raise ConfigError(f"no order {order!r}", hint="one of " + ", ".join(ORDERS))
    number_X = torch.arange(torch.Size(shape).numel()).reshape(shape)
    row_L = number_X.flatten()
    if order == "forward":
        return row_L[None]
    if order == "slices":
        return torch.stack([row_L, row_L.flip(0), number_X.movedim(0, -1).flatten()])
    axes = range(len(shape) - 1, -1, -1) if order == "cross" else [len(shape) - 1]
    there_RL = torch.stack([number_X.movedim(axis, -1).flatten() for axis in axes])
    return torch.cat([there_RL, there_RL.flip(1)])


class RouteMixer(nn.Module):
    """Reads the places of a map along all routes of an order, and adds up what each says of a place.

    Args:
        mixer: of tokens (B, L, R * E), the routes side by side, each for itself.
    """

    def __init__(self, *, mixer: nn.Module, order: Order) -> None:
        super().__init__()
        self.mixer, self.order = mixer, order

    def forward(self, x_BLE: Tensor, shape: Sequence[int]) -> Tensor:
        """The same shape; `shape` is that of the map whose places the tokens are, row by row."""
        there_RL = places(self.order, tuple(shape)).to(x_BLE.device)
        if len(there_RL) == 1:
            return self.mixer(x_BLE)
        y_BLRE = self.mixer(torch.cat([x_BLE[:, order_L] for order_L in there_RL], 2)).unflatten(2, (len(there_RL), -1))
        back_RL = there_RL.argsort(1)
        return torch.stack([y_BLRE[:, order_L, at] for at, order_L in enumerate(back_RL)]).sum(0)


class SideBySide(nn.Module):
    """Mixers of tokens (B, L, E), one for each route of tokens (B, L, R * E)."""

    def __init__(self, mixers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.mixers = nn.ModuleList(mixers)

    def forward(self, x_BLE: Tensor) -> Tensor:
        """The same shape."""
        parts = x_BLE.chunk(len(self.mixers), 2)
        return torch.cat([mixer(part) for mixer, part in zip(self.mixers, parts, strict=True)], 2)
