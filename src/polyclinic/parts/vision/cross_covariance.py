"""Attention among the channels of a map, by how they go together over all places."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CrossCovarianceAttention(nn.Module):
    """Every channel looks at those of its own head; the cost grows with the number of places.

    Args:
        width: channels; a multiple of `heads`.

    Source:
        arXiv 2106.09681, section 3.1: queries and keys of length one over the places, a learned sharpness a head.
    """

    def __init__(self, *, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.sharpness = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """The same shape."""
        x_BNE = x_BYXE.flatten(1, -2)
        # Of each head, channels as rows: (B, H, D, N).
        query, key, value = self.qkv(x_BNE).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 4, 1).unbind(0)
        like_BHDD = F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).transpose(-1, -2)
        seen_BNE = ((self.sharpness * like_BHDD).softmax(-1) @ value).flatten(1, 2).transpose(1, 2)
        return self.out(seen_BNE).reshape(x_BYXE.shape)
