"""ConvNeXt: a convolutional network with the proportions of a transformer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from polyclinic.parts.features import Features
from polyclinic.parts.vision.attention import feed_forward
from polyclinic.parts.vision.maps import ChannelNorm, checked, tokens_of

EPS = 1e-6
START_SCALE = 1e-6


class ConvNeXtBlock(nn.Module):
    """A 7 x 7 convolution by channel, then a feed-forward layer, scaled by channel and added."""

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, EPS)
        self.mlp = feed_forward(width, 4 * width, nn.GELU())
        self.scale = nn.Parameter(torch.full((width,), START_SCALE))

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """The same shape."""
        y_BYXE = self.around(x_BEYX).permute(0, 2, 3, 1)
        return x_BEYX + (self.scale * self.mlp(self.norm(y_BYXE))).permute(0, 3, 1, 2)


class ConvNeXtEncoder(nn.Module):
    """Four stages of such blocks; pooled as the mean, then normed.

    Args:
        channels: of the image.
        widths: of each stage, from stride 4 on.
        depths: blocks in each.

    Source:
        arXiv 2201.03545, section 2 and appendix A. Differs: no stochastic depth.
    """

    def __init__(self, *, channels: int, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        stages, downs = [], []
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            if stage:
                before = widths[stage - 1]
                downs.append(nn.Sequential(ChannelNorm(before, EPS), nn.Conv2d(before, width, 2, 2)))
            else:
                downs.append(nn.Sequential(nn.Conv2d(channels, width, 4, 4), ChannelNorm(width, EPS)))
            stages.append(nn.Sequential(*(ConvNeXtBlock(width=width) for _ in range(depth))))
        self.downs, self.stages = nn.ModuleList(downs), nn.ModuleList(stages)
        self.norm = nn.LayerNorm(widths[-1], EPS)
        self.width_out = self.width_tokens = widths[-1]
        self.widths_maps = tuple(widths)
        self.strides = tuple(4 * 2**stage for stage in range(len(widths)))

    def forward(self, image_BCYX: Tensor) -> Features:
        """Features of images; each stage's map."""
        x_BEYX = checked(image_BCYX, self.strides[-1]).contiguous(memory_format=torch.channels_last)
        maps = []
        for down, stage in zip(self.downs, self.stages, strict=True):
            x_BEYX = stage(down(x_BEYX))
            maps.append(x_BEYX)
        return Features(self.norm(x_BEYX.mean((2, 3))), tokens_of(x_BEYX), tuple(maps))
