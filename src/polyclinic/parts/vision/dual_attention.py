"""Attention among the places of a map, and among its channels, each added to the map by a learned share."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PositionAttention(nn.Module):
    """Every place looks at every place of a map in any number of dimensions.

    Args:
        width: of the map.
        narrow: width of what places are compared by.

    Source:
        arXiv 1809.02983, section 3.2.
    """

    def __init__(self, *, width: int, narrow: int) -> None:
        super().__init__()
        self.query = nn.Conv1d(width, narrow, 1)
        self.key = nn.Conv1d(width, narrow, 1)
        self.value = nn.Conv1d(width, width, 1)
        self.share = nn.Parameter(torch.zeros(()))

    def forward(self, x_BEX: Tensor) -> Tensor:
        """The same shape; at the start nothing is added."""
        x_BEN = x_BEX.flatten(2)
        seen_BNN = (self.query(x_BEN).transpose(1, 2) @ self.key(x_BEN)).softmax(-1)
        found_BEN = self.value(x_BEN) @ seen_BNN.transpose(1, 2)
        return self.share * found_BEN.reshape(x_BEX.shape) + x_BEX


class ChannelAttention(nn.Module):
    """Every channel looks at every channel, most at those that are least like it.

    Source:
        arXiv 1809.02983, section 3.3, with the likeness taken from its largest value as its authors' code has it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.share = nn.Parameter(torch.zeros(()))

    def forward(self, x_BEX: Tensor) -> Tensor:
        """The same shape; at the start nothing is added."""
        x_BEN = x_BEX.flatten(2)
        like_BEE = x_BEN @ x_BEN.transpose(1, 2)
        seen_BEE = (like_BEE.amax(-1, keepdim=True) - like_BEE).softmax(-1)
        return self.share * (seen_BEE @ x_BEN).reshape(x_BEX.shape) + x_BEX
