"""Resampling of pictures and volumes, and of the masks that lie over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

WHOLE = 255


def resized(array_CX: Tensor, shape: Sequence[int]) -> Tensor:
    """Linear resampling of (C, [z,] y, x), antialiased where it shrinks; axis by axis, so each may go its own way.

    A volume is resized in its planes first and then along z, with the plane laid out as one long axis.

    Example:
        >>> [round(value, 3) for value in resized(torch.arange(4.0).reshape(1, 1, 4), (1, 2))[0, 0].tolist()]
        [0.714, 2.286]
    """
    if tuple(array_CX.shape[1:]) == tuple(shape):
        return array_CX
    rows, columns = shape[-2:]
    if array_CX.ndim == 3:
        return _planes(array_CX[None], rows, columns)[0]
    flat_CZYX = _planes(array_CX, rows, columns)
    long_CZN = _planes(flat_CZYX.flatten(2)[:, None], shape[0], rows * columns)[:, 0]
    return long_CZN.reshape(len(array_CX), *shape)


def _planes(array_NCYX: Tensor, rows: int, columns: int) -> Tensor:
    if array_NCYX.shape[-2:] == (rows, columns):
        return array_NCYX
    return F.interpolate(array_NCYX, (rows, columns), mode="bilinear", align_corners=False, antialias=True)


def shares(mask: NDArray[np.bool_], shape: Sequence[int]) -> NDArray[np.uint8]:
    """How much of each new pixel a mask covers, 0 to 255."""
    if mask.shape == tuple(shape):
        return mask.astype(np.uint8) * WHOLE
    covered = resized(torch.from_numpy(mask.astype(np.float32))[None], shape)[0]
    result: NDArray[np.uint8] = (covered.clamp(0, 1) * WHOLE).round().byte().numpy()
    return result


def label_map(covers: Iterable[tuple[int, NDArray[np.uint8]]], shape: Sequence[int]) -> NDArray[np.uint8]:
    """One label for each pixel: that which covers most of it, background (0) where none covers half.

    Classes come one after the other, so that memory does not grow with their number; of two that cover a pixel
    alike the later one is drawn over the earlier one.

    Args:
        covers: label and its `shares`.
    """
    labels = np.zeros(tuple(shape), np.uint8)
    best = np.full(tuple(shape), WHOLE // 2, np.uint8)
    for label, cover in covers:
        over = (cover >= best) & (cover > WHOLE // 2)
        np.copyto(labels, label, where=over)
        np.copyto(best, cover, where=over)
    return labels
