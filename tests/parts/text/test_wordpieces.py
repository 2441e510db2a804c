"""WordPiece tokenizers."""

from pathlib import Path

import pytest

from polyclinic.errors import CheckpointError
from polyclinic.parts.text.wordpieces import SPECIAL, WordPieces

TEXTS = ["small nodule left", "no nodule", "large effusion right"]


def test_a_batch_is_padded_and_says_which_word_a_piece_is_of() -> None:
    batch = WordPieces.trained(TEXTS, 200).batch(["No nodule", "large effusion right"], 8)
    assert batch.mask_BL.sum(1).tolist() == [4, 5]
    assert batch.word_BL.tolist() == [[-1, 0, 1, -1, -1], [-1, 0, 1, 2, -1]]


def test_places_of_characters_and_of_what_was_cut_off() -> None:
    tokens = WordPieces.trained(TEXTS, 200)
    assert tokens.places("large effusion right", [(6, 14), (15, 20)], 4) == [(2, 3), (0, 0)]


def test_saved_and_read_again(tmp_path: Path) -> None:
    tokens = WordPieces.trained(TEXTS, 200)
    tokens.save(tmp_path)
    again = WordPieces.from_folder(tmp_path)
    assert (len(again), again.mask_id) == (len(tokens), SPECIAL.index("[MASK]"))
    assert again.batch(TEXTS, 8).ids_BL.tolist() == tokens.batch(TEXTS, 8).ids_BL.tolist()
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(CheckpointError, match="no usable tokenizer"):
        WordPieces.from_folder(tmp_path)


def test_a_stand_in_is_as_large_as_asked() -> None:
    assert len(WordPieces.of_size(30)) == 30
