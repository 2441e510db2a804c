"""Bags of words, n-grams and skip-grams: which of them a text holds, and an encoder of such bags."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import torch
from torch import nn

from polyclinic.errors import CheckpointError
from polyclinic.parts.features import Features, TokenBatch

WORD = re.compile(r"[^\W_]+")
FILE = "grams.json"
PADDING = 0


class Gram(NamedTuple):
    """A few words of a text, and which of its words is their first."""

    name: str
    word: int


class Grams:
    """Runs of words, and pairs of words that stand a little apart, as tokens; picklable.

    Tokens come in the order of their first words, so that with `runs=(1,)` they are the words in order. Grams that
    are not known are left out.

    Args:
        size: tokens, padding included.
        runs: lengths of runs of words: 1 words, 2 pairs of neighbours, and so on.
        gap: most words between the two of a pair that stands apart; 0 for no such pairs.
        known: gram -> id from 1 on; None gives each gram one of the ids by a hash, which it may share.

    Source:
        arXiv 1601.03478; hashing: arXiv 0902.2206. Differs: no gram is dropped for being rare, the most frequent ones
        are taken.

    Example:
        >>> grams = Grams(size=9, runs=(2,), gap=1, known=None)
        >>> [gram.name for gram in grams.of("Small left effusion")]
        ['small left', 'small ... effusion', 'left effusion']
    """

    def __init__(self, *, size: int, runs: tuple[int, ...], gap: int, known: Mapping[str, int] | None) -> None:
        self.size, self.runs, self.gap, self.known = size, runs, gap, known

    @classmethod
    def trained(cls, texts: Iterable[str], size: int, *, runs: tuple[int, ...] = (1,), gap: int = 0) -> Self:
        """The grams that most texts hold; of equal ones the first in the alphabet."""
        bare = cls(size=size, runs=runs, gap=gap, known=None)
        counts = Counter(name for text in texts for name in {gram.name for gram in bare.of(text)})
        chosen = sorted(counts, key=lambda name: (-counts[name], name))[: size - 1]
        return cls(size=len(chosen) + 1, runs=runs, gap=gap, known={name: 1 + i for i, name in enumerate(chosen)})

    @classmethod
    def of_size(cls, size: int) -> Self:
        """Words by their hash."""
        return cls(size=size, runs=(1,), gap=0, known=None)

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """What `save` wrote.

        Raises:
            CheckpointError: there is no such file, or it is damaged.
        """
        try:
            told = json.loads((folder / FILE).read_text("utf-8"))
            names, size = told["known"], int(told["size"])
            known = None if names is None else {str(name): 1 + i for i, name in enumerate(names)}
            return cls(size=size, runs=tuple(map(int, told["runs"])), gap=int(told["gap"]), known=known)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{folder} holds no usable grams: {error}", hint=f"It needs {FILE}.") from error

    def save(self, folder: Path) -> None:
        """Write `grams.json`."""
        names = None if self.known is None else sorted(self.known, key=self.known.__getitem__)
        record = {"size": self.size, "runs": self.runs, "gap": self.gap, "known": names}
        (folder / FILE).write_text(json.dumps(record, ensure_ascii=False) + "\n", "utf-8")

    def __len__(self) -> int:
        return self.size

    def text(self, ids: Sequence[int]) -> str:
        """The grams that ids stand for, one after the other; a hash names none."""
        names = {number: name for name, number in (self.known or {}).items()}
        return " ".join(names[number] for number in ids if number in names)

    def of(self, text: str, longest: int | None = None) -> list[Gram]:
        """The grams of a text's first words, whether known or not."""
        words = WORD.findall(text.lower())[:longest]
        return [Gram(name, i) for i in range(len(words)) for name in self._from(words, i)]

    def _from(self, words: Sequence[str], i: int) -> Iterator[str]:
        for length in self.runs:
            if i + length <= len(words):
                yield " ".join(words[i : i + length])
        for other in words[i + 2 : i + 2 + self.gap]:
            yield f"{words[i]} ... {other}"

    def _tokens(self, text: str, longest: int) -> list[tuple[int, int]]:
        """Ids of the grams that are known, each with its first word."""
        known = [(self._id(gram.name), gram.word) for gram in self.of(text, longest)]
        return [(token, word) for token, word in known if token != PADDING]

    def _id(self, name: str) -> int:
        if self.known is not None:
            return self.known.get(name, PADDING)
        return 1 + zlib.crc32(name.encode()) % (self.size - 1)

    def batch(self, texts: Sequence[str], longest: int) -> TokenBatch:
        """Grams of the first `longest` words of texts, padded to the most that one of them has."""
        rows = [self._tokens(text, longest) for text in texts]
        most = max((len(row) for row in rows), default=0) or 1
        padded = torch.tensor([row + [(PADDING, -1)] * (most - len(row)) for row in rows])
        ids_BL, word_BL = padded.reshape(-1, most, 2).unbind(-1)
        return TokenBatch(ids_BL, ids_BL != PADDING, word_BL)

    def places(self, text: str, spans: Sequence[tuple[int, int]], longest: int) -> list[tuple[int, int]]:
        """Which tokens begin within stretches of characters (start, stop) of a text; none for the cut-off ones."""
        words = [match.span() for match in WORD.finditer(text.lower())]
        began = [words[word] for _, word in self._tokens(text, longest)]
        found = []
        for start, stop in spans:
            inside = [t for t, (a, b) in enumerate(began) if a < stop and b > start]
            found.append((inside[0], inside[-1] + 1) if inside else (0, 0))
        return found


class BagEncoder(nn.Module):
    """How often each token occurs, through one hidden layer and one more; order counts only within tokens.

    Args:
        hidden: width of the first layer; the tokens' own vectors have it too.
        width: of the second.
        dropout: behind both.

    Source:
        arXiv 1601.03478 (bag of words and n-grams with a feed-forward net).
    """

    def __init__(self, *, vocabulary: int, hidden: int, width: int, dropout: float) -> None:
        super().__init__()
        # A linear layer of counts, without ever writing the counts down.
        self.bag = nn.EmbeddingBag(vocabulary, hidden, mode="sum", padding_idx=PADDING)
        nn.init.normal_(self.bag.weight, std=hidden**-0.5)
        with torch.no_grad():
            self.bag.weight[PADDING] = 0
        self.bias = nn.Parameter(torch.zeros(hidden))
        self.rest = nn.Sequential(
            nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.width_out, self.width_tokens = width, hidden

    def forward(self, texts: TokenBatch) -> Features:
        """Features of texts."""
        ids_BL = texts.ids_BL.masked_fill(~texts.mask_BL, PADDING)
        pooled_BE = self.rest(self.bag(ids_BL) + self.bias)
        return Features(pooled_BE, nn.functional.embedding(ids_BL, self.bag.weight))
