"""The small convolutional pyramid as an encoder of whole images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from polyclinic.parts.features import Features
from polyclinic.parts.vision.pyramid import PyramidEncoder


class ConvEncoder(nn.Module):
    """The pyramid, pooled as mean and maximum of its last map side by side, so that small things count.

    Args:
        channels: of the image.
        widths: of each stage, from stride 4 on; multiples of 8.
        depths: residual blocks in each stage.
    """

    def __init__(self, *, channels: int, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        self.pyramid = PyramidEncoder(channels=channels, widths=widths, depths=depths)
        self.width_tokens = widths[-1]
        self.width_out = 2 * widths[-1]
        self.widths_maps = tuple(widths)
        self.strides = tuple(4 * 2**stage for stage in range(len(widths)))

    def forward(self, image_BCYX: Tensor) -> Features:
        """Features of images whose sides are multiples of the last stride."""
        maps = self.pyramid(image_BCYX.contiguous(memory_format=torch.channels_last))
        pooled_BE = torch.cat([maps[-1].mean((2, 3)), maps[-1].amax((2, 3))], dim=1)
        return Features(pooled_BE, maps[-1].flatten(2).transpose(1, 2), tuple(maps))
