"""A U-Net of residual convolutions in 2D and 3D, with room for another layer behind each stage of its encoder."""

from __future__ import annotations

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


class ResidualUNet(nn.Module):
    """Stem, stages, each with a layer behind it, and a decoder whose every resolution is drawn from.

    Args:
        widths: of each stage.
        strides: of each stage, the first all ones; `kernels` likewise.
        depth: residual units in the stem and in each stage of the encoder; the decoder has one.
        layers: one for each stage, from its map to one of the same shape; `nn.Identity()` for none.

    Source:
        arXiv 2401.04722, section 2.2, and its code: maps are enlarged by repeating pixels, and the step to full
        resolution gets no skip.
    """

    def __init__(
        self,
        *,
        width_in: int,
        width_out: int,
        widths: Sequence[int],
        strides: Sequence[Sequence[int]],
        kernels: Sequence[Sequence[int]],
        depth: int,
        layers: Sequence[nn.Module],
    ) -> None:
        super().__init__()
        once, conv = (1,) * len(strides[0]), CONVS[len(strides[0])]
        before = [widths[0], *widths[:-1]]
        self.stem = units(width_in, widths[0], kernels[0], once, depth)
        self.stages = nn.ModuleList(
            units(low, width, kernel, stride, depth)
            for low, width, kernel, stride in zip(before, widths, kernels, strides, strict=True)
        )
        self.layers = nn.ModuleList(layers)
        self.factors = [tuple(stride) for stride in strides[:0:-1]]
        up = list(zip(widths[:0:-1], widths[-2::-1], kernels[-2::-1], strict=True))
        self.enlarge = nn.ModuleList(conv(deep, width, 1) for deep, width, _ in up)
        self.refine = nn.ModuleList(
            units(2 * width if number + 1 < len(up) else width, width, kernel, once, 1)
            for number, (_, width, kernel) in enumerate(up)
        )
        self.draw = nn.ModuleList(conv(width, width_out, 1) for _, width, _ in up)

    def encoded(self, image_BCX: Tensor) -> list[Tensor]:
        """The map of each stage, the finest first."""
        x_BCX, maps = self.stem(image_BCX), []
        for stage, layer in zip(self.stages, self.layers, strict=True):
            x_BCX = layer(stage(x_BCX))
            maps.append(x_BCX)
        return maps

    def decoded(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Logits of each resolution but the coarsest, the finest first."""
        x_BCX, drawn = maps[-1], []
        skips = [*maps[-2:0:-1], None]
        for skip, factor, enlarge, refine, draw in zip(
            skips, self.factors, self.enlarge, self.refine, self.draw, strict=True
        ):
            x_BCX = enlarge(F.interpolate(x_BCX, scale_factor=tuple(map(float, factor)), mode="nearest"))
            x_BCX = refine(x_BCX if skip is None else torch.cat([x_BCX, skip], 1))
            drawn.append(draw(x_BCX))
        return drawn[::-1]

    def forward(self, image_BCX: Tensor) -> list[Tensor]:
        """Logits of each resolution but the coarsest, the finest first."""
        return self.decoded(self.encoded(image_BCX))
