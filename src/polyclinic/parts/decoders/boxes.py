"""Boxes from queries: every cell says whether it is the centre of what is asked for, and how far the edges are."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EDGES = 4
LARGEST_LOG = 6.0


@dataclass(frozen=True)
class BoxMaps:
    """What the decoder says at every cell.

    Args:
        centre_BQYX: logit that the cell is the centre of a box.
        edges_BQ4YX: distances in cells from the cell's middle to left, top, right and bottom.
    """

    centre_BQYX: Tensor
    edges_BQ4YX: Tensor


class BoxDecoder(nn.Module):
    """A dense detector whose classifier and regressor are written by the query.

    Source:
        Centres as in arXiv 1904.07850, section 3; edge distances as in arXiv 1904.01355, section 3.1.
        Differs: both are dot products with vectors made from the query, so any phrase can be looked for.
    """

    def __init__(self, *, width_query: int, width_pixel: int) -> None:
        super().__init__()
        self.pixel = nn.Sequential(nn.Conv2d(width_pixel, width_pixel, 3, padding=1), nn.ReLU())
        self.project = nn.Sequential(
            nn.LayerNorm(width_query),
            nn.Linear(width_query, width_query),
            nn.GELU(),
            nn.Linear(width_query, (1 + EDGES) * width_pixel),
        )
        self.bias = nn.Parameter(torch.tensor([-4.0] + [1.5] * EDGES))
        self.width_pixel = width_pixel

    def forward(self, query_BQE: Tensor, pixel_BCYX: Tensor) -> BoxMaps:
        """Centre logits and edge distances for each query at each cell."""
        vectors_BQ5C = self.project(query_BQE).unflatten(-1, (1 + EDGES, self.width_pixel))
        maps_BQ5YX = torch.einsum("bqvc,bcyx->bqvyx", vectors_BQ5C, self.pixel(pixel_BCYX))
        maps_BQ5YX = maps_BQ5YX + self.bias[:, None, None]
        return BoxMaps(maps_BQ5YX[:, :, 0], maps_BQ5YX[:, :, 1:].clamp(max=LARGEST_LOG).exp())


def cell_boxes(edges_BQ4YX: Tensor) -> Tensor:
    """Boxes (B, Q, 4, Y, X) as x0, y0, x1, y1 in cells, one a cell."""
    rows, columns = edges_BQ4YX.shape[-2:]
    y_Y1 = torch.arange(rows, device=edges_BQ4YX.device)[:, None] + 0.5
    x_1X = torch.arange(columns, device=edges_BQ4YX.device)[None] + 0.5
    left, top, right, bottom = edges_BQ4YX.unbind(2)
    return torch.stack([x_1X - left, y_Y1 - top, x_1X + right, y_Y1 + bottom], dim=2)


def peaks(maps: BoxMaps, *, most: int, lowest: float, overlap: float) -> list[list[tuple[Tensor, Tensor]]]:
    """Read boxes off the maps: local maxima of the centre, then suppression of overlapping boxes.

    Args:
        most: boxes kept for each query.
        lowest: smallest score kept.
        overlap: boxes that overlap a better one by more (intersection over union) are dropped.

    Returns:
        For each batch item and query: boxes (n, 4) in cells and scores (n,), best first.
    """
    score_BQYX = maps.centre_BQYX.sigmoid()
    top_BQYX = F.max_pool2d(score_BQYX, 3, stride=1, padding=1)
    score_BQYX = torch.where(score_BQYX == top_BQYX, score_BQYX, torch.zeros_like(score_BQYX))
    boxes_BQN4 = cell_boxes(maps.edges_BQ4YX).flatten(3).transpose(2, 3)
    score_BQn, index_BQn = score_BQYX.flatten(2).topk(min(most, score_BQYX[0, 0].numel()), dim=-1)
    return [
        [
            suppress(boxes_BQN4[b, q][index_BQn[b, q]], score_BQn[b, q], lowest, overlap)
            for q in range(score_BQn.shape[1])
        ]
        for b in range(score_BQn.shape[0])
    ]


def suppress(boxes_P4: Tensor, score_P: Tensor, lowest: float, overlap: float) -> tuple[Tensor, Tensor]:
    """The boxes, best first, that score enough and overlap none of the better ones by more, with their scores."""
    kept: list[int] = []
    iou_PP = box_iou(boxes_P4, boxes_P4)
    for i in range(int((score_P >= lowest).sum())):
        if not kept or float(iou_PP[i, kept].max()) <= overlap:
            kept.append(i)
    return boxes_P4[kept], score_P[kept]


def box_iou(a_P4: Tensor, b_Q4: Tensor) -> Tensor:
    """Intersection over union of every pair, (P, Q).

    Example:
        >>> box_iou(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 0, 3, 2]])).item()
        0.3333333432674408
    """
    low = torch.maximum(a_P4[:, None, :2], b_Q4[None, :, :2])
    high = torch.minimum(a_P4[:, None, 2:], b_Q4[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area_a = (a_P4[:, 2:] - a_P4[:, :2]).clamp(min=0).prod(-1)
    area_b = (b_Q4[:, 2:] - b_Q4[:, :2]).clamp(min=0).prod(-1)
    return shared / (area_a[:, None] + area_b[None] - shared).clamp(min=1e-6)
