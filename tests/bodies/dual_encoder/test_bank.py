"""Search as a classifier."""

from collections.abc import Sequence

import numpy as np
import pytest

from polyclinic.bodies.dual_encoder.bank import Bank
from polyclinic.errors import UsageError
from polyclinic.metrics.classification import auroc
from polyclinic.study import Finding, Study
from polyclinic.verbs import Vectors


class Axes:
    """An embedding in which the Study's number picks the axis."""

    def embed_images(self, studies: Sequence[Study]) -> Vectors:
        return np.eye(4, dtype=np.float32)[[int(study.id) for study in studies]]

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        raise NotImplementedError


STUDIES = [
    Study(str(i), str(i), findings=(Finding("mass", i < 2), Finding("edema", True if i == 0 else None)))
    for i in range(4)
]
BANK = Bank.of(Axes(), STUDIES, ["mass", "edema"], k=2)


def test_neighbours_are_the_evidence() -> None:
    first, second = BANK.evidence(np.array([[0.8, 0.6, 0.0, 0.0]], np.float32))[0]
    assert (first.study, first.shows) == ("0", ("mass", "edema"))
    assert (second.study, second.shows) == ("1", ("mass",))
    assert (round(first.similarity, 4), round(second.similarity, 4)) == (0.8, 0.6)


def test_scores_are_votes_by_similarity_of_those_who_know() -> None:
    """Two neighbours at 0.8 and 0.6: of their votes the nearer has 1 / (1 + exp(-0.2 / 0.07))."""
    scores = BANK.scores(np.array([[0.0, 0.8, 0.6, 0.0], [0.8, 0.0, 0.6, 0.0]], np.float32))
    np.testing.assert_allclose(scores[:, 0], 1 / (1 + np.exp(-0.2 / 0.07)), rtol=1e-5)
    assert np.isnan(scores[0, 1]), "neither neighbour knows of oedema"
    assert scores[1, 1] == 1


def noisy(count: int, seed: int) -> tuple[Vectors, np.ndarray]:
    """Vectors that lean one way where something is there, with much noise."""
    rng = np.random.default_rng(seed)
    there_N = rng.random(count) < 0.4
    vectors_NE = rng.normal(size=(count, 8)) + 1.5 * there_N[:, None] * np.eye(8)[0]
    unit = vectors_NE / np.linalg.norm(vectors_NE, axis=1, keepdims=True)
    return unit.astype(np.float32), there_N.astype(np.float64)


def test_a_cut_keeps_its_sensitivity_on_others() -> None:
    vectors, known = noisy(1500, 0)
    bank = Bank(tuple(map(str, range(500))), ("mass",), vectors[:500], known[:500, None], k=50)
    point = bank.points(vectors[500:1000], known[500:1000, None], sensitivity=0.9)["mass"]
    found = bank.scores(vectors[1000:])[known[1000:] == 1, 0] >= point.threshold
    assert abs(found.mean() - 0.9) < 0.06
    assert point.specificity > 0.3


def test_names_that_validation_cannot_tell_get_no_cut() -> None:
    vectors = np.eye(4, dtype=np.float32)[:2]
    assert BANK.points(vectors, np.array([[1.0, np.nan], [0.0, 1.0]]), sensitivity=0.5).keys() == {"mass"}


def test_groups_are_compared() -> None:
    vectors, known = noisy(600, 1)
    bank = Bank(tuple(map(str, range(300))), ("mass",), vectors[:300], known[:300, None], k=50)
    groups = ["young" if i % 2 else "old" for i in range(299)] + [None]
    each, interval = bank.gap(vectors[300:], known[300:], "mass", groups)
    young = np.array([group == "young" for group in groups])
    expected = auroc(known[300:][young], bank.scores(vectors[300:])[young, 0])[0]
    assert each["young"] == pytest.approx(expected)
    assert interval.value == pytest.approx(abs(each["young"] - each["old"]))


def test_more_labelled_images_judge_better() -> None:
    vectors, known = noisy(1200, 2)
    areas = []
    for count in (20, 200, 800):
        bank = Bank(tuple(map(str, range(count))), ("mass",), vectors[:count], known[:count, None], k=20)
        areas.append(auroc(known[800:], bank.scores(vectors[800:])[:, 0])[0])
    assert areas[0] < areas[2]


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(UsageError, match="needs studies"):
        Bank.of(Axes(), [], ["mass"])
    with pytest.raises(UsageError, match="no labels for 'cyst'"):
        BANK.gap(np.eye(4, dtype=np.float32), np.ones(4), "cyst", ["a"] * 4)
