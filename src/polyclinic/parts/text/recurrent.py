"""Encoders of texts that read word embeddings in order: convolution over time, and a recurrent net."""

from __future__ import annotations

import torch
from torch import nn

from polyclinic.parts.features import Features, TokenBatch


class ConvTextEncoder(nn.Module):
    """Word embeddings, a convolution over time, and the largest value of each channel over the real places.

    Args:
        window: tokens that a place sees; odd.

    Source:
        arXiv 1601.03478 (semantic sentence embedding); arXiv 1408.5882, section 2.
    """

    def __init__(self, *, vocabulary: int, width_embedding: int, width: int, window: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width_embedding)
        self.convolution = nn.Conv1d(width_embedding, width, window, padding=window // 2)
        self.width_out = self.width_tokens = width

    def forward(self, texts: TokenBatch) -> Features:
        """Features of texts."""
        padding_BL1 = ~texts.mask_BL[:, :, None]
        word_BLE = self.embedding(texts.ids_BL).masked_fill(padding_BL1, 0)
        token_BLE = self.convolution(word_BLE.mT).mT.relu()
        return Features(token_BLE.masked_fill(padding_BL1, 0).amax(1), token_BLE)


class RecurrentTextEncoder(nn.Module):
    """Word embeddings and a gated recurrent unit that reads both ways; its two last states stand for the text.

    Args:
        width: of both ways together; even.

    Source:
        arXiv 1406.1078, section 2.3.
    """

    def __init__(self, *, vocabulary: int, width_embedding: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width_embedding)
        self.unit = nn.GRU(width_embedding, width // 2, batch_first=True, bidirectional=True)
        self.width_out = self.width_tokens = width

    def forward(self, texts: TokenBatch) -> Features:
        """Features of texts."""
        lengths_B = texts.mask_BL.sum(1).clamp(min=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(texts.ids_BL), lengths_B, batch_first=True, enforce_sorted=False
        )
        states, last_2BE = self.unit(packed)
        token_BLE, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True, total_length=texts.mask_BL.shape[1])
        return Features(torch.cat([last_2BE[0], last_2BE[1]], -1), token_BLE)
