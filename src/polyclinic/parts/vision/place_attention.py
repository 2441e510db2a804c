"""Attention among all places of a map, behind a group norm and added to the map."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

EPS = 1e-6


class PlaceAttention(nn.Module):
    """Every place looks at every place with one head.

    Args:
        width: of the map; a multiple of `groups`, which are normed together.

    Source:
        arXiv 2006.11239, appendix B (self-attention blocks), scaled by the root of the width.
    """

    def __init__(self, *, width: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, width, EPS)
        self.query = nn.Conv2d(width, width, 1)
        self.key = nn.Conv2d(width, width, 1)
        self.value = nn.Conv2d(width, width, 1)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """The same shape."""
        normed_BEYX = self.norm(x_BEYX)
        query, key, value = (
            layer(normed_BEYX).flatten(2).transpose(1, 2) for layer in (self.query, self.key, self.value)
        )
        seen_BNE = F.scaled_dot_product_attention(query, key, value)
        return x_BEYX + self.out(seen_BNE.transpose(1, 2).reshape(x_BEYX.shape))
