import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.errors import UsageError
from polyclinic.metrics.operating import group_gap, operating_point

TRUTHS, SCORES = np.array([0, 0, 0, 1, 1]), np.array([0.1, 0.3, 0.7, 0.5, 0.9])


def test_by_hand():
    point = operating_point(TRUTHS, SCORES, specificity=1.0)
    assert (point.threshold, point.sensitivity) == (0.9, 0.5)
    assert operating_point(TRUTHS, SCORES, sensitivity=0.8).threshold == 0.5


@given(st.lists(st.integers(0, 5), min_size=4, max_size=20), st.floats(0, 1))
def test_the_wanted_rate_is_reached(values, wanted):
    truths = np.arange(len(values)) % 2
    for name in ("sensitivity", "specificity"):
        point = operating_point(truths, np.array(values), **{name: wanted})
        assert getattr(point, name) >= wanted


@pytest.mark.parametrize("wanted", [{}, {"sensitivity": 2.0}, {"sensitivity": 0.5, "specificity": 0.5}])
def test_what_cannot_be_wanted(wanted):
    with pytest.raises(UsageError, match="between 0 and 1"):
        operating_point(TRUTHS, SCORES, **wanted)


def test_without_positives():
    with pytest.raises(UsageError, match="positives and negatives"):
        operating_point(np.zeros(5), SCORES, sensitivity=0.5)


def test_the_gap_is_the_widest_difference():
    right = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 1.0])
    groups = ["F", "F", "M", "M", None, "X"]
    alone, gap = group_gap(groups, list("abcdef"), lambda weights: (weights * right).sum(1) / weights.sum(1))
    assert alone == {"F": 1.0, "M": 0.5, "X": 1.0}
    assert gap.value == 0.5
    assert 0 <= gap.low <= gap.value <= gap.high
    assert group_gap([None], ["a"], lambda weights: weights[:, 0])[0] == {}
