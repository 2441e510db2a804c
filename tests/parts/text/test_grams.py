"""Bags of words and grams."""

import pickle
from pathlib import Path

import pytest
import torch

from polyclinic.errors import CheckpointError
from polyclinic.parts.text.grams import BagEncoder, Grams

TEXTS = ["Small nodule left.", "no nodule", "large nodule, left"]


def test_the_most_frequent_grams_are_known() -> None:
    grams = Grams.trained(TEXTS, 4, runs=(1, 2))
    assert grams.known == {"nodule": 1, "left": 2, "nodule left": 3}
    batch = grams.batch(["nodule left no", "large"], 9)
    assert batch.ids_BL.tolist() == [[1, 3, 2], [0, 0, 0]]
    assert batch.word_BL.tolist() == [[0, 0, 1], [-1, -1, -1]]
    assert batch.mask_BL.tolist() == [[True] * 3, [False] * 3]


def test_pairs_that_stand_apart_are_ordered() -> None:
    grams = Grams(size=9, runs=(), gap=2, known=None)
    assert [gram.name for gram in grams.of("a b c d")] == ["a ... c", "a ... d", "b ... d"]


def test_texts_are_cut_by_words() -> None:
    assert Grams.of_size(50).batch(["a b c d"], 3).mask_BL.sum() == 3


def test_hashes_are_the_same_everywhere_and_never_padding() -> None:
    ids = Grams.of_size(5).batch(["a b c d e f g"], 9).ids_BL
    assert ids[0, 0] == 1 + 0xE8B7BE43 % 4  # the published checksum of the letter a
    assert ids.min() >= 1
    assert ids.max() <= 4


def test_places() -> None:
    grams = Grams.trained(TEXTS, 99, runs=(1, 2))
    assert grams.places("no nodule left", [(3, 9), (50, 60)], 9) == [(2, 4), (0, 0)]


@pytest.mark.parametrize("grams", [Grams.trained(TEXTS, 9, runs=(1, 3), gap=1), Grams.of_size(30)])
def test_saved_read_again_and_sent(grams: Grams, tmp_path: Path) -> None:
    grams.save(tmp_path)
    for again in (Grams.from_folder(tmp_path), pickle.loads(pickle.dumps(grams))):
        assert vars(again) == vars(grams)
    (tmp_path / "grams.json").write_text("{}")
    with pytest.raises(CheckpointError, match="no usable grams"):
        Grams.from_folder(tmp_path)


def test_a_bag_is_a_layer_of_counts() -> None:
    torch.manual_seed(0)
    grams = Grams.trained(TEXTS, 9)
    encoder = BagEncoder(vocabulary=len(grams), hidden=8, width=4, dropout=0.0)
    texts = ["nodule left nodule", "left nodule nodule", "no", ""]
    found = encoder(grams.batch(texts, 9)).pooled_BE
    counts = torch.zeros(4, len(grams))
    counts[:2, [grams.known["nodule"], grams.known["left"]]] = torch.tensor([2.0, 1.0])
    counts[2, grams.known["no"]] = 1
    torch.testing.assert_close(found, encoder.rest(counts @ encoder.bag.weight + encoder.bias))
    torch.testing.assert_close(found[0], found[1])
    found.sum().backward()
    assert all(parameter.grad is not None for parameter in encoder.parameters())


def test_pairs_tell_orders_apart() -> None:
    grams = Grams.trained(["left of right", "right of left"], 9, runs=(2,))
    encoder = BagEncoder(vocabulary=len(grams), hidden=8, width=4, dropout=0.0)
    one, other = encoder(grams.batch(["left of right", "right of left"], 9)).pooled_BE
    assert not torch.allclose(one, other)
