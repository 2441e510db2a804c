"""Masks from queries: a query's vector is compared with every pixel's features."""

from __future__ import annotations

import torch
from torch import Tensor, nn

FINER = 2


class MaskDecoder(nn.Module):
    """Mask logits as dot products of a projected query and pixel features, at twice the features' resolution.

    The query gives one vector for each of the four sub-pixels of a feature cell, so that the costly maps
    can stay coarse.

    Args:
        width_query: of the queries.
        width_pixel: of the pixel features.

    Source:
        arXiv 2107.06278, section 3.2, with the sub-pixel arrangement of arXiv 1609.05158, section 3.2.
        Differs: a learned bias starts all masks nearly empty.
    """

    def __init__(self, *, width_query: int, width_pixel: int) -> None:
        super().__init__()
        self.project = nn.Sequential(
            nn.LayerNorm(width_query),
            nn.Linear(width_query, width_query),
            nn.GELU(),
            nn.Linear(width_query, FINER**2 * width_pixel),
        )
        self.bias = nn.Parameter(torch.tensor(-2.0))
        self.width_pixel = width_pixel

    def forward(self, query_BQE: Tensor, pixel_BCYX: Tensor) -> Tensor:
        """Mask logits (B, Q, 2 Y, 2 X)."""
        batch, queries = query_BQE.shape[:2]
        vectors_BVC = self.project(query_BQE).reshape(batch, queries * FINER**2, self.width_pixel)
        maps_BVN = vectors_BVC @ pixel_BCYX.flatten(2)
        rows, columns = pixel_BCYX.shape[2:]
        maps = maps_BVN.reshape(batch, queries, FINER, FINER, rows, columns)  # not pixel_shuffle: there may be no query
        return maps.permute(0, 1, 4, 2, 5, 3).reshape(batch, queries, FINER * rows, FINER * columns) + self.bias
