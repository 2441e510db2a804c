"""The vision transformer: patches as tokens, all of which look at each other in every block."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.errors import ShapeError
from polyclinic.parts.features import Features
from polyclinic.parts.vision.attention import AttentionPool, SelfAttention, feed_forward
from polyclinic.parts.vision.maps import checked, map_of, tokens_of
from polyclinic.parts.vision.pyramid import GROUPS


def resized_positions(positions_NE: Tensor, *, before: int, grid: tuple[int, int]) -> Tensor:
    """Position vectors of a square grid, for a grid of another size.

    Args:
        positions_NE: `before` vectors that belong to no place, then those of a square grid, row by row.
        grid: rows and columns that are needed.

    Raises:
        ShapeError: the places make no square.
    """
    side = round((len(positions_NE) - before) ** 0.5)
    if side * side != len(positions_NE) - before:
        raise ShapeError(
            f"expected {before} + a square number of position vectors, got {len(positions_NE)}",
            hint="say how many tokens stand before the patches",
        )
    if grid == (side, side):
        return positions_NE
    places_1EYX = map_of(positions_NE[None, before:], side, side)
    fitted_1EYX = F.interpolate(places_1EYX.float(), grid, mode="bicubic", antialias=True).to(positions_NE.dtype)
    return torch.cat([positions_NE[:before], tokens_of(fitted_1EYX)[0]])


class ViTBlock(nn.Module):
    """Attention, then a feed-forward layer, each behind a norm and around a shortcut.

    Args:
        width: of the tokens; `heads` look side by side.
        hidden: width inside the feed-forward layer.
        activation: within it.
        eps: of both norms.
    """

    def __init__(self, *, width: int, heads: int, hidden: int, activation: nn.Module, eps: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, eps)
        self.attention = SelfAttention(width=width, heads=heads)
        self.mlp_norm = nn.LayerNorm(width, eps)
        self.mlp = feed_forward(width, hidden, activation)

    def forward(self, x_BNE: Tensor, *, causal: bool = False) -> Tensor:
        """The same shape; where `causal`, no token looks at those behind it."""
        x_BNE = x_BNE + self.attention(self.attention_norm(x_BNE), causal=causal)
        return x_BNE + self.mlp(self.mlp_norm(x_BNE))

    def attention_of_first(self, x_BNE: Tensor) -> Tensor:
        """How much the first token attends to each other one in this block, given the block's input."""
        return self.attention.of_first(self.attention_norm(x_BNE))


class ConvStem(nn.Sequential):
    """Patches of 8 pixels through three strided convolutions, which learn sooner than one large one.

    Source:
        arXiv 2106.14881, section 4. Differs: group norm instead of batch norm, so that an item is the same in any
        batch.
    """

    def __init__(self, *, channels: int, width: int) -> None:
        widths = (channels, width // 4, width // 2)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.GroupNorm(GROUPS, after), nn.ReLU()]
        super().__init__(*layers, nn.Conv2d(widths[-1], width, 3, 2, 1))


class ViTEncoder(nn.Module):
    """Patches, positions and blocks; what is pooled is the class token, an attention pool's vector, or the mean.

    Args:
        stem: image -> map of patches (B, width, Y, X); border pixels that fill no patch are its to drop.
        width: of the tokens.
        stride: pixels from one patch to the next.
        image_size: pixels along each side for which positions are learned; they are interpolated for others.
        blocks: in order.
        before: norm between the positions and the blocks; an identity in all layouts but CLIP's.
        norm: behind the blocks.
        pool: tokens -> vector and weights; None takes the class token, or the mean where there is none.
        class_token: whether one stands before the patches.
        attend: whether the class token's attention in the last block is given too.

    Source:
        arXiv 2010.11929, section 3.1; CLIP's layout arXiv 2103.00020, section 2.4. Differs: no dropout.
    """

    def __init__(
        self,
        *,
        stem: nn.Module,
        width: int,
        stride: int,
        image_size: int,
        blocks: Sequence[ViTBlock],
        before: nn.Module,
        norm: nn.Module,
        pool: AttentionPool | None,
        class_token: bool,
        attend: bool,
    ) -> None:
        super().__init__()
        self.stem, self.blocks, self.before, self.norm, self.pool = stem, nn.ModuleList(blocks), before, norm, pool
        places = (image_size // stride) ** 2
        self.class_token = nn.Parameter(torch.randn(width) * 0.02) if class_token else None
        self.positions_NE = nn.Parameter(torch.randn(places + class_token, width) * 0.02)
        self.attend = attend
        self.width_out = self.width_tokens = width
        self.strides: tuple[int, ...] = (stride,)
        self.widths_maps: tuple[int, ...] = (width,)

    def forward(self, image_BCYX: Tensor) -> Features:
        """Features of images of any size that holds a patch."""
        x_BNE, (height, width) = self.entered(image_BCYX)
        extra = 0 if self.class_token is None else 1
        for block in self.blocks[:-1]:
            x_BNE = block(x_BNE)
        attention_BN = cast(ViTBlock, self.blocks[-1]).attention_of_first(x_BNE) if self.attend and extra else None
        x_BNE = self.norm(self.blocks[-1](x_BNE))
        patches_BNE = x_BNE[:, extra:]
        if self.pool is not None:
            pooled_BE, attention_BN = self.pool(patches_BNE)
        else:
            pooled_BE = x_BNE[:, 0] if extra else patches_BNE.mean(1)
        return Features(pooled_BE, patches_BNE, (map_of(patches_BNE, height, width),), attention_BN)

    def entered(self, image_BCYX: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Tokens as the first block gets them, the class token first; rows and columns of the patches."""
        patch_BEYX = self.stem(checked(image_BCYX, self.strides[-1]))
        extra = 0 if self.class_token is None else 1
        height, width = patch_BEYX.shape[2:]
        x_BNE = tokens_of(patch_BEYX)
        if self.class_token is not None:
            x_BNE = torch.cat([self.class_token.expand(len(x_BNE), 1, -1), x_BNE], dim=1)
        placed_BNE = x_BNE + resized_positions(self.positions_NE, before=extra, grid=(height, width))
        return self.before(placed_BNE), (height, width)
