"""A plain U-Net in two or three dimensions, its two sides apart, so that something may stand between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

Factors = tuple[int, ...]


def conv_stage(width_in: int, width_out: int, *, stride: Factors, depth: int) -> nn.Sequential:
    """Convolutions of 3 pixels along each axis, each with instance norm and a leaky ReLU; the first one strides."""
    conv: Any = nn.Conv2d if len(stride) == 2 else nn.Conv3d
    norm: Any = nn.InstanceNorm2d if len(stride) == 2 else nn.InstanceNorm3d
    layers: list[nn.Module] = []
    for i in range(depth):
        before, step = (width_in, stride) if i == 0 else (width_out, (1,) * len(stride))
        layers += [conv(before, width_out, 3, step, 1), norm(width_out, affine=True), nn.LeakyReLU()]
    return nn.Sequential(*layers)


class UNetEncoder(nn.Module):
    """Stages from fine to coarse, one map each.

    Args:
        channels: of the image.
        widths: of each stage, one more than `pooling` has levels.
        pooling: by how much each axis shrinks from a stage to the next; its length says 2D or 3D.
        depth: convolutions a stage.

    Source:
        arXiv 1904.08128, online methods (network architecture).
    """

    def __init__(self, *, channels: int, widths: Sequence[int], pooling: Sequence[Factors], depth: int) -> None:
        super().__init__()
        strides = [(1,) * len(pooling[0]), *pooling]
        befores = [channels, *widths[:-1]]
        self.stages = nn.ModuleList(
            conv_stage(before, width, stride=stride, depth=depth)
            for before, width, stride in zip(befores, widths, strides, strict=True)
        )
        self.widths_maps = tuple(widths)

    def forward(self, image_BCX: Tensor) -> list[Tensor]:
        """The stages' maps, the finest first."""
        maps = []
        for stage in self.stages:
            image_BCX = stage(image_BCX)
            maps.append(image_BCX)
        return maps


class UNetDecoder(nn.Module):
    """Back up from the coarsest map: doubled by transposed convolution, joined with the encoder's map, smoothed.

    Args:
        widths: of the encoder's stages; its own maps have those of the finer ones.
        pooling: the encoder's.
        depth: convolutions a stage.

    Source:
        arXiv 1904.08128, online methods (network architecture).
    """

    def __init__(self, *, widths: Sequence[int], pooling: Sequence[Factors], depth: int) -> None:
        super().__init__()
        up: Any = nn.ConvTranspose2d if len(pooling[0]) == 2 else nn.ConvTranspose3d
        self.up = nn.ModuleList(
            up(coarse, fine, factors, factors)
            for (fine, coarse), factors in zip(pairwise(widths), pooling, strict=True)
        )
        self.smooth = nn.ModuleList(
            conv_stage(2 * fine, fine, stride=(1,) * len(pooling[0]), depth=depth) for fine in widths[:-1]
        )
        self.widths_maps = tuple(widths[:-1])

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Maps at the encoder's resolutions but the coarsest, the finest first."""
        x_BEX, made = maps[-1], []
        for level in reversed(range(len(self.up))):
            x_BEX = self.smooth[level](torch.cat([self.up[level](x_BEX), maps[level]], 1))
            made.append(x_BEX)
        return made[::-1]
