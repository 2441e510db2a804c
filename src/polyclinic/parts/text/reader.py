"""A text encoder that learns from few texts, or one that has learned from many."""

from __future__ import annotations

from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.recurrent import RecurrentTextEncoder

LONGEST = 512


def word_reader(*, vocabulary: int, width: int, depth: int, heads: int) -> BertEncoder | RecurrentTextEncoder:
    """A BERT of so many layers, or without any a recurrent unit that reads both ways."""
    if not depth:
        return RecurrentTextEncoder(vocabulary=vocabulary, width_embedding=width, width=width)
    return BertEncoder(bert=small_bert(vocabulary=vocabulary, width=width, depth=depth, heads=heads, longest=LONGEST))
