"""All scales at once: maps brought to one resolution and seen together by every place."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.vision.attention import SelfAttention, feed_forward

EPS = 1e-6


class FullScaleDecoder(nn.Module):
    """Maps of all stages, squeezed together at one resolution, attended among all places, joined with the finest map.

    Args:
        widths: of the maps, the finest first.
        level: whose resolution all are brought to.
        width: that they are squeezed to; `heads` look side by side.

    Source:
        arXiv 2408.17347, section on the full-scale decoder. Differs: attention among places is the plain one.
    """

    def __init__(self, *, widths: Sequence[int], level: int, width: int, heads: int) -> None:
        super().__init__()
        self.level = level
        self.squeeze = nn.Sequential(nn.Conv2d(sum(widths), width, 1), nn.GELU())
        self.norm, self.mlp_norm = nn.LayerNorm(width, EPS), nn.LayerNorm(width, EPS)
        self.attention = SelfAttention(width=width, heads=heads)
        self.mlp = feed_forward(width, 2 * width, nn.GELU())
        self.join = nn.Sequential(nn.Conv2d(width + widths[0], width, 1), nn.GELU())
        self.width_out = width

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """A map at the finest one's resolution, (B, width, Y, X)."""
        rows, columns = maps[self.level].shape[2:]
        x_BEYX = self.squeeze(torch.cat([_sized(each, rows, columns) for each in maps], 1))
        x_BNE = x_BEYX.flatten(2).mT
        x_BNE = x_BNE + self.attention(self.norm(x_BNE))
        x_BNE = x_BNE + self.mlp(self.mlp_norm(x_BNE))
        fine_BEYX = _sized(x_BNE.mT.reshape(x_BEYX.shape), *maps[0].shape[2:])
        return self.join(torch.cat([fine_BEYX, maps[0]], 1))


def _sized(x_BEYX: Tensor, rows: int, columns: int) -> Tensor:
    """Averaged where it shrinks, interpolated where it grows."""
    if x_BEYX.shape[2] >= rows and x_BEYX.shape[3] >= columns:
        return F.adaptive_avg_pool2d(x_BEYX, (rows, columns))
    return F.interpolate(x_BEYX, (rows, columns), mode="bilinear", align_corners=False)
