import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, balanced_accuracy_score, roc_auc_score

from polyclinic.errors import ShapeError
from polyclinic.metrics.classification import auroc, average_precision, balanced_accuracy, calibration_error


@pytest.mark.parametrize(
    ("references", "predictions", "expected"),
    [
        (["yes", "no"], ["yes", "no"], 1.0),
        (["yes", "no", "no"], ["no", "no", "no"], 0.5),
        (["yes", "yes", "no", "no"], ["yes", "no", "no", "no"], 0.75),
        (["a", "b", "c"], ["a", "b", "a"], 2 / 3),
        (["yes", "no"], ["perhaps", "no"], 0.5),
    ],
)
def test_balanced_accuracy(references, predictions, expected):
    assert balanced_accuracy(references, predictions) == pytest.approx(expected)


def test_balanced_accuracy_needs_pairs():
    with pytest.raises(ShapeError, match="got 1 and 2"):
        balanced_accuracy(["a", "b"], ["a"])


LABELLED = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30)


@settings(max_examples=60, deadline=None)
@given(LABELLED, st.data())
def test_weighted_areas_agree_with_an_independent_implementation(items, data):
    truths = np.array([truth for truth, _ in items])
    scores = np.array([score / 5 for _, score in items])
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(items), max_size=len(items))), float)
    if weights[truths].sum() == 0 or weights[~truths].sum() == 0:
        assert np.isnan(auroc(truths, scores, weights[None])[0])
        return
    assert auroc(truths, scores, weights[None])[0] == pytest.approx(
        roc_auc_score(truths, scores, sample_weight=weights)
    )
    assert average_precision(truths, scores, weights[None])[0] == pytest.approx(
        average_precision_score(truths, scores, sample_weight=weights)
    )


def test_balanced_accuracy_agrees_with_an_independent_implementation():
    rng = np.random.default_rng(0)
    references, predictions = (list(map(str, rng.integers(0, 3, 50))) for _ in range(2))
    assert balanced_accuracy(references, predictions) == pytest.approx(balanced_accuracy_score(references, predictions))


@pytest.mark.parametrize(
    ("truths", "probabilities", "expected"),
    [
        ([1, 0], [1.0, 0.0], 0.0),
        ([1, 0], [0.0, 1.0], 1.0),
        ([1, 1, 0, 0], [0.5] * 4, 0.0),
        ([1, 1, 1, 0], [0.5] * 4, 0.25),
        ([1, 0, 0], [0.9, 0.9, 0.1], (2 * 0.4 + 0.1) / 3),
    ],
)
def test_calibration_error_by_hand(truths, probabilities, expected):
    assert calibration_error(np.array(truths), np.array(probabilities)) == pytest.approx(expected)
