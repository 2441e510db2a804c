"""Differences, intervals and verdicts, against numbers that can be looked up in a table of Student's t."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.cards import Claim
from polyclinic.claims.statistics import MANY_SEEDS, Difference, paired, verdict


def claim(direction: str = "higher", smallest: float = 0.1) -> Claim:
    return Claim("It helps.", "score", direction, smallest, ("nano", "no-x"), 10)


@pytest.mark.parametrize(
    ("method", "without", "mean", "half"),
    [
        ([3.0, 4.0, 5.0], [1.0, 1.0, 1.0], 3.0, 4.302653 / math.sqrt(3)),
        ([1.0, 3.0], [0.0, 0.0], 2.0, 12.706205 * math.sqrt(2) / math.sqrt(2)),
        ([0.5] * 4, [0.25] * 4, 0.25, 0.0),
    ],
)
def test_few_seeds_get_students_interval(method: list[float], without: list[float], mean: float, half: float) -> None:
    found = paired(method, without)
    assert (found.mean, found.low, found.high) == pytest.approx((mean, mean - half, mean + half), abs=2e-6)


def test_seeds_are_paired() -> None:
    """Seeds that differ much do not hide a gain that every one of them shows."""
    found = paired([0.11, 0.51, 0.91], [0.0, 0.4, 0.8])
    assert (found.low, found.high) == pytest.approx((0.11, 0.11))


def test_many_seeds_get_a_bootstrap() -> None:
    gaps = [0.0] * (MANY_SEEDS - 1) + [3.0]
    found = paired(gaps, [0.0] * MANY_SEEDS)
    assert found.mean == pytest.approx(0.1)
    assert found.low == 0.0, "Student's interval would be symmetric and reach below 0"
    assert paired(gaps[1:], [0.0] * (MANY_SEEDS - 1)).low < 0


def test_what_is_missing_is_left_out() -> None:
    assert paired([1.0, None, 3.0], [0.0, 0.0, None]) == Difference(1.0, None, None)
    assert paired([None], [1.0]) == Difference(None, None, None)


@pytest.mark.parametrize(
    ("low", "mean", "high", "said"),
    [
        (0.05, 0.2, 0.35, "holds"),
        (-0.01, 0.2, 0.41, "unclear"),
        (0.01, 0.05, 0.09, "fails"),
        (0.01, 0.09, 0.17, "unclear"),
        (-0.3, -0.2, -0.1, "fails"),
        (-0.3, 0.0, 0.3, "unclear"),
    ],
)
def test_the_verdict(low: float, mean: float, high: float, said: str) -> None:
    assert verdict(claim(), Difference(mean, low, high)) == said
    assert verdict(claim("lower"), Difference(-mean, -high, -low)) == said


def test_what_is_not_known_is_unclear() -> None:
    assert verdict(claim(), Difference(0.5, None, None)) == "unclear"
    assert verdict(claim(), Difference(0.5, 0.4, 0.6), complete=False) == "unclear"


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=2, max_size=6))
def test_the_other_direction_of_the_negated_metric_says_the_same(pairs: list[tuple[float, float]]) -> None:
    method, without = zip(*pairs, strict=True)
    found, mirrored = paired(method, without), paired([-x for x in method], [-x for x in without])
    assert found.low is not None
    assert found.low <= found.mean <= found.high
    assert verdict(claim(), found) == verdict(claim("lower"), mirrored)
