"""DaViT: attention among places within windows, then among channels over the whole map."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from polyclinic.parts.features import Features
from polyclinic.parts.vision.attention import SelfAttention, feed_forward
from polyclinic.parts.vision.maps import ChannelNorm, map_of, tokens_of
from polyclinic.parts.vision.windows import cut, joined, padded

EPS = 1e-5


class WindowAttention(nn.Module):
    """Every place looks at those of its own window.

    Args:
        width: of the places; `heads` look side by side.
        window: places along each side of one; a map that it does not divide is padded with zeros.
    """

    def __init__(self, *, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.attention = SelfAttention(width=width, heads=heads)

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """The same shape."""
        height, width = x_BEYX.shape[2:]
        x_BYXE = padded(x_BEYX.permute(0, 2, 3, 1), self.window)
        full = x_BYXE.shape[1:3]
        seen_BYXE = joined(self.attention(cut(x_BYXE, self.window)), full, self.window)
        return seen_BYXE[:, :height, :width].permute(0, 3, 1, 2)


class ChannelAttention(nn.Module):
    """Every channel looks at those of its own group: the tokens are channels, and their vectors whole maps.

    Args:
        width: channels; a multiple of `groups`.

    Source:
        arXiv 2204.03645, section 3.3. Differs: scaled by the number of places, as MedImageInsight's weights want it
        (arXiv 2410.06542), where the paper's code scales by a group's width.
    """

    def __init__(self, *, width: int, groups: int) -> None:
        super().__init__()
        self.groups = groups
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """The same shape."""
        height, width = x_BEYX.shape[2:]
        x_BNE = tokens_of(x_BEYX)
        # Of each group, channels as rows: (B, G, D, N).
        query, key, value = self.qkv(x_BNE).unflatten(2, (3, self.groups, -1)).permute(2, 0, 3, 4, 1).unbind(0)
        weight_BGDD = ((query * x_BNE.shape[1] ** -0.5) @ key.transpose(-1, -2)).softmax(-1)
        seen_BNE = (weight_BGDD @ value).flatten(1, 2).transpose(1, 2)
        return map_of(self.out(seen_BNE), height, width)


class DaViTBlock(nn.Module):
    """Position by a 3 x 3 convolution of each channel, attention, position again, a feed-forward layer; all added.

    Args:
        width: of the places.
        attention: keeps the shape of a map.
    """

    def __init__(self, *, width: int, attention: nn.Module) -> None:
        super().__init__()
        self.first_position = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.attention_norm = ChannelNorm(width, EPS)
        self.attention = attention
        self.second_position = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.mlp_norm = nn.LayerNorm(width, EPS)
        self.mlp = feed_forward(width, 4 * width, nn.GELU())

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """The same shape."""
        x_BEYX = x_BEYX + self.first_position(x_BEYX)
        x_BEYX = x_BEYX + self.attention(self.attention_norm(x_BEYX))
        x_BEYX = x_BEYX + self.second_position(x_BEYX)
        return x_BEYX + self.mlp(self.mlp_norm(x_BEYX.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)


class DaViTEncoder(nn.Module):
    """Four stages of window blocks, each followed by a channel block; pooled as the mean, then normed.

    Args:
        channels: of the image.
        widths: of each stage, from stride 4 on; multiples of `head_width`.
        depths: pairs of blocks in each.
        head_width: channels of a head and of a group.
        window: places along each side of a window.

    Source:
        arXiv 2204.03645, section 3; overlapping 3 x 3 patches between stages, normed before, as in Florence
        (arXiv 2311.06242) and MedImageInsight (arXiv 2410.06542). Differs: no stochastic depth.
    """

    def __init__(
        self, *, channels: int, widths: Sequence[int], depths: Sequence[int], head_width: int, window: int
    ) -> None:
        super().__init__()
        downs: list[nn.Module] = []
        stages: list[nn.Module] = []
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            if stage:
                before = widths[stage - 1]
                downs.append(nn.Sequential(ChannelNorm(before, EPS), nn.Conv2d(before, width, 3, 2, 1)))
            else:
                downs.append(nn.Sequential(nn.Conv2d(channels, width, 7, 4, 3), ChannelNorm(width, EPS)))
            heads = width // head_width
            pairs = [
                nn.Sequential(
                    DaViTBlock(width=width, attention=WindowAttention(width=width, heads=heads, window=window)),
                    DaViTBlock(width=width, attention=ChannelAttention(width=width, groups=heads)),
                )
                for _ in range(depth)
            ]
            stages.append(nn.Sequential(*pairs))
        self.downs, self.stages = nn.ModuleList(downs), nn.ModuleList(stages)
        self.norm = nn.LayerNorm(widths[-1], EPS)
        self.width_out = self.width_tokens = widths[-1]
        self.widths_maps = tuple(widths)
        self.strides = tuple(4 * 2**stage for stage in range(len(widths)))

    def forward(self, image_BCYX: Tensor) -> Features:
        """Features of images; each stage's map."""
        x_BEYX = image_BCYX.contiguous(memory_format=torch.channels_last)
        maps = []
        for down, stage in zip(self.downs, self.stages, strict=True):
            x_BEYX = stage(down(x_BEYX))
            maps.append(x_BEYX)
        return Features(self.norm(x_BEYX.mean((2, 3))), tokens_of(x_BEYX), tuple(maps))
