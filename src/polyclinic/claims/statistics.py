"""From scores by seed to a difference, its interval, and a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from polyclinic.cards import Claim

Verdict = Literal["holds", "fails", "unclear"]
Scores = Sequence[float | None]
# From so many seeds on the interval is a bootstrap over seeds, below it is Student's.
MANY_SEEDS = 30


@dataclass(frozen=True)
class Difference:
    """Mean over seeds of one arm minus another, with its 95 % interval; None where it does not exist."""

    mean: float | None
    low: float | None
    high: float | None


def paired(method: Scores, without: Scores) -> Difference:
    """The difference of two arms that met the same seeds; seeds that lack a score in either are left out.

    Example:
        >>> paired([3.0, 4.0, 5.0], [1.0, 1.0, 1.0])
        Difference(mean=3.0, low=0.515862, high=5.484138)
        >>> paired([3.0, None], [1.0, 1.0])
        Difference(mean=2.0, low=None, high=None)
    """
    pairs = zip(method, without, strict=True)
    gaps = np.array([one - other for one, other in pairs if one is not None and other is not None])
    if not len(gaps):
        return Difference(None, None, None)
    mean = _rounded(gaps.mean())
    if len(gaps) == 1:
        return Difference(mean, None, None)
    low, high = _bootstrap(gaps) if len(gaps) >= MANY_SEEDS else _student(gaps)
    return Difference(mean, _rounded(low), _rounded(high))


def verdict(claim: Claim, found: Difference, complete: bool = True) -> Verdict:
    """What a difference says of a claim.

    Args:
        complete: whether every seed gave a score in both arms; what is not there could have said otherwise.

    Returns:
        `holds`: the whole interval is on the claimed side of 0, and the mean gain is the claimed one or more.
        `fails`: the whole interval is below the claimed gain. `unclear`: neither, more seeds could tell.
    """
    if not complete or found.mean is None or found.low is None or found.high is None:
        return "unclear"
    gain, ends = found.mean, (found.low, found.high)
    if claim.direction == "lower":
        gain, ends = -gain, (-found.high, -found.low)
    if ends[0] > 0 and gain >= claim.smallest:
        return "holds"
    return "fails" if ends[1] < claim.smallest else "unclear"


def _student(gaps: np.ndarray) -> tuple[float, float]:
    from scipy.stats import t

    half = float(t.ppf(0.975, len(gaps) - 1)) * gaps.std(ddof=1) / math.sqrt(len(gaps))
    return gaps.mean() - half, gaps.mean() + half


def _bootstrap(gaps: np.ndarray) -> tuple[float, float]:
    from polyclinic.metrics.bootstrap import interval_of_mean

    found = interval_of_mean(gaps, [str(number) for number in range(len(gaps))])
    return found.low, found.high


def _rounded(value: float) -> float:
    return round(float(value), 6)
