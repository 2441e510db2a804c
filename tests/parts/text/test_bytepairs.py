"""Byte-pair tokenizers in CLIP's layout."""

import gzip
import pickle
from pathlib import Path

import pytest

from polyclinic.errors import CheckpointError, UsageError
from polyclinic.parts.text.bytepairs import ALPHABET, FEWEST, BytePairs

TEXTS = ["small nodule left", "no nodule", "large effusion right"]


def test_a_batch_is_opened_closed_and_padded() -> None:
    tokens = BytePairs.trained(TEXTS * 4, 600)
    batch = tokens.batch(["No nodule", "large effusion right"], 8)
    assert batch.mask_BL.sum(1).tolist() == [4, 5]
    assert batch.word_BL.tolist() == [[-1, 0, 1, -1, -1], [-1, 0, 1, 2, -1]]
    start, end = len(tokens) - 2, len(tokens) - 1
    assert batch.ids_BL[1].tolist()[0::4] == [start, end]
    assert tokens.batch(TEXTS, 3).ids_BL[:, -1].tolist() == [end] * 3


def test_merges_join_in_their_order() -> None:
    tokens = BytePairs._of_merges([("a", "b"), ("ab", "c</w>")])
    a, b, end = ALPHABET.index("a"), ALPHABET.index("b"), len(tokens) - 1
    ids = tokens.batch(["ab abc"], 9).ids_BL[0].tolist()
    assert ids == [end - 1, a, b + 256, FEWEST - 1, end]  # 512 bytes, the first merge, the second


def test_any_text_can_be_written() -> None:
    tokens = BytePairs.trained(TEXTS, FEWEST)
    ids = tokens.batch(["胸部 é 3mm"], 40).ids_BL[0].tolist()
    assert len(tokens) - 1 not in ids[:-1]
    assert len(ids) == 2 + 6 + 2 + 3


def test_where_characters_lie() -> None:
    tokens = BytePairs.trained(TEXTS * 4, 600)
    assert tokens.places("large effusion right", [(6, 14), (15, 20)], 4) == [(2, 3), (0, 0)]


def test_saved_read_again_and_sent(tmp_path: Path) -> None:
    tokens = BytePairs.trained(TEXTS * 4, 560)
    tokens.save(tmp_path)
    for again in (BytePairs.from_folder(tmp_path), pickle.loads(pickle.dumps(tokens))):
        assert len(again) == len(tokens)
        assert again.batch(TEXTS, 8).ids_BL.tolist() == tokens.batch(TEXTS, 8).ids_BL.tolist()


def test_merges_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "merges.txt.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("version\na b\nab c</w>\nnot read\n")
    tokens = BytePairs.from_merges(path, FEWEST + 2)
    assert tokens.batch(["abc"], 9).ids_BL.tolist() == [[FEWEST, FEWEST - 1, FEWEST + 1]]
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(CheckpointError, match="no merges"):
        BytePairs.from_merges(path)


def test_sizes() -> None:
    assert len(BytePairs.of_size(2000)) == 2000
    with pytest.raises(UsageError, match="at least 514"):
        BytePairs.trained(TEXTS, 500)
