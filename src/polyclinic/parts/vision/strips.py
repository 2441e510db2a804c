"""Strip convolutions as attention: long thin kernels say of each place and channel how much it counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

EPS = 1e-6
# From a width to what brings words into a map of that width.
MakesGate = Callable[[int], nn.Module]


def by_channel(width: int, rows: int, columns: int) -> nn.Conv2d:
    """A convolution of each channel by itself, of the same resolution."""
    return nn.Conv2d(width, width, (rows, columns), padding=(rows // 2, columns // 2), groups=width)


class StripGate(nn.Module):
    """A map multiplied by what kernels of several lengths, and words where there are any, make of it.

    Args:
        kernels: lengths of the strips; odd, none for no strips.
        near: side of the square kernel before them; odd.
        words: map, words and which are real -> what words add; None for none.
    """

    def __init__(self, *, width: int, near: int, kernels: Sequence[int], words: nn.Module | None) -> None:
        super().__init__()
        self.near = by_channel(width, near, near)
        self.strips = nn.ModuleList(
            nn.Sequential(by_channel(width, 1, length), by_channel(width, length, 1)) for length in kernels
        )
        self.words = words
        self.mix = nn.Conv2d(width, width, 1)

    def forward(self, x_BEYX: Tensor, words_BLT: Tensor, real_BL: Tensor) -> Tensor:
        """The same shape."""
        near_BEYX = self.near(x_BEYX)
        total_BEYX = near_BEYX
        for strip in self.strips:
            total_BEYX = total_BEYX + strip(near_BEYX)
        if self.words is not None:
            total_BEYX = total_BEYX + self.words(near_BEYX, words_BLT, real_BL)
        return self.mix(total_BEYX) * x_BEYX


class StripBlock(nn.Module):
    """The gate, then a layer a place with its neighbours; both behind batch norm, scaled by channel, and added.

    Args:
        ratio: of the layer's inner width to `width`.
        start: the scales at first.
    """

    def __init__(self, *, width: int, ratio: int, gate: StripGate, start: float) -> None:
        super().__init__()
        self.gate_norm = nn.BatchNorm2d(width)
        self.enter = nn.Sequential(nn.Conv2d(width, width, 1), nn.GELU())
        self.gate = gate
        self.leave = nn.Conv2d(width, width, 1)
        self.gate_scale = nn.Parameter(torch.full((width, 1, 1), start))
        self.mlp_norm = nn.BatchNorm2d(width)
        self.mlp = nn.Sequential(
            nn.Conv2d(width, ratio * width, 1),
            by_channel(ratio * width, 3, 3),
            nn.GELU(),
            nn.Conv2d(ratio * width, width, 1),
        )
        self.mlp_scale = nn.Parameter(torch.full((width, 1, 1), start))

    def forward(self, x_BEYX: Tensor, words_BLT: Tensor, real_BL: Tensor) -> Tensor:
        """The same shape."""
        y_BEYX = self.gate_norm(x_BEYX)
        y_BEYX = self.leave(self.gate(self.enter(y_BEYX), words_BLT, real_BL)) + y_BEYX
        x_BEYX = x_BEYX + self.gate_scale * y_BEYX
        return x_BEYX + self.mlp_scale * self.mlp(self.mlp_norm(x_BEYX))


def halved(width_in: int, width_out: int) -> list[nn.Module]:
    """A convolution of stride 2 with batch norm."""
    return [nn.Conv2d(width_in, width_out, 3, 2, 1), nn.BatchNorm2d(width_out)]


class StripStage(nn.Module):
    """Half the resolution or less, then blocks, then a norm of each place."""

    def __init__(self, *, down: nn.Module, blocks: Sequence[StripBlock], width: int) -> None:
        super().__init__()
        self.down, self.blocks, self.norm = down, nn.ModuleList(blocks), nn.LayerNorm(width, EPS)

    def forward(self, x_BEYX: Tensor, words_BLT: Tensor, real_BL: Tensor) -> Tensor:
        """The stage's map."""
        x_BEYX = self.down(x_BEYX)
        for block in self.blocks:
            x_BEYX = block(x_BEYX, words_BLT, real_BL)
        return self.norm(x_BEYX.movedim(1, -1)).movedim(-1, 1)


class StripEncoder(nn.Module):
    """Four stages from stride 4 on, in whose every block words may take part.

    Args:
        channels: of the image.
        widths: of each stage; `depths` blocks and `ratios` of the layers' inner width likewise.
        near: side of the square kernel; `kernels` lengths of the strips.
        words: makes what brings words into a map, for each block; None for an encoder that does not read.
        start: by which each block's two parts are scaled at first.

    Source:
        arXiv 2209.08575, section 3.1 (the encoder of SegNeXt); with words: arXiv 2408.17347, section 3.2. Differs: no
        stochastic depth.
    """

    def __init__(
        self,
        *,
        channels: int,
        widths: Sequence[int],
        depths: Sequence[int],
        ratios: Sequence[int],
        near: int,
        kernels: Sequence[int],
        words: MakesGate | None,
        start: float,
    ) -> None:
        super().__init__()
        half = widths[0] // 2
        stem = nn.Sequential(*halved(channels, half), nn.GELU(), *halved(half, widths[0]))
        downs = [stem, *(nn.Sequential(*halved(low, high)) for low, high in pairwise(widths))]

        def block(width: int, ratio: int) -> StripBlock:
            gate = StripGate(width=width, near=near, kernels=kernels, words=words(width) if words else None)
            return StripBlock(width=width, ratio=ratio, gate=gate, start=start)

        self.stages = nn.ModuleList(
            StripStage(down=down, blocks=[block(width, ratio) for _ in range(depth)], width=width)
            for down, width, depth, ratio in zip(downs, widths, depths, ratios, strict=True)
        )
        self.widths_maps = tuple(widths)

    def forward(self, image_BCYX: Tensor, words_BLT: Tensor, real_BL: Tensor) -> list[Tensor]:
        """The stages' maps, the finest first."""
        maps = []
        for stage in self.stages:
            image_BCYX = stage(image_BCYX, words_BLT, real_BL)
            maps.append(image_BCYX)
        return maps
