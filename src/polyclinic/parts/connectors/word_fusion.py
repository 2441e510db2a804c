"""Where words meet a map: in two steps, in one, or by adding what they say."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn


class Looking(nn.Module):
    """Attention of one head: each query takes from the keys what is like it; the queries themselves are not kept."""

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

    def forward(self, from_BNE: Tensor, to_BLE: Tensor, real_BL: Tensor | None = None) -> Tensor:
        """What each of `from_BNE` found, (B, N, E).

        Args:
            real_BL: which of `to_BLE` may be looked at; one of them at least.
        """
        like_BNL = self.query(from_BNE) @ self.key(to_BLE).mT * from_BNE.shape[-1] ** -0.5
        if real_BL is not None:
            like_BNL = like_BNL.masked_fill(~real_BL[:, None], float("-inf"))
        found_BNE: Tensor = like_BNL.softmax(-1) @ self.value(to_BLE)
        return found_BNE


class Settling(nn.Module):
    """Norm over the places of each channel with a scale and shift a place, a layer for each place, and again.

    Args:
        sides: of the map.
    """

    def __init__(self, *, width: int, sides: Sequence[int]) -> None:
        super().__init__()
        self.before, self.after = nn.LayerNorm(prod(sides)), nn.LayerNorm(prod(sides))
        self.layer = nn.Linear(width, width)

    def forward(self, x_BNE: Tensor) -> Tensor:
        """The same shape."""
        y_BNE = self.layer(self.before(x_BNE.mT).mT).relu()
        return self.after(y_BNE.mT).mT


def word_reader(width_text: int, width: int) -> nn.Sequential:
    """Two layers a word, from the text encoder's width to the map's; hidden between as 1024 is to 768."""
    hidden = width * 4 // 3
    return nn.Sequential(nn.Linear(width_text, hidden), nn.ReLU(), nn.Linear(hidden, width))


class SequentialFusion(nn.Module):
    """Words look at the map and gather what they mean in it; places look at what the words gathered, and become that.

    Nothing of the map is kept beside it: what no word has gathered is gone.

    Args:
        width: of the map.
        width_text: of the words.
        sides: of the map.

    Source:
        arXiv 2506.16784, section on fusion (sequential cross-attention), sizes from its released code.
    """

    def __init__(self, *, width: int, width_text: int, sides: Sequence[int]) -> None:
        super().__init__()
        self.words = word_reader(width_text, width)
        self.gather, self.back = Looking(width=width), Looking(width=width)
        self.settle = Settling(width=width, sides=sides)

    def forward(self, map_BEX: Tensor, words_BLE: Tensor, real_BL: Tensor) -> Tensor:
        """A map of the same shape."""
        places_BNE = map_BEX.flatten(2).mT
        gathered_BLE = self.gather(self.words(words_BLE), places_BNE)
        return _as_map(self.settle(self.back(places_BNE, gathered_BLE, real_BL)), map_BEX)


class DirectFusion(nn.Module):
    """Places look at the words themselves, and become what they found: one step of `SequentialFusion`."""

    def __init__(self, *, width: int, width_text: int, sides: Sequence[int]) -> None:
        super().__init__()
        self.words = word_reader(width_text, width)
        self.back = Looking(width=width)
        self.settle = Settling(width=width, sides=sides)

    def forward(self, map_BEX: Tensor, words_BLE: Tensor, real_BL: Tensor) -> Tensor:
        """A map of the same shape."""
        found_BNE = self.back(map_BEX.flatten(2).mT, self.words(words_BLE), real_BL)
        return _as_map(self.settle(found_BNE), map_BEX)


class AddedFusion(nn.Module):
    """The mean of the words is added to every place alike."""

    def __init__(self, *, width: int, width_text: int) -> None:
        super().__init__()
        self.words = word_reader(width_text, width)

    def forward(self, map_BEX: Tensor, words_BLE: Tensor, real_BL: Tensor) -> Tensor:
        """A map of the same shape."""
        share_BL1 = (real_BL / real_BL.sum(1, keepdim=True).clamp(min=1))[..., None]
        mean_BE = (self.words(words_BLE) * share_BL1).sum(1)
        return map_BEX + mean_BE.reshape(*mean_BE.shape, *[1] * (map_BEX.ndim - 2))


class NoFusion(nn.Module):
    """The map as it is, whatever is said."""

    def forward(self, map_BEX: Tensor, words_BLE: Tensor, real_BL: Tensor) -> Tensor:
        """The same map."""
        return map_BEX


def _as_map(places_BNE: Tensor, like_BEX: Tensor) -> Tensor:
    return torch.reshape(places_BNE.mT, like_BEX.shape)
