"""WordPiece tokenizers: learned from texts or read from a folder, and batches of their tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

from polyclinic.errors import CheckpointError
from polyclinic.parts.features import TokenBatch

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class WordPieces:
    """A fast tokenizer of transformers that opens a text with [CLS] and closes it with [SEP]; picklable."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    @classmethod
    def trained(cls, texts: Iterable[str], size: int) -> WordPieces:
        """Learned from texts, in lower case; letters of any script are taken as they come.

        Args:
            size: most pieces, special ones included.
        """
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

        bare = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        bare.normalizer = normalizers.BertNormalizer(lowercase=True)
        bare.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=list(SPECIAL), show_progress=False)
        bare.train_from_iterator(texts, trainer)
        return cls._of_vocabulary(bare.get_vocab())

    @classmethod
    def of_size(cls, size: int) -> WordPieces:
        """A stand-in whose words are numbers: for models of which only the size is asked."""
        return cls._of_vocabulary(
            {**{mark: i for i, mark in enumerate(SPECIAL)}, **{str(i): i for i in range(5, size)}}
        )

    @classmethod
    def _of_vocabulary(cls, vocabulary: dict[str, int]) -> WordPieces:
        from transformers import BertTokenizer

        return cls(BertTokenizer(vocab=vocabulary, do_lower_case=True))

    @classmethod
    def from_folder(cls, folder: Path) -> WordPieces:
        """What `save` wrote, or the tokenizer of a BERT in a folder.

        Raises:
            CheckpointError: no tokenizer there.
        """
        from transformers import AutoTokenizer, PreTrainedTokenizerFast

        try:
            if (folder / "tokenizer.json").is_file():
                special = {f"{mark[1:-1].lower()}_token": mark for mark in SPECIAL}
                return cls(PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), **special))
            return cls(AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False))
        except Exception as error:  # the library meets damaged files with exceptions of many classes
            raise CheckpointError(f"{folder} holds no usable tokenizer: {error}") from error

    def save(self, folder: Path) -> None:
        """Write `tokenizer.json`."""
        self.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))

    def __len__(self) -> int:
        return len(self.tokenizer)

    @property
    def mask_id(self) -> int:
        """Id of the token that stands for a hidden one."""
        identity: int = self.tokenizer.mask_token_id
        return identity

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
