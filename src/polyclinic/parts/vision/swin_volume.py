"""Shifted windows in pictures and volumes, from stride 2 on, with each stage's normed map."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.vision.attention import SelfAttention, feed_forward
from polyclinic.parts.vision.swin import APART, EPS, band
from polyclinic.parts.vision.windows import cut, joined, padded

Factors = Sequence[int]


@lru_cache(maxsize=64)
def offset_index(sizes: tuple[int, ...], window: int) -> Tensor:
    """For each pair of places of a window the row of the bias table that holds their offset, (N, N).

    Args:
        sizes: places along each axis, which may be fewer than `window`, for which the table is made.
    """
    place_NA = torch.cartesian_prod(*(torch.arange(n) for n in sizes)).reshape(-1, len(sizes))
    offset_NNA = place_NA[:, None] - place_NA[None] + window - 1
    index_NN = torch.zeros(offset_NNA.shape[:2], dtype=torch.long)
    for axis in range(len(sizes)):
        index_NN = index_NN * (2 * window - 1) + offset_NNA[..., axis]
    return index_NN


@lru_cache(maxsize=64)
def seams(sides: tuple[int, ...], sizes: tuple[int, ...], shifts: tuple[int, ...]) -> Tensor:
    """What is added to attention in a rolled map so that only places that were neighbours see each other, (W, N, N)."""
    region_X = torch.zeros(sides, dtype=torch.long)
    for axis, (side, size, shift) in enumerate(zip(sides, sizes, shifts, strict=True)):
        own = band(side, size, shift).reshape([side if i == axis else 1 for i in range(len(sides))])
        region_X = 3 * region_X + own
    region_WN1 = cut(region_X[None, ..., None].float(), sizes)
    return (region_WN1 != region_WN1.transpose(1, 2)).float() * APART


class WindowBlock(nn.Module):
    """Attention within windows, and a feed-forward layer, each behind a norm and around a shortcut.

    Args:
        width: of the places; `heads` look side by side.
        window: places along each axis of a window; of a shorter axis all.
        shift: places by which each axis that is longer than the window is rolled first.
        axes: of the map.
    """

    def __init__(self, *, width: int, heads: int, window: int, shift: int, axes: int) -> None:
        super().__init__()
        self.window, self.shift = window, shift
        self.attention_norm = nn.LayerNorm(width, EPS)
        self.attention = SelfAttention(width=width, heads=heads)
        self.offsets_PH = nn.Parameter(torch.randn((2 * window - 1) ** axes, heads) * 0.02)
        self.mlp_norm = nn.LayerNorm(width, EPS)
        self.mlp = feed_forward(width, 4 * width, nn.GELU())

    def forward(self, x_BXE: Tensor) -> Tensor:
        """The same shape."""
        x_BXE = x_BXE + self._within(self.attention_norm(x_BXE))
        return x_BXE + self.mlp(self.mlp_norm(x_BXE))

    def _within(self, x_BXE: Tensor) -> Tensor:
        own = x_BXE.shape[1:-1]
        sizes = tuple(min(self.window, side) for side in own)
        x_BXE = padded(x_BXE, sizes)
        sides = tuple(x_BXE.shape[1:-1])
        shifts = tuple(self.shift if side > self.window else 0 for side in own)
        index_NN = offset_index(sizes, self.window).to(x_BXE.device)
        bias_WHNN = self.offsets_PH[index_NN].permute(2, 0, 1)[None]
        axes = tuple(range(1, 1 + len(sides)))
        if any(shifts):
            apart_WNN = seams(sides, sizes, shifts).to(bias_WHNN)
            bias_WHNN = (bias_WHNN + apart_WNN[:, None]).repeat(len(x_BXE), 1, 1, 1)
            x_BXE = x_BXE.roll([-shift for shift in shifts], axes)
        seen_BXE = joined(self.attention(cut(x_BXE, sizes), bias_WHNN), sides, sizes)
        if any(shifts):
            seen_BXE = seen_BXE.roll(shifts, axes)
        return seen_BXE[(slice(None), *(slice(side) for side in own))]


class MergeNeighbours(nn.Module):
    """Neighbours along each axis become one place of twice their width.

    Args:
        factors: neighbours along each axis, 1 where an axis is left alone.
    """

    def __init__(self, *, width: int, factors: Factors) -> None:
        super().__init__()
        self.factors = tuple(factors)
        self.norm = nn.LayerNorm(prod(factors) * width, EPS)
        self.reduce = nn.Linear(prod(factors) * width, 2 * width, bias=False)

    def forward(self, x_BXE: Tensor) -> Tensor:
        """Sides divided by the factors, rounded up; the last axis fastest among neighbours."""
        x_BXE = padded(x_BXE, self.factors)
        sides = [side // factor for side, factor in zip(x_BXE.shape[1:-1], self.factors, strict=True)]
        together_BXE = cut(x_BXE, self.factors).reshape(len(x_BXE), *sides, -1)
        return self.reduce(self.norm(together_BXE))


class WindowEncoder(nn.Module):
    """Patches, then stages of shifted windows, each of which ends by merging neighbours.

    Args:
        channels: of the image.
        width: of the first map; it doubles from map to map.
        depths: blocks of each stage.
        heads: of each stage.
        window: places along each axis of a window.
        pooling: by how much each axis shrinks at the patches and after each stage: one more than there are stages.

    Source:
        arXiv 2201.01266, section 3.1 (the encoder of Swin UNETR). Differs: offsets within windows that are smaller
        than the table are looked up as offsets, where the released code reads the table's first rows; neighbours are
        merged in the order of its second version.
    """

    def __init__(
        self,
        *,
        channels: int,
        width: int,
        depths: Sequence[int],
        heads: Sequence[int],
        window: int,
        pooling: Sequence[Factors],
    ) -> None:
        super().__init__()
        axes = len(pooling[0])
        patch: Any = nn.Conv2d if axes == 2 else nn.Conv3d
        self.patch = patch(channels, width, tuple(pooling[0]), tuple(pooling[0]))
        self.widths_maps = tuple(width * 2**i for i in range(len(pooling)))
        self.stages = nn.ModuleList(
            nn.Sequential(
                *(
                    WindowBlock(width=wide, heads=count, window=window, shift=i % 2 * (window // 2), axes=axes)
                    for i in range(depth)
                ),
                MergeNeighbours(width=wide, factors=factors),
            )
            for wide, depth, count, factors in zip(self.widths_maps[:-1], depths, heads, pooling[1:], strict=True)
        )

    def forward(self, image_BCX: Tensor) -> list[Tensor]:
        """A map (B, E, *X) of each resolution, the finest first, each place of length-free norm."""
        x_BXE = self.patch(image_BCX).movedim(1, -1)
        maps = [x_BXE]
        for stage in self.stages:
            x_BXE = stage(x_BXE)
            maps.append(x_BXE)
        return [F.layer_norm(each, each.shape[-1:]).movedim(-1, 1) for each in maps]
