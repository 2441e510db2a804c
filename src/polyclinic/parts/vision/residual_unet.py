"""Encoder and decoder of residual convolutions in 2D and 3D, with room for another layer behind each stage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE = 0.01
CONVS: dict[int, Any] = {2: nn.Conv2d, 3: nn.Conv3d}
NORMS: dict[int, Any] = {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}


def strides_of(pooling: Sequence[Sequence[int]], dimensions: int) -> list[tuple[int, ...]]:
    """The stride of each stage: the first keeps the resolution, then one for each level of pooling."""
    return [(1,) * dimensions, *(tuple(level) for level in pooling)]


def kernels_of(pooling: Sequence[Sequence[int]], dimensions: int) -> list[tuple[int, ...]]:
    """The kernel of each stage: 3 along an axis, but 1 as long as it is left alone while others are halved.

    Source:
        arXiv 1904.08128, online methods: an axis that is much coarser than the others is not convolved yet.

    Example:
        >>> kernels_of([(1, 2, 2), (2, 2, 2)], 3)
        [(1, 3, 3), (3, 3, 3), (3, 3, 3)]
    """
    levels = [*(tuple(level) for level in pooling), (2,) * dimensions]
    return [tuple(3 if max(each) > 1 else 1 for each in zip(*levels[: s + 1], strict=True)) for s in range(len(levels))]


def depths_of(depth: int, stages: int) -> tuple[list[int], list[int]]:
    """Units of each stage and of each step up: as many as asked in the first half of the way down, then one.

    On the way up it is the coarser half that has as many as asked.

    Example:
        >>> depths_of(2, 7)
        ([2, 2, 2, 2, 1, 1, 1], [2, 2, 2, 2, 1, 1])
    """
    half = math.ceil(stages / 2)
    return [depth if s < half else 1 for s in range(stages)], [depth if s < half else 1 for s in range(stages - 1)]


class ResidualUnit(nn.Module):
    """Two convolutions with instance norm around a shortcut, in any number of dimensions.

    Args:
        kernel: its number of entries is that of the dimensions; odd.
        project: whether the shortcut is a convolution of one pixel; it must be where width or stride change.
    """

    def __init__(
        self, *, width_in: int, width_out: int, kernel: Sequence[int], stride: Sequence[int], project: bool
    ) -> None:
        super().__init__()
        conv, norm = CONVS[len(kernel)], NORMS[len(kernel)]
        size, step, pad = tuple(kernel), tuple(stride), tuple(k // 2 for k in kernel)
        self.first = nn.Sequential(
            conv(width_in, width_out, size, step, pad), norm(width_out, affine=True), nn.LeakyReLU(SLOPE)
        )
        self.second = nn.Sequential(conv(width_out, width_out, size, 1, pad), norm(width_out, affine=True))
        self.shortcut = conv(width_in, width_out, 1, step) if project else nn.Identity()

    def forward(self, x_BCX: Tensor) -> Tensor:
        """The same shape, but for width and stride."""
        return F.leaky_relu(self.second(self.first(x_BCX)) + self.shortcut(x_BCX), SLOPE)


def units(width_in: int, width_out: int, kernel: Sequence[int], stride: Sequence[int], depth: int) -> nn.Sequential:
    """So many residual units; the first changes width and resolution."""
    once = (1,) * len(kernel)
    head = ResidualUnit(width_in=width_in, width_out=width_out, kernel=kernel, stride=stride, project=True)
    same = [
        ResidualUnit(width_in=width_out, width_out=width_out, kernel=kernel, stride=once, project=False)
        for _ in range(depth - 1)
    ]
    return nn.Sequential(head, *same)


class ResidualEncoder(nn.Module):
    """Stem and stages of residual units, each stage with a layer behind it.

    Args:
        widths: of each stage.
        strides: of each stage, the first all ones; `kernels` likewise.
        depths: residual units in each stage, and in the stem as many as in the first.
        layers: one for each stage, from its map to one of the same shape; `nn.Identity()` for none.

    Source:
        arXiv 2401.04722, section 2.2, and its code; weights start as in arXiv 1502.01852.
    """

    def __init__(
        self,
        *,
        width_in: int,
        widths: Sequence[int],
        strides: Sequence[Sequence[int]],
        kernels: Sequence[Sequence[int]],
        depths: Sequence[int],
        layers: Sequence[nn.Module],
    ) -> None:
        super().__init__()
        self.stem = units(width_in, widths[0], kernels[0], (1,) * len(strides[0]), depths[0])
        self.stages = nn.ModuleList(
            units(low, width, kernel, stride, depth)
            for low, width, kernel, stride, depth in zip(
                [widths[0], *widths[:-1]], widths, kernels, strides, depths, strict=True
            )
        )
        self.layers = nn.ModuleList(layers)
        self.widths_maps = tuple(widths)
        started(self)

    def forward(self, image_BCX: Tensor) -> list[Tensor]:
        """The map of each stage, the finest first."""
        x_BCX, maps = self.stem(image_BCX), []
        for stage, layer in zip(self.stages, self.layers, strict=True):
            x_BCX = layer(stage(x_BCX))
            maps.append(x_BCX)
        return maps


class ResidualDecoder(nn.Module):
    """From maps of all resolutions to logits of each but the coarsest.

    Args:
        widths: of the maps, the finest first.
        strides: from each map to the next finer one, the first all ones; `kernels` of each map.
        depths: residual units at each step, the coarsest first.
        finest: whether the step to full resolution gets the finest map, too; masks do without, pixels do not.

    Source:
        arXiv 2401.04722, its code: maps are enlarged by repeating pixels, and the finest map is left out.
    """

    def __init__(
        self,
        *,
        widths: Sequence[int],
        strides: Sequence[Sequence[int]],
        kernels: Sequence[Sequence[int]],
        depths: Sequence[int],
        finest: bool,
        width_out: int,
    ) -> None:
        super().__init__()
        once, conv, up = (1,) * len(strides[0]), CONVS[len(strides[0])], widths[-2::-1]
        self.factors = [tuple(stride) for stride in strides[:0:-1]]
        self.enlarge = nn.ModuleList(conv(deep, width, 1) for deep, width in zip(widths[:0:-1], up, strict=True))
        joined = [2 * width for width in up[:-1]] + [(1 + finest) * up[-1]]
        self.finest = finest
        self.refine = nn.ModuleList(
            units(both, width, kernel, once, depth)
            for both, width, kernel, depth in zip(joined, up, kernels[-2::-1], depths, strict=True)
        )
        self.draw = nn.ModuleList(conv(width, width_out, 1) for width in up)
        started(self)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Logits of each resolution but the coarsest, the finest first."""
        x_BCX, drawn = maps[-1], []
        skips = [*maps[-2:0:-1], maps[0] if self.finest else None]
        for skip, factor, enlarge, refine, draw in zip(
            skips, self.factors, self.enlarge, self.refine, self.draw, strict=True
        ):
            x_BCX = enlarge(F.interpolate(x_BCX, scale_factor=tuple(map(float, factor)), mode="nearest"))
            x_BCX = refine(x_BCX if skip is None else torch.cat([x_BCX, skip], 1))
            drawn.append(draw(x_BCX))
        return drawn[::-1]


def started(module: nn.Module) -> None:
    """Give every convolution of a map the weights that it starts with."""
    for each in module.modules():
        if isinstance(each, nn.Conv2d | nn.Conv3d):
            nn.init.kaiming_normal_(each.weight, SLOPE)
            if each.bias is not None:
                nn.init.zeros_(each.bias)
