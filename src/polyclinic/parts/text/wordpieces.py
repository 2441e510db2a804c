"""Tokenizers: what is asked of one, and word pieces, learned from texts or read from a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import torch

from polyclinic.errors import CheckpointError
from polyclinic.parts.features import TokenBatch

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class TextTokens(Protocol):
    """Any tokenizer of texts for an encoder; picklable."""

    @classmethod
    def trained(cls, texts: Iterable[str], size: int) -> Self:
        """Learned from texts: at most so many tokens, special ones included."""
        ...

    @classmethod
    def of_size(cls, size: int) -> Self:
        """A stand-in that knows no language: for models of which only the size is asked."""
        ...

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """What `save` wrote; a `CheckpointError` where there is none."""
        ...

    def save(self, folder: Path) -> None:
        """Write one JSON file."""
        ...

    def __len__(self) -> int: ...

    def batch(self, texts: Sequence[str], longest: int) -> TokenBatch:
        """Tokens of texts, cut to `longest` and padded to the longest of them."""
        ...

    def places(self, text: str, spans: Sequence[tuple[int, int]], longest: int) -> list[tuple[int, int]]:
        """Where stretches of characters (start, stop) of a text lie among its tokens; the cut-off ones are empty."""
        ...


class FastTokens:
    """What tokenizers of transformers share.

    Args:
        tokenizer: a fast one that puts its marks around a text by itself.
    """

    # Names of the special tokens in transformers, and how each is written.
    special: ClassVar[Mapping[str, str]]

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """What `save` wrote, or the tokenizer of a model of transformers in a folder.

        Raises:
            CheckpointError: no tokenizer there.
        """
        from transformers import AutoTokenizer, PreTrainedTokenizerFast

        try:
            if (folder / "tokenizer.json").is_file():
                return cls(PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), **cls.special))
            return cls(AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False))
        except Exception as error:  # the library meets damaged files with exceptions of many classes
            raise CheckpointError(f"{folder} holds no usable tokenizer: {error}") from error

    def save(self, folder: Path) -> None:
        """Write `tokenizer.json`."""
        self.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))

    def __len__(self) -> int:
        return len(self.tokenizer)

    def batch(self, texts: Sequence[str], longest: int) -> TokenBatch:
        """Tokens of texts, cut to `longest` and padded to the longest of them."""
        told = self.tokenizer(
            list(texts), truncation=True, max_length=longest, padding=True, return_tensors="pt", verbose=False
        )
        words = [[-1 if word is None else word for word in told.word_ids(i)] for i in range(len(texts))]
        return TokenBatch(told["input_ids"], told["attention_mask"].bool(), torch.tensor(words, dtype=torch.long))

    def places(self, text: str, spans: Sequence[tuple[int, int]], longest: int) -> list[tuple[int, int]]:
        """Where stretches of characters (start, stop) of a text lie among its tokens; the cut-off ones are empty."""
        told = self.tokenizer(text, truncation=True, max_length=longest, return_offsets_mapping=True)
        offsets = told["offset_mapping"]
        found = []
        for start, stop in spans:
            inside = [t for t, (a, b) in enumerate(offsets) if b > a and a < stop and b > start]
            found.append((inside[0], inside[-1] + 1) if inside else (0, 0))
        return found


class WordPieces(FastTokens):
    """Word pieces in lower case; a text is opened with [CLS] and closed with [SEP]."""

    special: ClassVar[Mapping[str, str]] = {f"{mark[1:-1].lower()}_token": mark for mark in SPECIAL}

    @classmethod
    def trained(cls, texts: Iterable[str], size: int) -> Self:
        """Learned from texts, in lower case; letters of any script are taken as they come.

        Args:
            size: most pieces, special ones included.
        """
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

        bare = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        bare.normalizer = normalizers.BertNormalizer(lowercase=True)
        bare.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        written = [bare.normalizer.normalize_str(text) for text in texts]
        # Letters inside of words get their ids first: left to the trainer, these and all that follows would change
        # from run to run.
        inside = sorted({f"##{letter}" for text in written for letter in text if not letter.isspace()})
        trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=[*SPECIAL, *inside], show_progress=False)
        bare.train_from_iterator(written, trainer)
        return cls._of_vocabulary(bare.get_vocab())

    @classmethod
    def of_size(cls, size: int) -> Self:
        """A stand-in whose words are numbers: for models of which only the size is asked."""
        return cls._of_vocabulary(
            {**{mark: i for i, mark in enumerate(SPECIAL)}, **{str(i): i for i in range(5, size)}}
        )

    @classmethod
    def _of_vocabulary(cls, vocabulary: dict[str, int]) -> Self:
        from transformers import BertTokenizerFast

        return cls(BertTokenizerFast(vocab=vocabulary, do_lower_case=True))

    @property
    def mask_id(self) -> int:
        """Id of the token that stands for a hidden one."""
        identity: int = self.tokenizer.mask_token_id
        return identity
