"""Swin: attention within windows, which shift by half from block to block."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.features import Features
from polyclinic.parts.vision.attention import SelfAttention, feed_forward
from polyclinic.parts.vision.maps import checked, tokens_of
from polyclinic.parts.vision.windows import cut, joined, padded

EPS = 1e-5
# Added between places that are neighbours only because the map was rolled: it leaves no attention.
APART = -100.0


def relative_index(window: int) -> Tensor:
    """For each pair of places of a window, the row of the bias table that holds their offset, (N, N)."""
    place_N = torch.arange(window)
    place_N2 = torch.cartesian_prod(place_N, place_N)
    offset_NN2 = place_N2[:, None] - place_N2[None] + window - 1
    return offset_NN2[..., 0] * (2 * window - 1) + offset_NN2[..., 1]


def band(side: int, window: int, shift: int) -> Tensor:
    """Which places of a rolled side belong together: 0, and in the last window 1 before the seam and 2 behind it."""
    place_N = torch.arange(side)
    return (place_N >= side - window).long() + (place_N >= side - shift).long() if shift else torch.zeros_like(place_N)


def apart(sides: tuple[int, int], window: int, shifts: tuple[int, int]) -> Tensor:
    """What is added to attention in a map rolled by `shifts`, (windows, 1, N, N)."""
    rows, columns = (band(side, window, shift) for side, shift in zip(sides, shifts, strict=True))
    region_WN1 = cut((3 * rows[:, None] + columns)[None, :, :, None].float(), window)
    return ((region_WN1 != region_WN1.transpose(1, 2)).float() * APART)[:, None]


class SwinBlock(nn.Module):
    """Attention within windows, and a feed-forward layer, each behind a norm and around a shortcut.

    Args:
        width: of the places; `heads` look side by side.
        window: places along each side of a window.
        shift: places by which the map is rolled first; a side that one window fills is not.
    """

    def __init__(self, *, width: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.window, self.shift = window, shift
        self.attention_norm = nn.LayerNorm(width, EPS)
        self.attention = SelfAttention(width=width, heads=heads)
        self.offsets_PH = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads) * 0.02)
        self.register_buffer("index_NN", relative_index(window), persistent=False)
        self.mlp_norm = nn.LayerNorm(width, EPS)
        self.mlp = feed_forward(width, 4 * width, nn.GELU())

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """The same shape."""
        x_BYXE = x_BYXE + self._within(self.attention_norm(x_BYXE))
        return x_BYXE + self.mlp(self.mlp_norm(x_BYXE))

    def _within(self, x_BYXE: Tensor) -> Tensor:
        batch, height, width = x_BYXE.shape[:3]
        x_BYXE = padded(x_BYXE, self.window)
        sides = (x_BYXE.shape[1], x_BYXE.shape[2])
        down, right = (self.shift if side > self.window else 0 for side in sides)
        bias_1HNN = self.offsets_PH[self.get_buffer("index_NN")].permute(2, 0, 1)[None]
        if down or right:
            apart_W1NN = apart(sides, self.window, (down, right)).to(bias_1HNN)
            bias_1HNN = (bias_1HNN + apart_W1NN).repeat(batch, 1, 1, 1)
        windows_WNE = cut(x_BYXE.roll((-down, -right), (1, 2)), self.window)
        seen_BYXE = joined(self.attention(windows_WNE, bias_1HNN), sides, self.window)
        return seen_BYXE.roll((down, right), (1, 2))[:, :height, :width]


class Merge(nn.Module):
    """Four neighbours become one place, of twice their width."""

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * width, EPS)
        self.reduce = nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """Half the sides, rounded up; the neighbours column by column, as public weights want them."""
        height, width = x_BYXE.shape[1:3]
        x_BYXE = F.pad(x_BYXE, (0, 0, 0, width % 2, 0, height % 2))
        batch, height, width, channels = x_BYXE.shape
        four_BYyXxE = x_BYXE.reshape(batch, height // 2, 2, width // 2, 2, channels)
        return self.reduce(self.norm(four_BYyXxE.permute(0, 1, 3, 4, 2, 5).flatten(3)))


class SwinEncoder(nn.Module):
    """Four stages, within which every second block is shifted; normed, then pooled as the mean.

    Args:
        channels: of the image.
        width: of the first stage, at stride 4; it doubles from stage to stage.
        depths: blocks of each stage.
        heads: of the first stage; they double too.
        window: places along each side of a window.

    Source:
        arXiv 2103.14030, section 3. Differs: no stochastic depth.
    """

    def __init__(self, *, channels: int, width: int, depths: Sequence[int], heads: int, window: int) -> None:
        super().__init__()
        self.patch = nn.Conv2d(channels, width, 4, 4)
        self.patch_norm = nn.LayerNorm(width, EPS)
        self.widths_maps = tuple(width * 2**stage for stage in range(len(depths)))
        self.strides = tuple(4 * 2**stage for stage in range(len(depths)))
        self.merges = nn.ModuleList(Merge(width=before) for before in self.widths_maps[:-1])
        self.stages = nn.ModuleList(
            nn.Sequential(
                *(
                    SwinBlock(width=wide, heads=heads * 2**stage, window=window, shift=i % 2 * (window // 2))
                    for i in range(depth)
                )
            )
            for stage, (wide, depth) in enumerate(zip(self.widths_maps, depths, strict=True))
        )
        self.norm = nn.LayerNorm(self.widths_maps[-1], EPS)
        self.width_out = self.width_tokens = self.widths_maps[-1]

    def forward(self, image_BCYX: Tensor) -> Features:
        """Features of images; each stage's map, the last one normed."""
        x_BYXE = self.patch_norm(self.patch(checked(image_BCYX, self.strides[0])).permute(0, 2, 3, 1))
        maps = []
        for stage, blocks in enumerate(self.stages):
            x_BYXE = blocks(self.merges[stage - 1](x_BYXE) if stage else x_BYXE)
            maps.append(x_BYXE.permute(0, 3, 1, 2))
        maps[-1] = self.norm(x_BYXE).permute(0, 3, 1, 2)
        return Features(maps[-1].mean((2, 3)), tokens_of(maps[-1]), tuple(maps))
