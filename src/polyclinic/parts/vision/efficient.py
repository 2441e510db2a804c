"""Attention among all places of a map at a cost that grows with their number, not with its square."""

from __future__ import annotations

from torch import Tensor, nn


def efficient_attention(query_BNE: Tensor, key_BNE: Tensor, value_BNV: Tensor) -> Tensor:
    """What each place finds: keys gather the values into a few summaries, and queries mix these, (B, N, V).

    Keys are a distribution over places, queries one over summaries, so the result is a mean of the values.

    Source:
        arXiv 1812.01243, section 3.2 (softmax normalisation).

    Example:
        >>> import torch
        >>> same = torch.zeros(1, 4, 2)  # every place looks at all alike
        >>> efficient_attention(same, same, torch.arange(4.0).reshape(1, 4, 1))[0, :, 0].tolist()
        [1.5, 1.5, 1.5, 1.5]
    """
    gathered_BEV = key_BNE.softmax(1).transpose(1, 2) @ value_BNV
    return query_BNE.softmax(2) @ gathered_BEV


class EfficientAttention(nn.Module):
    """Every place looks at all places, through as many summaries as the map has channels.

    Args:
        width: of the places.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """The same shape."""
        x_BNE = x_BYXE.flatten(1, -2)
        seen_BNE = efficient_attention(self.query(x_BNE), self.key(x_BNE), self.value(x_BNE))
        return self.out(seen_BNE).reshape(x_BYXE.shape)
