"""What encoders of images share: maps as tokens, the norm of each place's channels, the least size of an image."""

from __future__ import annotations

from torch import Tensor, nn

from polyclinic.errors import ShapeError


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
    return tokens_BNE.transpose(1, 2).reshape(len(tokens_BNE), -1, height, width)


def checked(image_BCYX: Tensor, stride: int) -> Tensor:
    """The same images.

    Raises:
        ShapeError: they are too small for one place at this stride.
    """
    height, width = image_BCYX.shape[2:]
    if min(height, width) < stride:
        raise ShapeError(
            f"expected images of at least {stride} x {stride} pixels, got {height} x {width}",
            hint="raise image_size, or choose an encoder of a smaller stride",
        )
    return image_BCYX
