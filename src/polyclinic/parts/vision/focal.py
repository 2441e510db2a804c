"""FocalNet: each place is multiplied by what convolutions of growing reach gathered around it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.features import Features
from polyclinic.parts.vision.attention import feed_forward
from polyclinic.parts.vision.maps import ChannelNorm, checked, tokens_of

EPS = 1e-5
WIDER = 2  # pixels by which the window grows from level to level
START_SCALE = 1e-4


class FocalModulation(nn.Module):
    """Context of several reaches and of the whole map, each let through by a gate, and multiplied into each place.

    Args:
        levels: convolutions by channel, one after the other; the first is of `window` pixels, the next 2 wider.

    Source:
        arXiv 2203.11926, section 3.2, with the modulator divided by the number of its parts as in the released code.
    """

    def __init__(self, *, width: int, levels: int, window: int) -> None:
        super().__init__()
        self.levels = levels
        self.split = nn.Linear(width, 2 * width + levels + 1)
        self.gather = nn.ModuleList(
            nn.Conv2d(width, width, side, padding=side // 2, groups=width, bias=False)
            for side in range(window, window + WIDER * levels, WIDER)
        )
        self.mix = nn.Conv2d(width, width, 1)
        self.out = nn.Linear(width, width)

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """The same shape."""
        width = x_BYXE.shape[-1]
        query_BYXE, context_BYXE, gate_BYXL = self.split(x_BYXE).split([width, width, self.levels + 1], -1)
        context_BEYX, gate_BLYX = context_BYXE.permute(0, 3, 1, 2), gate_BYXL.permute(0, 3, 1, 2)
        gathered_BEYX = torch.zeros_like(context_BEYX)
        for level, conv in enumerate(self.gather):
            context_BEYX = F.gelu(conv(context_BEYX))
            gathered_BEYX = gathered_BEYX + context_BEYX * gate_BLYX[:, level : level + 1]
        whole_BE11 = F.gelu(context_BEYX.mean((2, 3), keepdim=True))
        gathered_BEYX = (gathered_BEYX + whole_BE11 * gate_BLYX[:, self.levels :]) / (self.levels + 1)
        return self.out(query_BYXE * self.mix(gathered_BEYX).permute(0, 2, 3, 1))


class FocalBlock(nn.Module):
    """Modulation, then a feed-forward layer, each normed behind, scaled by channel and added."""

    def __init__(self, *, width: int, levels: int, window: int) -> None:
        super().__init__()
        self.modulate = FocalModulation(width=width, levels=levels, window=window)
        self.mlp = feed_forward(width, 4 * width, nn.GELU())
        self.norms = nn.ModuleList(nn.LayerNorm(width, EPS) for _ in range(2))
        self.scales = nn.ParameterList(torch.full((width,), START_SCALE) for _ in range(2))

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """The same shape."""
        x_BYXE = x_BYXE + self.scales[0] * self.norms[0](self.modulate(x_BYXE))
        return x_BYXE + self.scales[1] * self.norms[1](self.mlp(x_BYXE))


class FocalEncoder(nn.Module):
    """Four stages of such blocks, each after an overlapping strided convolution; each map is normed, the last pooled.

    Args:
        channels: of the image.
        width: of the first stage, at stride 4; it doubles from stage to stage.
        depths: blocks in each.
        levels: of each modulation; `window` pixels has the first.

    Source:
        arXiv 2203.11926, section 3.3 and table 8 (the large model). Differs: no stochastic depth.
    """

    def __init__(self, *, channels: int, width: int, depths: Sequence[int], levels: int, window: int) -> None:
        super().__init__()
        widths = [width * 2**stage for stage in range(len(depths))]
        befores = [channels, *widths[:-1]]
        sides = [(7, 4, 2)] + [(3, 2, 1)] * (len(depths) - 1)
        self.downs = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, *side), ChannelNorm(after, EPS))
            for before, after, side in zip(befores, widths, sides, strict=True)
        )
        self.stages = nn.ModuleList(
            nn.Sequential(*(FocalBlock(width=each, levels=levels, window=window) for _ in range(depth)))
            for each, depth in zip(widths, depths, strict=True)
        )
        self.norms = nn.ModuleList(ChannelNorm(each, EPS) for each in widths)
        self.width_out = self.width_tokens = widths[-1]
        self.widths_maps = tuple(widths)
        self.strides = tuple(4 * 2**stage for stage in range(len(depths)))

    def forward(self, image_BCYX: Tensor) -> Features:
        """Features of images; each stage's map."""
        x_BEYX, maps = checked(image_BCYX, self.strides[-1]), []
        for down, stage, norm in zip(self.downs, self.stages, self.norms, strict=True):
            x_BEYX = stage(down(x_BEYX).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
            maps.append(norm(x_BEYX))
        return Features(maps[-1].mean((2, 3)), tokens_of(maps[-1]), tuple(maps))
