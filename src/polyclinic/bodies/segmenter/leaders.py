"""Labels between planes of logits without interpolating all of them.

Linear interpolation gives every class the same weights: a class that leads at all corners of a cell leads everywhere
inside. So pixels within a region take its label as it is, and logits are interpolated along the borders alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

PIXELS = 1 << 16  # whose logits are interpolated at once


class Led(NamedTuple):
    """A plane of logits with its leaders.

    Args:
        leader_YX: the class of the largest logit of each pixel, as a byte.
        even_YX: whether it is the same one pixel further along each axis.
    """

    logits_KYX: Tensor
    leader_YX: Tensor
    even_YX: Tensor


def led(logits_KYX: Tensor) -> Led:
    """A plane with its leaders."""
    leader = logits_KYX.max(0).indices.byte()
    right, below = _further(leader, 1), _further(leader, 0)
    return Led(logits_KYX, leader, (leader == right) & (leader == below) & (leader == _further(below, 1)))


def _further(plane_YX: Tensor, axis: int) -> Tensor:
    """Each pixel's neighbour along an axis; the last one is its own."""
    length = plane_YX.shape[axis]
    return torch.cat([plane_YX.narrow(axis, 1, length - 1), plane_YX.narrow(axis, length - 1, 1)], axis)


def labels_between(low: Led, high: Led, share: float, shape: Sequence[int]) -> NDArray[np.uint8]:
    """The labels of a plane between two, enlarged or shrunk to a shape.

    Args:
        share: of the upper plane.
    """
    if share == 1 and tuple(high.leader_YX.shape) == tuple(shape):
        plain: NDArray[np.uint8] = high.leader_YX.numpy()
        return plain
    mixed_KYX = high.logits_KYX if share == 1 else torch.lerp(low.logits_KYX, high.logits_KYX, share)
    same_YX = high.even_YX if share == 1 else low.even_YX & high.even_YX & (low.leader_YX == high.leader_YX)
    rows, columns = (_along(n, m) for n, m in zip(same_YX.shape, shape, strict=True))
    label_YX = high.leader_YX[rows.low][:, columns.low]
    border_YX = ~same_YX[rows.low][:, columns.low]
    for at in torch.split(border_YX.nonzero(), PIXELS):
        y, x = at.unbind(1)
        label_YX[y, x] = _interpolated(mixed_KYX, rows.at(y), columns.at(x)).max(0).indices.byte()
    found: NDArray[np.uint8] = label_YX.numpy()
    return found


class Along(NamedTuple):
    """For each pixel along an axis the two pixels of another grid around it, and the share of the second."""

    low: Tensor
    high: Tensor
    share: Tensor

    def at(self, places: Tensor) -> Along:
        """Some of them."""
        return Along(self.low[places], self.high[places], self.share[places])


def _along(length: int, length_out: int) -> Along:
    at = ((torch.arange(length_out) + 0.5) * (length / length_out) - 0.5).clamp(0, length - 1)
    low = at.long()
    return Along(low, (low + 1).clamp(max=length - 1), at - low)


def _interpolated(plane_KYX: Tensor, rows: Along, columns: Along) -> Tensor:
    """Logits (K, n) of n pixels."""
    flat_KN, width = plane_KYX.flatten(1), plane_KYX.shape[2]

    def row(start: Tensor) -> Tensor:
        left, right = (flat_KN.index_select(1, start * width + side) for side in (columns.low, columns.high))
        return torch.lerp(left, right, columns.share)

    return torch.lerp(row(rows.low), row(rows.high), rows.share)
