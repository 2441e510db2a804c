import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyclinic.metrics.bootstrap import (
    Interval,
    interval_of_mean,
    interval_of_sums,
    interval_of_weights,
    subject_weights,
)


def test_weights_draw_subjects_not_items():
    weights, index = subject_weights(["a", "b", "a", "c"], draws=50)
    assert weights.shape == (50, 3)
    assert (weights.sum(1) == 3).all()
    assert index.tolist() == [0, 1, 0, 2]


def test_copies_of_a_subject_do_not_narrow_the_interval():
    values = np.array([0.0, 1, 1, 0, 1, 0, 1, 1])
    subjects = list("abcdefgh")
    once = interval_of_mean(values, subjects)
    copied = interval_of_mean(np.repeat(values, 10), list(np.repeat(subjects, 10)))
    pretended = interval_of_mean(np.repeat(values, 10), [str(i) for i in range(80)])
    assert copied.high - copied.low == pytest.approx(once.high - once.low)
    assert pretended.high - pretended.low < 0.5 * (copied.high - copied.low)


def test_width_is_that_of_the_normal_approximation():
    values = np.tile([0.0, 1.0], 200)
    found = interval_of_mean(values, [str(i) for i in range(400)])
    assert found.value == 0.5
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.1)


def test_same_seed_same_interval():
    values, subjects = np.arange(20.0), [str(i) for i in range(20)]
    assert interval_of_mean(values, subjects) == interval_of_mean(values, subjects)
    assert interval_of_mean(values, subjects) != interval_of_mean(values, subjects, seed=1)


def test_sums_and_weights_agree():
    values, subjects = np.random.default_rng(0).random(30), [str(i % 10) for i in range(30)]
    by_sums = interval_of_mean(values, subjects)
    by_weights = interval_of_weights(subjects, lambda w: (w * values).sum(1) / w.sum(1))
    assert by_sums.low == pytest.approx(by_weights.low)
    assert by_sums.high == pytest.approx(by_weights.high)


@pytest.mark.parametrize("subjects", [[], ["a"], ["a", "a"]])
def test_without_two_subjects_there_is_no_interval(subjects):
    found = interval_of_mean(np.ones(len(subjects)), subjects)
    assert np.isnan(found.low)
    assert np.isnan(found.high)
    assert found.value == 1 or not subjects


def test_missing_items_are_left_out():
    assert interval_of_mean(np.array([1.0, np.nan, 0.0]), ["a", "b", "c"]).value == 0.5


def test_draws_without_a_score_are_left_out():
    def ratio(sums):
        return sums[:, 0] / sums[:, 1]

    found = interval_of_sums(np.array([[1, 1], [0, 0], [0, 0]]), ["a", "b", "c"], ratio)
    assert found == Interval(1.0, 1.0, 1.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(-5, 5)), min_size=1, max_size=20))
def test_interval_contains_the_value(items):
    found = interval_of_mean(np.array([value for _, value in items]), [subject for subject, _ in items])
    assert np.isnan(found.low) or found.low <= found.value <= found.high


def test_a_thousand_draws_over_400_studies_take_less_than_a_second():
    subjects = [str(i // 2) for i in range(400 * 12)]
    started = time.process_time()
    interval_of_mean(np.linspace(0, 1, len(subjects)), subjects, seed=7)
    assert time.process_time() - started < 1
