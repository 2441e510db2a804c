"""A connector that shows the language model what was seen: patch tokens, and one evidence token a concept."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.decoders.boxes import BoxDecoder, BoxMaps, cell_boxes
from polyclinic.parts.decoders.masks import FINER, MaskDecoder

STATISTICS = 13
SHARPNESS = 4.0


@dataclass(frozen=True)
class Evidence:
    """What the connector makes of one batch of images.

    Args:
        patch_BNE: plain patch tokens.
        concept_BKE: a token for each concept.
        mask_BKYX: mask logits of each concept.
        boxes: box maps of each concept.
        present_BK: logit that the concept is there.
    """

    patch_BNE: Tensor
    concept_BKE: Tensor
    mask_BKYX: Tensor
    boxes: BoxMaps
    present_BK: Tensor

    def rows(self, index_R: Tensor | slice) -> Evidence:
        """The same for chosen rows; an index may repeat them."""
        boxes = BoxMaps(self.boxes.centre_BQYX[index_R], self.boxes.edges_BQ4YX[index_R])
        patch, concept, mask, present = (
            value[index_R] for value in (self.patch_BNE, self.concept_BKE, self.mask_BKYX, self.present_BK)
        )
        return Evidence(patch, concept, mask, boxes, present)


class EvidenceConnector(nn.Module):
    """Looks for each known concept with the mask and box decoders and reports what it found as a token.

    The language model is handed where and how strongly each concept was seen, beside plain patch tokens
    for everything that has no name yet.

    Args:
        concepts: how many names the model knows.
        width: of the tokens.
        width_coarse: of the encoder's last map, which gives the patch tokens.
        grid: patch tokens along each side.
        masks: shared with whoever segments by other queries.
        boxes: shared with whoever finds by other queries.
        width_pixel: of the pixel decoder's maps.
    """

    def __init__(
        self,
        *,
        concepts: int,
        width: int,
        width_coarse: int,
        grid: int,
        masks: MaskDecoder,
        boxes: BoxDecoder,
        width_pixel: int,
    ) -> None:
        super().__init__()
        self.masks, self.boxes = masks, boxes
        self.query_KE = nn.Parameter(torch.randn(concepts, width))
        self.patch = nn.Sequential(nn.Linear(width_coarse + width_pixel, width), nn.LayerNorm(width))
        self.place_NE = nn.Parameter(torch.randn(grid * grid, width) * 0.1)
        self.read = nn.Sequential(
            nn.Linear(STATISTICS + width_pixel, width), nn.GELU(), nn.Linear(width, width), nn.LayerNorm(width)
        )
        self.present = nn.Linear(width, 1)
        self.grid = grid

    def forward(self, coarse_BCYX: Tensor, cell_BCYX: Tensor) -> Evidence:
        """Tokens and what they rest on.

        Args:
            coarse_BCYX: the encoder's last map.
            cell_BCYX: the pixel decoder's finest map.
        """
        query_BKE = self.query_KE.expand(len(cell_BCYX), -1, -1)
        mask_BKYX = self.masks(query_BKE, cell_BCYX)
        boxes = self.boxes(query_BKE, cell_BCYX)
        seen_BKF = torch.cat([statistics(mask_BKYX, boxes), _pool(mask_BKYX, cell_BCYX)], dim=-1)
        concept_BKE = self.read(seen_BKF)
        return Evidence(
            self._patches(coarse_BCYX, cell_BCYX),
            concept_BKE,
            mask_BKYX,
            boxes,
            self.present(concept_BKE).squeeze(-1) + 0.5 * seen_BKF[..., 0],
        )

    def _patches(self, coarse_BCYX: Tensor, cell_BCYX: Tensor) -> Tensor:
        coarse = F.adaptive_avg_pool2d(coarse_BCYX, self.grid)
        cell = F.adaptive_max_pool2d(cell_BCYX, self.grid)
        return self.patch(torch.cat([coarse, cell], dim=1).flatten(2).transpose(1, 2)) + self.place_NE


def statistics(mask_BKYX: Tensor, boxes: BoxMaps) -> Tensor:
    """Thirteen numbers that sum up each mask and its best box, (B, K, 13), all of order one.

    Largest logit, soft maximum, log area, centroid x y, spread x y, largest centre logit, best box
    (x0, y0, x1, y1 in shares of the image), number of separate centres.
    """
    rows, columns = mask_BKYX.shape[-2:]
    weight_BKYX = mask_BKYX.sigmoid()
    area_BK = weight_BKYX.mean((-1, -2))
    total_BK = weight_BKYX.sum((-1, -2)).clamp(min=1e-4)
    y_Y = torch.linspace(-1, 1, rows, device=mask_BKYX.device)
    x_X = torch.linspace(-1, 1, columns, device=mask_BKYX.device)
    by_row, by_column = weight_BKYX.sum(-1), weight_BKYX.sum(-2)
    cy, cx = (by_row * y_Y).sum(-1) / total_BK, (by_column * x_X).sum(-1) / total_BK
    sy = ((by_row * y_Y.square()).sum(-1) / total_BK - cy.square()).clamp(min=1e-6).sqrt()
    sx = ((by_column * x_X.square()).sum(-1) / total_BK - cx.square()).clamp(min=1e-6).sqrt()
    largest_BK = mask_BKYX.amax((-1, -2))
    soft_BK = torch.logsumexp(mask_BKYX.flatten(2), -1) - torch.log(torch.tensor(float(rows * columns)))
    return torch.stack(
        [largest_BK / 4, soft_BK / 4, (area_BK + 1e-4).log() / 4, cx, cy, sx, sy, *_best_box(boxes)], dim=-1
    )


def _best_box(maps: BoxMaps) -> list[Tensor]:
    """Largest centre logit, its box in shares of the image, and how many centres stand out."""
    rows, columns = maps.centre_BQYX.shape[-2:]
    best_BQ, index_BQ = maps.centre_BQYX.flatten(2).max(-1)
    boxes_BQ4N = cell_boxes(maps.edges_BQ4YX).flatten(3)
    box_BQ4 = boxes_BQ4N.gather(-1, index_BQ[..., None, None].expand(-1, -1, 4, 1)).squeeze(-1)
    share_BQ4 = (box_BQ4 / torch.tensor([columns, rows, columns, rows], device=box_BQ4.device)).clamp(-0.5, 1.5)
    score_BQYX = maps.centre_BQYX.sigmoid()
    highest = F.max_pool2d(score_BQYX.flatten(0, 1)[:, None], 3, stride=1, padding=1)
    is_peak = score_BQYX == highest.view_as(score_BQYX)
    centres_BQ = (score_BQYX * is_peak * (score_BQYX > 0.3)).sum((-1, -2))
    return [best_BQ / 4, *share_BQ4.unbind(-1), (1 + centres_BQ).log()]


def _pool(mask_BKYX: Tensor, cell_BCYX: Tensor) -> Tensor:
    """Pixel features averaged where the mask is strongest, (B, K, C)."""
    weight_BKN = (at_cells(mask_BKYX).flatten(2) / SHARPNESS).softmax(-1)
    return weight_BKN @ cell_BCYX.flatten(2).transpose(1, 2)


def at_cells(mask_BKYX: Tensor) -> Tensor:
    """Masks averaged over the sub-pixels of each feature cell."""
    *outer, rows, columns = mask_BKYX.shape
    return mask_BKYX.reshape(*outer, rows // FINER, FINER, columns // FINER, FINER).mean((-1, -3))
