"""From an encoder's maps back to full resolution, by residual units in two or three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE = 0.01
Factors = Sequence[int]


class ResidualUnit(nn.Module):
    """Two convolutions of 3 pixels along each axis with instance norm, around a shortcut; nothing learns in the norm.

    Args:
        axes: of the image, 2 or 3.
    """

    def __init__(self, *, width_in: int, width_out: int, axes: int) -> None:
        super().__init__()
        conv: Any = nn.Conv2d if axes == 2 else nn.Conv3d
        norm: Any = nn.InstanceNorm2d if axes == 2 else nn.InstanceNorm3d
        self.first = nn.Sequential(conv(width_in, width_out, 3, padding=1, bias=False), norm(width_out))
        self.second = nn.Sequential(conv(width_out, width_out, 3, padding=1, bias=False), norm(width_out))
        same = width_in == width_out
        self.shortcut = (
            nn.Identity() if same else nn.Sequential(conv(width_in, width_out, 1, bias=False), norm(width_out))
        )

    def forward(self, x_BEX: Tensor) -> Tensor:
        """The same shape, but for the width."""
        y_BEX = self.second(F.leaky_relu(self.first(x_BEX), SLOPE))
        return F.leaky_relu(y_BEX + self.shortcut(x_BEX), SLOPE)


class ResidualUp(nn.Module):
    """A map enlarged by a transposed convolution, joined with a finer one, and refined."""

    def __init__(self, *, width_in: int, width_out: int, factors: Factors) -> None:
        super().__init__()
        up: Any = nn.ConvTranspose2d if len(factors) == 2 else nn.ConvTranspose3d
        self.up = up(width_in, width_out, tuple(factors), tuple(factors), bias=False)
        self.refine = ResidualUnit(width_in=2 * width_out, width_out=width_out, axes=len(factors))

    def forward(self, coarse_BEX: Tensor, fine_BEX: Tensor) -> Tensor:
        """A map at the finer one's resolution."""
        return self.refine(torch.cat([self.up(coarse_BEX), fine_BEX], 1))


class ResidualDecoder(nn.Module):
    """The image and all maps refined, then step by step from the coarsest to full resolution.

    Args:
        channels: of the image.
        widths: of the encoder's maps, the finest first; the last but one is joined as it is.
        pooling: by how much each axis shrinks before each map.

    Source:
        arXiv 2201.01266, section 3.2 (the decoder of Swin UNETR).
    """

    def __init__(self, *, channels: int, widths: Sequence[int], pooling: Sequence[Factors]) -> None:
        super().__init__()
        axes = len(pooling[0])
        self.enter = ResidualUnit(width_in=channels, width_out=widths[0], axes=axes)
        self.refine = nn.ModuleList(
            nn.Identity() if level == len(widths) - 2 else ResidualUnit(width_in=width, width_out=width, axes=axes)
            for level, width in enumerate(widths)
        )
        fine = [widths[0], *widths[:-1]]
        self.ups = nn.ModuleList(
            ResidualUp(width_in=coarse, width_out=width, factors=factors)
            for coarse, width, factors in zip(widths, fine, pooling, strict=True)
        )
        self.width_out = widths[0]

    def forward(self, image_BCX: Tensor, maps: Sequence[Tensor]) -> Tensor:
        """The map at the image's resolution, (B, width_out, *X)."""
        refined = [layer(each) for layer, each in zip(self.refine, maps, strict=True)]
        x_BEX = refined[-1]
        skips = [self.enter(image_BCX), *refined[:-1]]
        for up, skip in zip(reversed(self.ups), reversed(skips), strict=True):
            x_BEX = up(x_BEX, skip)
        return x_BEX
