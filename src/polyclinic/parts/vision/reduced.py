"""Attention of every place to a shrunken copy of its map."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class ReducedAttention(nn.Module):
    """Queries from every place, keys and values from blocks of `ratio` x `ratio` places.

    Args:
        width: of the places; `heads` look side by side.
        ratio: side of a block; the map's sides are multiples of it.

    Source:
        arXiv 2105.15203, section 3.1 (efficient self-attention), with the strided convolution of its authors' code.
    """

    def __init__(self, *, width: int, heads: int, ratio: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.reduce = nn.Conv2d(width, width, ratio, ratio)
        self.norm = nn.LayerNorm(width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """The same shape."""
        query = self.query(x_BYXE.flatten(1, 2)).unflatten(2, (self.heads, -1)).transpose(1, 2)
        few_BME = self.norm(self.reduce(x_BYXE.permute(0, 3, 1, 2)).flatten(2).transpose(1, 2))
        key, value = self.key_value(few_BME).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        seen_BHND = F.scaled_dot_product_attention(query, key, value)
        return self.out(seen_BHND.transpose(1, 2).flatten(2)).reshape(x_BYXE.shape)
