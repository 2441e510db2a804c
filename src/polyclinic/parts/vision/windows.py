"""A map cut into square windows, and put together again."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def padded(x_BYXE: Tensor, window: int) -> Tensor:
    """Zeros below and to the right, until windows fill the map."""
    height, width = x_BYXE.shape[1:3]
    below, right = -height % window, -width % window
    return F.pad(x_BYXE, (0, 0, 0, right, 0, below)) if below or right else x_BYXE


def cut(x_BYXE: Tensor, window: int) -> Tensor:
    """Windows as short sequences, (B x windows, window x window, E), row by row."""
    batch, height, width, channels = x_BYXE.shape
    x_BYyXxE = x_BYXE.reshape(batch, height // window, window, width // window, window, channels)
    return x_BYyXxE.transpose(2, 3).reshape(-1, window * window, channels)


def joined(windows_WNE: Tensor, height: int, width: int, window: int) -> Tensor:
    """The map (B, height, width, E) that `cut` came from."""
    channels = windows_WNE.shape[-1]
    x_BYXyxE = windows_WNE.reshape(-1, height // window, width // window, window, window, channels)
    return x_BYXyxE.transpose(2, 3).reshape(-1, height, width, channels)
