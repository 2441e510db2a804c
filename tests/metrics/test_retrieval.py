import numpy as np
import pytest

from polyclinic.errors import ShapeError
from polyclinic.metrics.retrieval import places, precision_recall_at, recall_at


def test_perfect_and_reversed():
    assert recall_at(1, places(np.eye(4))).mean() == 1
    assert recall_at(1, places(1 - np.eye(4))).mean() == 0
    assert recall_at(4, places(1 - np.eye(4))).mean() == 1


def test_a_model_that_says_the_same_of_everything_is_at_chance():
    same = places(np.ones((20, 20)))
    for k in (1, 5, 10):
        assert recall_at(k, same).mean() == pytest.approx(k / 20)


def test_random_similarity_is_near_chance():
    similarity = np.random.default_rng(0).random((500, 500))
    assert recall_at(10, places(similarity)).mean() == pytest.approx(10 / 500, abs=0.015)


def test_only_a_square_matrix():
    with pytest.raises(ShapeError, match=r"\(2, 3\)"):
        places(np.ones((2, 3)))


def test_precision_and_recall_by_hand():
    similarity = np.array([[0.9, 0.8, 0.1, 0.0], [0.0, 0.1, 0.8, 0.9]])
    relevant = np.array([[True, True, True, False], [False, False, False, False]])
    found = precision_recall_at(2, similarity, relevant)
    assert found[0].tolist() == [1, 2 / 3]
    assert found[1, 0] == 0
    assert np.isnan(found[1, 1])
    with pytest.raises(ShapeError):
        precision_recall_at(1, similarity, relevant[:1])
