"""Tokenizers that know places: text pieces, task marks, and one token for each step along an image's side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from polyclinic.errors import CheckpointError

BINS = 64
END, BOX, SEGMENT, FIND, MATCH = "<end>", "<box>", "<seg>", "<det>", "<emb>"
TASKS = ("<ask>", "<report>", "<segment>", "<find>", "<match>", "<region>", "<answer>")
LANGUAGE_MARKS = ("<en>", "<zh>", "<ar>")
MARKS = ("<pad>", END, BOX, SEGMENT, FIND, MATCH, *TASKS, *LANGUAGE_MARKS)
PLACES = tuple(f"<at{i}>" for i in range(BINS))


@dataclass(frozen=True)
class Tokens:
    """A fast tokenizer with this package's marks added, and the ids that models ask for by name.

    Args:
        tokenizer: a `transformers` fast tokenizer.
    """

    tokenizer: Any

    @classmethod
    def trained(cls, texts: Iterable[str], size: int) -> Tokens:
        """Byte-level BPE learned from texts; any text of any language can be written with it.

        Args:
            size: of the vocabulary without the marks, at least 256 for the bytes.
        """
        from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
        from transformers import PreTrainedTokenizerFast

        bare = Tokenizer(models.BPE())
        bare.normalizer = normalizers.NFC()
        bare.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
        bare.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        bare.train_from_iterator(
            texts, trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False, min_frequency=2)
        )
        return cls._marked(PreTrainedTokenizerFast(tokenizer_object=bare))

    @classmethod
    def from_folder(cls, folder: Path) -> Tokens:
        """A tokenizer saved by `save`, or that of any Hugging Face language model in a folder.

        Raises:
            CheckpointError: no tokenizer there.
        """
        from transformers import AutoTokenizer, PreTrainedTokenizerFast

        try:
            if (folder / "tokenizer.json").is_file():
                return cls._marked(PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json")))
            return cls._marked(
                AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
            )
        except Exception as error:  # the library meets damaged files with exceptions of many classes
            raise CheckpointError(f"{folder} holds no usable tokenizer: {error}") from error

    @classmethod
    def _marked(cls, tokenizer: Any) -> Tokens:
        tokenizer.add_special_tokens({"additional_special_tokens": [*MARKS, *PLACES]})
        return cls(tokenizer)

    def save(self, folder: Path) -> None:
        """Write `tokenizer.json`."""
        self.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))

    def __len__(self) -> int:
        return len(self.tokenizer)

    @cached_property
    def id(self) -> dict[str, int]:
        """Ids of the marks by name."""
        return {mark: self.tokenizer.convert_tokens_to_ids(mark) for mark in (*MARKS, *PLACES)}

    @cached_property
    def place_ids(self) -> tuple[int, ...]:
        """Ids of the place tokens, from left (top) to right (bottom)."""
        return tuple(self.id[place] for place in PLACES)

    def vocabulary(self) -> dict[str, int]:
        """Token -> id."""
        known: dict[str, int] = self.tokenizer.get_vocab()
        return known

    def encode(self, text: str) -> list[int]:
        """Ids of plain text; marks written in it stay text."""
        ids: list[int] = self.tokenizer(_without_marks(text), add_special_tokens=False)["input_ids"]
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, marks left out."""
        text: str = self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text.strip()

    def box(self, box: Sequence[float]) -> list[int]:
        """A box mark and four places.

        Args:
            box: x0, y0, x1, y1 as shares of the image's sides.
        """
        return [self.id[BOX], *(self.place_ids[_bin(side)] for side in box)]

    def boxes(self, ids: Sequence[int]) -> list[tuple[float, ...]]:
        """Every complete box in a list of ids, as shares of the image's sides."""
        bins = {place: i for i, place in enumerate(self.place_ids)}
        starts = [i for i, token in enumerate(ids) if token == self.id[BOX]]
        runs = [ids[i + 1 : i + 5] for i in starts]
        return [
            tuple((bins[t] + 0.5) / BINS for t in run) for run in runs if len(run) == 4 and all(t in bins for t in run)
        ]


_MARK = re.compile("|".join(re.escape(mark) for mark in MARKS) + r"|<at\d+>")


def _without_marks(text: str) -> str:
    """Marks inside a user's text lose their brackets, so that text can never act as a mark."""
    return _MARK.sub(lambda match: match.group()[1:-1], text) if "<" in text else text


def _bin(share: float) -> int:
    return min(max(int(share * BINS), 0), BINS - 1)
