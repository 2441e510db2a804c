"""What encoders of images share: maps as tokens, and the norm of each place's channels."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelNorm(nn.LayerNorm):
    """Layer norm over the channels of a map, each place by itself."""

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """The same shape; with channels last in memory the two views cost nothing."""
        return super().forward(x_BEYX.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def tokens_of(map_BEYX: Tensor) -> Tensor:
    """The places of a map, row by row, (B, N, E)."""
    return map_BEYX.flatten(2).transpose(1, 2)


def map_of(tokens_BNE: Tensor, height: int, width: int) -> Tensor:
    """The map that these tokens are the places of, (B, E, Y, X)."""
    return tokens_BNE.transpose(1, 2).unflatten(2, (height, width))
