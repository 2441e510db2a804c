"""Losses of dense box maps."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F


def centre_targets(boxes_P4: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Heat map (Y, X) with a one at each box's centre cell, falling off as a Gaussian within the box.

    Args:
        boxes_P4: x0, y0, x1, y1 in cells.

    Source:
        arXiv 1904.07850, section 3. Differs: the spread is a sixth of the box's side along each axis.
    """
    if len(boxes_P4) == 0:
        return np.zeros((rows, columns), np.float32)
    middle_P2 = np.clip(((boxes_P4[:, :2] + boxes_P4[:, 2:]) / 2).astype(int), 0, [columns - 1, rows - 1])
    spread_P2 = np.maximum((boxes_P4[:, 2:] - boxes_P4[:, :2]) / 6, 0.3)
    x_PX = np.exp(-0.5 * ((np.arange(columns) - middle_P2[:, :1]) / spread_P2[:, :1]) ** 2)
    y_PY = np.exp(-0.5 * ((np.arange(rows) - middle_P2[:, 1:]) / spread_P2[:, 1:]) ** 2)
    heat_YX: NDArray[np.float32] = (y_PY[:, :, None] * x_PX[:, None]).max(0).astype(np.float32)
    return heat_YX


def centre_loss(logits_BQYX: Tensor, heat_BQYX: Tensor, known_BQ: Tensor) -> Tensor:
    """Penalty-reduced focal loss per true centre, averaged over the known maps; zero if none is known.

    Args:
        logits_BQYX: that a cell is a centre.
        heat_BQYX: from `centre_targets`.
        known_BQ: which maps have a reference.

    Source:
        arXiv 1904.07850, equation 1 (alpha 2, beta 4). Differs: divided by 1 + centres of each map.
    """
    p_BQYX = logits_BQYX.sigmoid()
    is_centre = heat_BQYX > 0.999
    hit = (1 - p_BQYX).square() * F.softplus(-logits_BQYX)
    miss = (1 - heat_BQYX).pow(4) * p_BQYX.square() * F.softplus(logits_BQYX)
    loss_BQ = torch.where(is_centre, hit, miss).sum((-1, -2)) / (1 + is_centre.sum((-1, -2)))
    return (loss_BQ * known_BQ).sum() / known_BQ.sum().clamp(min=1)


def edge_loss(box_P4: Tensor, target_P4: Tensor) -> Tensor:
    """One minus generalised intersection over union, averaged over pairs; zero for none.

    Source:
        arXiv 1902.09630, section 3.
    """
    if len(box_P4) == 0:
        return box_P4.sum()
    low = torch.maximum(box_P4[:, :2], target_P4[:, :2])
    high = torch.minimum(box_P4[:, 2:], target_P4[:, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    union = _area(box_P4) + _area(target_P4) - shared
    hull = (torch.maximum(box_P4[:, 2:], target_P4[:, 2:]) - torch.minimum(box_P4[:, :2], target_P4[:, :2])).prod(-1)
    return (1 - shared / union.clamp(min=1e-6) + (hull - union) / hull.clamp(min=1e-6)).mean()


def _area(box_P4: Tensor) -> Tensor:
    return (box_P4[:, 2:] - box_P4[:, :2]).prod(-1)
