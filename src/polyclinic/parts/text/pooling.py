"""From the hidden states of all layers of a text encoder to one vector a text, and one a token or word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from polyclinic.parts.features import TokenBatch

Layers = tuple[Tensor, ...]
# Hidden states of all layers (the embeddings first) and the texts -> pooled (B, E), tokens (B, N, E).
Pooling = Callable[[Layers, TokenBatch], tuple[Tensor, Tensor]]


def first_token(layers: Layers, texts: TokenBatch) -> tuple[Tensor, Tensor]:
    """The last layer: its first token stands for the text."""
    return layers[-1][:, 0], layers[-1]


def largest_token(layers: Layers, texts: TokenBatch) -> tuple[Tensor, Tensor]:
    """The last layer: the largest value of each channel over the tokens that are real."""
    padding_BL1 = ~texts.mask_BL[:, :, None]
    return layers[-1].masked_fill(padding_BL1, float("-inf")).amax(1), layers[-1]


def mean_of_layers(chosen: Sequence[int], *, padding: bool = False) -> Pooling:
    """The mean of chosen layers and, over tokens, of that.

    Args:
        chosen: layers to average; 0 is the embeddings, -1 the last.
        padding: whether padding counts in the mean over tokens, which makes a text's vector depend on its batch.

    Source:
        arXiv 2308.07898 (FLAIR) and its code: layers 1, 2 and the last, padding counted.
    """

    def pool(layers: Layers, texts: TokenBatch) -> tuple[Tensor, Tensor]:
        mean_BLE = torch.stack([layers[i] for i in chosen]).mean(0)
        if padding:
            return mean_BLE.mean(1), mean_BLE
        real_BL1 = texts.mask_BL[:, :, None].to(mean_BLE.dtype)
        return (mean_BLE * real_BL1).sum(1) / real_BL1.sum(1).clamp(min=1), mean_BLE

    return pool


def summed_words(last: int = 4) -> Pooling:
    """The sum of the last layers: the first token stands for the text, and the pieces of a word are added up.

    The tokens it gives are words: word i of a text is at place i, and places without a word are zeros, which
    `word_mask` tells.

    Source:
        arXiv 2210.06044 (MGCA) and its code, after GLoRIA.
    """

    def pool(layers: Layers, texts: TokenBatch) -> tuple[Tensor, Tensor]:
        sum_BLE = torch.stack(layers[-last:]).sum(0)
        place_BL = texts.word_BL.clamp(min=0)[:, :, None].expand_as(sum_BLE)
        piece_BLE = sum_BLE.masked_fill(texts.word_BL[:, :, None] < 0, 0)
        return sum_BLE[:, 0], torch.zeros_like(sum_BLE).scatter_add(1, place_BL, piece_BLE)

    return pool


def word_mask(texts: TokenBatch) -> Tensor:
    """Which places (B, L) of what `summed_words` gives hold a word."""
    count_B1 = texts.word_BL.amax(1, keepdim=True) + 1
    return torch.arange(texts.word_BL.shape[1], device=count_B1.device) < count_B1
