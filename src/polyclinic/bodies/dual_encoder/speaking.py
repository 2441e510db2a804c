"""What is said of a Study when it is looked at once more: one function for each way that papers draw their text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from polyclinic.bodies.dual_encoder.outlook import texts_of
from polyclinic.study import Study


class Said(NamedTuple):
    """A text of which others may mean the same.

    Args:
        text: what is said.
        category: what it means; items of one category are each other's positives.
    """

    text: str
    category: str


Speak = Callable[[Study, np.random.Generator], str | Said]
SENTENCE = re.compile(r"(?<=[.!?。؟])\s+|(?<=[。！？])")
FEWEST_LETTERS = 3


def sentences(text: str) -> list[str]:
    """The sentences of a text, those without three letters left out."""
    parts = (part.strip() for part in SENTENCE.split(text))
    return [part for part in parts if sum(map(str.isalpha, part)) >= FEWEST_LETTERS]


def whole(study: Study, rng: np.random.Generator) -> str:
    """Everything that is written, in its order."""
    return " ".join(texts_of(study))


def one_sentence(study: Study, rng: np.random.Generator) -> str:
    """One sentence of all that is written."""
    return _one(sentences(whole(study, rng)), rng)


def one_text(study: Study, rng: np.random.Generator) -> str:
    """One section or caption."""
    return _one(texts_of(study), rng)


def shuffled(study: Study, rng: np.random.Generator) -> str:
    """Everything that is written, its sentences in any order."""
    return in_any_order(whole(study, rng), rng)


def in_any_order(text: str, rng: np.random.Generator) -> str:
    """The sentences of a text in any order."""
    parts = sentences(text)
    return " ".join(parts[i] for i in rng.permutation(len(parts)))


def _one(texts: Sequence[str], rng: np.random.Generator) -> str:
    return texts[int(rng.integers(len(texts)))] if texts else ""
