"""Phrases as fixed vectors: every word has one of its own, which nothing learns and nobody has to store."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

WORD = re.compile(r"[^\W_]+")


def phrase_vectors(phrases: Sequence[str], width: int) -> Tensor:
    """A unit vector (N, width) a phrase: the sum of its words' random ones, so that phrases that share words are alike.

    A word's vector is drawn with a hash of the word for a seed. The empty phrase is zero.

    Example:
        >>> left, right, liver = phrase_vectors(["left kidney", "right kidney", "liver"], 512)
        >>> bool(left @ right > 0.3), bool(abs(left @ liver) < 0.2)
        (True, True)
    """
    return F.normalize(torch.stack([_sum(WORD.findall(phrase.lower()), width) for phrase in phrases]), dim=-1)


def _sum(words: Sequence[str], width: int) -> Tensor:
    total = np.zeros(width)
    for word in words:
        total += np.random.default_rng(zlib.crc32(word.encode())).standard_normal(width)
    return torch.from_numpy(total).float()
