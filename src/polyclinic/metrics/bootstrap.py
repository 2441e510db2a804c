"""Bootstrap intervals over subjects: what a score would be had other subjects been met.

Items of one subject are not independent, so whole subjects are drawn, with replacement, and each item
counts as often as its subject was drawn. A score is therefore written as a function of weights, or,
where it depends on sums alone, of those sums; both forms are evaluated for all draws at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS, SEED = 1000, 0
BATCH = 100
OUTER = (2.5, 97.5)


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval; NaN where it does not exist (no items, fewer than two subjects)."""

    value: float
    low: float
    high: float


def subject_weights(subjects: Sequence[str], draws: int = DRAWS, seed: int = SEED) -> tuple[Floats, NDArray[np.intp]]:
    """How often each subject is drawn, and which subject each item belongs to.

    Returns:
        Counts (draws, subjects), each row summing to the number of subjects, and an index (items,).
    """
    names, index = np.unique(np.asarray(subjects, dtype=str), return_inverse=True)
    return _drawn(len(names), draws, seed), index


@lru_cache(maxsize=16)
def _drawn(subjects: int, draws: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(subjects, np.full(subjects, 1 / subjects), size=draws).astype(np.float64)
    counts.flags.writeable = False
    return counts


def interval_of_sums(
    parts: NDArray[Any],
    subjects: Sequence[str],
    statistic: Callable[[Floats], Floats],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Interval:
    """Value and interval of a score that depends on sums over items alone.

    Args:
        parts: what each item adds to the sums, (items, parts).
        statistic: sums (draws, parts) to scores (draws,); NaN where a draw has no score.

    Example:
        >>> mean = lambda sums: sums[:, 0] / sums[:, 1]
        >>> interval_of_sums(np.array([[1, 1], [0, 1]]), ["a", "b"], mean)
        Interval(value=0.5, low=0.0, high=1.0)
    """
    array = np.asarray(parts, dtype=np.float64)
    if not len(array):
        return Interval(np.nan, np.nan, np.nan)
    weights, index = subject_weights(subjects, draws, seed)
    by_subject = np.zeros((weights.shape[1], array.shape[1]))
    np.add.at(by_subject, index, array)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(array.sum(0, keepdims=True))[0])
        return _enclose(value, statistic(weights @ by_subject), weights.shape[1])


def interval_of_weights(
    subjects: Sequence[str], statistic: Callable[[Floats], Floats], *, draws: int = DRAWS, seed: int = SEED
) -> Interval:
    """Value and interval of a score that needs the items themselves, such as one over ranks.

    Args:
        subjects: whose each item is.
        statistic: item weights (draws, items) to scores (draws,).
    """
    if not len(subjects):
        return Interval(np.nan, np.nan, np.nan)
    weights, index = subject_weights(subjects, draws, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(np.ones((1, len(index))))[0])
        drawn = [statistic(weights[start : start + BATCH, index]) for start in range(0, draws, BATCH)]
        return _enclose(value, np.concatenate(drawn), weights.shape[1])


def interval_of_mean(values: NDArray[Any], subjects: Sequence[str], *, seed: int = SEED) -> Interval:
    """Value and interval of a mean over items; NaN items are left out."""
    array = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(array)
    kept = [subject for subject, use in zip(subjects, known, strict=True) if use]
    parts = np.stack([array[known], np.ones(int(known.sum()))], axis=1)
    return interval_of_sums(parts, kept, lambda sums: sums[:, 0] / sums[:, 1], seed=seed)


def mean_of_known(values: NDArray[Any], axis: int) -> Floats:
    """Mean along an axis, missing values left out; NaN where all are missing.

    Example:
        >>> mean_of_known(np.array([[1.0, np.nan], [3.0, np.nan]]), axis=0).tolist()
        [2.0, nan]
    """
    known = np.isfinite(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: Floats = np.where(known, values, 0).sum(axis) / known.sum(axis)
    return mean


def _enclose(value: float, drawn: Floats, subjects: int) -> Interval:
    """Percentiles of the draws that have a score, widened where a biased score lies outside them."""
    known = drawn[np.isfinite(drawn)]
    if np.isnan(value) or subjects < 2 or not len(known):
        return Interval(value, np.nan, np.nan)
    low, high = np.percentile(known, OUTER)
    return Interval(value, min(float(low), value), max(float(high), value))
