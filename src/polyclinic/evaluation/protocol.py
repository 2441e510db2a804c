"""What every protocol shares: its surroundings, rows of predictions, and how scores are put together.

A protocol is a module with `NAME`, `VERB`, `predict(system, studies, priors, context) -> rows` and
`score(rows) -> scores`. A row is one prediction beside its reference and baseline, in plain JSON types,
and `score` needs nothing but rows: that is why a stored assessment can be scored again. One that fits something
on labelled Studies of other subjects says so by `FITS = True`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from polyclinic.curate.instructions import Survey
from polyclinic.metrics.bootstrap import Interval, interval_of_mean
from polyclinic.study import Study
from polyclinic.verbs import Score

Row = dict[str, Any]
Progress = Callable[[str, int, int], None]
Item = TypeVar("Item")
Result = TypeVar("Result")
CHUNK, DIGITS = 64, 6


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Context:
    """What a protocol may know besides the Studies.

    Args:
        known: names and values that the collection speaks of.
        prior_of: the previous visit of a Study, where there is one.
        blind: whether to ask once more without images.
        countable: names that some image of the collection has several boxes of.
        progress: told the stage, how much is done and how much there is.
        skipped: what could not be assessed is added here, one line each.
        train: Studies of other subjects, for protocols that fit something; empty where none was asked for.
        shared: what one protocol worked out and the next can use.
    """

    known: Survey
    prior_of: Callable[[Study], Study | None] = lambda _: None
    blind: bool = True
    countable: frozenset[str] = frozenset()
    progress: Progress = silent
    skipped: list[str] = field(default_factory=list)
    train: Sequence[Study] = ()
    shared: dict[str, Any] = field(default_factory=dict)

    def with_prior(self, study: Study) -> Study:
        """The Study with its prior visit's images, where there is one."""
        prior = self.prior_of(study)
        return study.with_prior(prior) if prior else study


def in_chunks(
    items: Sequence[Item], call: Callable[[Sequence[Item]], Sequence[Result]], stage: str, progress: Progress
) -> list[Result]:
    """Call a verb on 64 items at a time, telling how far it is."""
    results: list[Result] = []
    for start in range(0, len(items), CHUNK):
        progress(stage, start, len(items))
        results += call(items[start : start + CHUNK])
    if items:
        progress(stage, len(items), len(items))
    return results


def subjects_of(rows: Sequence[Row]) -> list[str]:
    """Whose each row is."""
    return [row["subject"] for row in rows]


def column(rows: Sequence[Row], value: Callable[[Row], float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A number for each row; None becomes NaN."""
    return np.array([math.nan if (v := value(row)) is None else v for row in rows], dtype=np.float64)


def mean_score(
    rows: Sequence[Row],
    value: Callable[[Row], float | None],
    *,
    baseline: Callable[[Row], float | None] | None = None,
    blind: Callable[[Row], float | None] | None = None,
) -> Score:
    """A mean over rows with its interval; rows without a value are left out and not counted."""
    values = column(rows, value)
    interval = interval_of_mean(values, subjects_of(rows))
    others = [interval_free_mean(column(rows, f)) if f else None for f in (baseline, blind)]
    return to_score(interval, int(np.isfinite(values).sum()), others[0], others[1])


def interval_free_mean(values: np.ndarray[Any, np.dtype[np.float64]]) -> float | None:
    """The mean of known values; None where all are missing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def to_score(interval: Interval, n: int, baseline: float | None = None, blind: float | None = None) -> Score:
    """A Score of plain numbers, six digits, None for what does not exist."""
    value, low, high, baseline, blind = (
        None if v is None or not math.isfinite(v) else round(float(v), DIGITS)
        for v in (interval.value, interval.low, interval.high, baseline, blind)
    )
    return Score(value, low, high, n, baseline, blind)


def grouped(rows: Iterable[Row], key: Callable[[Row], str | None]) -> Iterator[tuple[str, list[Row]]]:
    """Rows by key, in alphabetical order; rows whose key is None are left out."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if (name := key(row)) is not None:
            groups.setdefault(name, []).append(row)
    yield from sorted(groups.items())


def known_scores(scores: Mapping[str, Score]) -> dict[str, Score]:
    """Scores that have a value."""
    return {name: score for name, score in scores.items() if score.value is not None}
