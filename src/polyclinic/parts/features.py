"""What an encoder of images or texts gives, and what is asked of one."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from torch import Tensor


class TokenBatch(NamedTuple):
    """Texts as tokens, padded on the right.

    Args:
        ids_BL: token ids.
        mask_BL: true where a token is real.
        word_BL: which word of its text a token belongs to; -1 for the tokens that belong to none.
    """

    ids_BL: Tensor
    mask_BL: Tensor
    word_BL: Tensor


class Features(NamedTuple):
    """What an encoder gives.

    Args:
        pooled_BE: one vector an item, of the encoder's `width_out`.
        tokens_BNE: one vector a place of the last map (row by row) or a text's token, of `width_tokens`.
        maps: feature maps (B, E, Y, X) from fine to coarse; none for texts.
        attention_BN: how much the pooled vector attends to each token in the last layer, summing to one; None where
            the encoder has or was asked for no such thing.
    """

    pooled_BE: Tensor
    tokens_BNE: Tensor
    maps: tuple[Tensor, ...] = ()
    attention_BN: Tensor | None = None


class ImageEncoder(Protocol):
    """Any encoder of images: `torch.nn.Module` with these members; strides and widths are those of its maps."""

    width_out: int
    width_tokens: int
    strides: tuple[int, ...]
    widths_maps: tuple[int, ...]

    def __call__(self, image_BCYX: Tensor) -> Features:
        """Features of images of order one."""
        ...


class TextEncoder(Protocol):
    """Any encoder of texts: `torch.nn.Module` with these members."""

    width_out: int
    width_tokens: int

    def __call__(self, texts: TokenBatch) -> Features:
        """Features of texts."""
        ...
