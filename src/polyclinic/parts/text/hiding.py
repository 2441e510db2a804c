"""Hiding tokens of texts, for models that learn to guess them, and the head that guesses."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.wordpieces import WordPieces


class Hidden(NamedTuple):
    """Texts with hidden tokens, and which tokens are to be guessed."""

    texts: TokenBatch
    asked_BL: Tensor


def hide(texts: TokenBatch, tokens: WordPieces, generator: torch.Generator, *, share: float = 0.15) -> Hidden:
    """Ask for a share of the words' tokens, drawn anew at every call: of these 80 % hidden, 10 % any token, 10 % left.

    Tokens that belong to no word, such as [CLS] and padding, are never asked for.

    Args:
        tokens: gives the hiding token and the size of the vocabulary.
        generator: on the texts' device.

    Source:
        arXiv 1810.04805, section 3.1; drawn anew as in arXiv 1907.11692, section 4.1.
    """
    device = texts.ids_BL.device
    draw_BL, way_BL = (torch.rand(texts.ids_BL.shape, generator=generator, device=device) for _ in range(2))
    any_BL = torch.randint(len(tokens), texts.ids_BL.shape, generator=generator, device=device)
    asked_BL = (draw_BL < share) & texts.mask_BL & (texts.word_BL >= 0)
    ids_BL = texts.ids_BL.masked_fill(asked_BL & (way_BL < 0.8), tokens.mask_id)
    ids_BL = torch.where(asked_BL & (way_BL >= 0.9), any_BL, ids_BL)
    return Hidden(texts._replace(ids_BL=ids_BL), asked_BL)


class GuessHead(nn.Module):
    """From token vectors to a score for every token of the vocabulary, by the encoder's own word embeddings.

    Args:
        embedding: the word embeddings, shared and not copied.

    Source:
        arXiv 1810.04805: the transform of the released models.
    """

    def __init__(self, *, embedding: nn.Embedding) -> None:
        super().__init__()
        width = embedding.embedding_dim
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.embedding = embedding
        self.bias = nn.Parameter(torch.zeros(embedding.num_embeddings))

    def forward(self, token_BLE: Tensor) -> Tensor:
        """Scores (B, L, vocabulary)."""
        return nn.functional.linear(self.transform(token_BLE), self.embedding.weight, self.bias)
