"""A map cut into windows, and put together again, in any number of dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional as F


def padded(x_BXE: Tensor, window: int | Sequence[int]) -> Tensor:
    """Zeros behind each axis, until windows fill the map."""
    sides = x_BXE.shape[1:-1]
    lacking = [-side % size for side, size in zip(sides, _sizes(window, len(sides)), strict=True)]
    behind = [pad for lack in reversed(lacking) for pad in (0, lack)]
    return F.pad(x_BXE, (0, 0, *behind)) if any(lacking) else x_BXE


def cut(x_BXE: Tensor, window: int | Sequence[int]) -> Tensor:
    """Windows as short sequences, (B x windows, places, E), the last axis fastest."""
    sides = x_BXE.shape[1:-1]
    sizes = _sizes(window, len(sides))
    split = [n for side, size in zip(sides, sizes, strict=True) for n in (side // size, size)]
    apart = x_BXE.reshape(len(x_BXE), *split, x_BXE.shape[-1])
    outer, inner = range(1, apart.ndim - 1, 2), range(2, apart.ndim - 1, 2)
    places = 1
    for size in sizes:
        places *= size
    return apart.permute(0, *outer, *inner, apart.ndim - 1).reshape(-1, places, x_BXE.shape[-1])


def joined(windows_WNE: Tensor, sides: Sequence[int], window: int | Sequence[int]) -> Tensor:
    """The map (B, *sides, E) that `cut` came from."""
    sizes, axes = _sizes(window, len(sides)), len(sides)
    counts = [side // size for side, size in zip(sides, sizes, strict=True)]
    apart = windows_WNE.reshape(-1, *counts, *sizes, windows_WNE.shape[-1])
    order = [axis for i in range(axes) for axis in (1 + i, 1 + axes + i)]
    return apart.permute(0, *order, apart.ndim - 1).reshape(-1, *sides, windows_WNE.shape[-1])


def _sizes(window: int | Sequence[int], axes: int) -> tuple[int, ...]:
    return (window,) * axes if isinstance(window, int) else tuple(window)
