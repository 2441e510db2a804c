from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.errors import UsageError
from polyclinic.training.schedule import Budget, place, rate
from polyclinic.training.stages import Stage

TWO = [Stage("a", steps=10, batch=1, learning_rate=1.0), Stage("b", steps=30, batch=1, learning_rate=1.0)]


@pytest.mark.parametrize(
    ("progress", "expected"),
    [(0.0, 0.0), (0.1, 1.0), (0.2, 2.0), (0.6, 1.1), (1.0, 0.2), (1.5, 0.2)],
)
def test_rate_rises_then_falls_along_a_cosine(progress: float, expected: float) -> None:
    stage = Stage("s", steps=10, batch=1, learning_rate=2.0, warmup=0.2, final=0.1)
    assert rate(progress, stage) == pytest.approx(expected)


def test_rate_with_nothing_but_warmup() -> None:
    stage = Stage("s", steps=10, batch=1, learning_rate=2.0, warmup=1.0)
    assert rate(0.5, stage) == 1.0
    assert rate(1.0, stage) == 2.0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_rate_stays_between_nothing_and_the_peak(progress: float, warmup: float, final: float) -> None:
    stage = Stage("s", steps=10, batch=1, learning_rate=3.0, warmup=warmup, final=final)
    assert 0 <= rate(progress, stage) <= 3.0 * (1 + 1e-12)


@pytest.mark.parametrize(
    ("step", "stage", "progress", "end"), [(0, 0, 0.1, 5), (4, 0, 0.9, 5), (5, 1, 0.5 / 15, 20), (19, 1, 14.5 / 15, 20)]
)
def test_steps_rescale_the_stages_in_proportion(step: int, stage: int, progress: float, end: int) -> None:
    found = place(TWO, Budget(steps=20), step, elapsed_s=1e9)
    assert found is not None
    assert (found.stage, found.end) == (stage, end)
    assert found.progress == pytest.approx(progress)


def test_steps_end() -> None:
    assert place(TWO, Budget(steps=20), 20, 0.0) is None


@pytest.mark.parametrize(
    ("elapsed", "stage", "progress"), [(0.0, 0, 0.0), (5.0, 0, 0.5), (10.0, 1, 0.0), (25.0, 1, 0.5)]
)
def test_time_drives_stages_and_end(elapsed: float, stage: int, progress: float) -> None:
    found = place(TWO, Budget(seconds=40.0), 10**6, elapsed)
    assert found is not None
    assert (found.stage, found.end) == (stage, None)
    assert found.progress == pytest.approx(progress)
    assert place(TWO, Budget(seconds=40.0), 0, 40.0) is None


@given(st.lists(st.integers(1, 50), min_size=1, max_size=5), st.integers(1, 200))
def test_every_step_has_one_place_in_order(lengths: list[int], budget: int) -> None:
    stages = [Stage(str(i), steps=n, batch=1, learning_rate=1.0) for i, n in enumerate(lengths)]
    places = [place(stages, Budget(steps=budget), step, 0.0) for step in range(budget)]
    numbers = [found.stage for found in places if found is not None]
    assert len(numbers) == budget
    assert numbers == sorted(numbers)
    assert all(found is not None and 0 < found.progress < 1 for found in places)


def test_budget() -> None:
    assert Budget.of(TWO, None, None) == Budget(steps=40)
    assert Budget.of(TWO, 7, None) == Budget(steps=7)
    assert Budget.of(TWO, None, 0.5) == Budget(seconds=30.0)


@pytest.mark.parametrize(("steps", "minutes"), [(0, None), (-3, None), (None, 0.0), (None, float("nan")), (5, 1.0)])
def test_budgets_that_make_no_sense(steps: int | None, minutes: float | None) -> None:
    with pytest.raises(UsageError):
        Budget.of(TWO, steps, minutes)
