"""Byte-pair tokenizers in the layout of CLIP: learned from texts, from its file of merges, or from a folder."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar, Self

from polyclinic.errors import CheckpointError, UsageError
from polyclinic.parts.text.wordpieces import FastTokens

START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"
# Every byte as one letter: those that can be printed as they are, the others from 256 on; the order gives the ids.
PRINTED = (*range(33, 127), *range(161, 173), *range(174, 256))
ALPHABET = [chr(byte) for byte in PRINTED] + [chr(256 + i) for i in range(256 - len(PRINTED))]
FEWEST = 2 * len(ALPHABET) + 2
CLIP_SIZE = 49_408
Merges = Sequence[tuple[str, str]]


class BytePairs(FastTokens):
    """Pieces of words down to single bytes, in lower case; a text is opened and closed with a mark.

    Ids are those of CLIP: bytes, bytes that end a word, merges in their order, the two marks.

    Source:
        arXiv 1508.07909, section 3.2; the layout of arXiv 2103.00020's released code. Differs: no repair of texts
        that were decoded wrongly.
    """

    special: ClassVar[Mapping[str, str]] = {"bos_token": START, "eos_token": END, "pad_token": END, "unk_token": END}

    @classmethod
    def trained(cls, texts: Iterable[str], size: int) -> Self:
        """Learned from texts.

        Args:
            size: most tokens, bytes and marks included.

        Raises:
            UsageError: the bytes alone are more.
        """
        from tokenizers import models, trainers

        if size < FEWEST:
            raise UsageError(f"byte pairs need a vocabulary of at least {FEWEST}, got {size}", hint="ask for more")
        bare = cls._of_merges([]).tokenizer.backend_tokenizer
        bare.model = models.BPE(end_of_word_suffix=WORD_END)
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            initial_alphabet=ALPHABET,
            end_of_word_suffix=WORD_END,
            min_frequency=2,
            show_progress=False,
        )
        bare.train_from_iterator(texts, trainer)
        merges = json.loads(bare.to_str())["model"]["merges"]
        return cls._of_merges([(one, other) for one, other in merges[: size - FEWEST]])

    @classmethod
    def of_size(cls, size: int) -> Self:
        """A stand-in whose merges mean nothing: for models of which only the size is asked."""
        pairs = [(one, other) for one in ALPHABET for other in ALPHABET]
        return cls._of_merges(pairs[: size - FEWEST])

    @classmethod
    def from_merges(cls, path: Path, size: int = CLIP_SIZE) -> Self:
        """From CLIP's `bpe_simple_vocab_16e6.txt.gz` or the like: a line of its version, then a merge a line.

        Raises:
            CheckpointError: no such list.
        """
        try:
            with (
                gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file
            ):
                merges = [tuple(line.split()) for line in islice(file, 1, size - FEWEST + 1)]
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise CheckpointError(f"{path} holds no merges: {error}") from error
        if wrong := [pair for pair in merges if len(pair) != 2]:
            raise CheckpointError(f"{path}: expected two pieces a line, got {wrong[0]}")
        return cls._of_merges([(one, other) for one, other in merges])

    @classmethod
    def _of_merges(cls, merges: Merges) -> Self:
        from tokenizers import Tokenizer
        from transformers import CLIPTokenizer, PreTrainedTokenizerFast

        pieces = [*ALPHABET, *(letter + WORD_END for letter in ALPHABET), *map("".join, merges), START, END]
        made = CLIPTokenizer({piece: i for i, piece in enumerate(pieces)}, list(merges)).backend_tokenizer
        # Through its text: the class wraps the tokenizer in functions that cannot be sent to other processes.
        return cls(PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(made.to_str()), **cls.special))
