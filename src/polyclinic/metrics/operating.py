"""Where a score is cut, and whom it serves less well: operating points and gaps between groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import UsageError
from polyclinic.metrics.bootstrap import Floats, Interval, interval_of_weights


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold (scores at or above it are positive) with what it reaches on the items it was chosen on."""

    threshold: float
    sensitivity: float
    specificity: float


def operating_point(
    truths: NDArray[Any],
    scores: NDArray[Any],
    *,
    sensitivity: float | None = None,
    specificity: float | None = None,
) -> OperatingPoint:
    """The threshold that reaches the wanted rate and loses least of the other.

    Choose it on validation subjects: on the items it is measured with it flatters.

    Raises:
        UsageError: not exactly one rate between 0 and 1 is wanted, or positives or negatives are missing.

    Example:
        >>> operating_point(np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.5, 0.9]), sensitivity=1.0)
        OperatingPoint(threshold=0.5, sensitivity=1.0, specificity=0.5)
    """
    wanted = [rate for rate in (sensitivity, specificity) if rate is not None]
    if len(wanted) != 1 or not 0 <= wanted[0] <= 1:
        raise UsageError("expected either a sensitivity or a specificity, between 0 and 1")
    positive, values = np.asarray(truths, bool), np.asarray(scores, np.float64)
    if positive.all() or not positive.any():
        raise UsageError("an operating point needs positives and negatives")
    cuts = np.append(np.unique(values), np.inf)
    found = (values[positive] >= cuts[:, None]).mean(1)
    spared = (values[~positive] < cuts[:, None]).mean(1)
    # Along rising cuts sensitivity falls and specificity rises: the last or the first that is enough loses least.
    place = np.flatnonzero(found >= wanted[0])[-1] if sensitivity is not None else np.argmax(spared >= wanted[0])
    return OperatingPoint(float(cuts[place]), float(found[place]), float(spared[place]))


def group_gap(
    groups: Sequence[str | None], subjects: Sequence[str], statistic: Callable[[Floats], Floats]
) -> tuple[dict[str, float], Interval]:
    """A score in each group (of age, sex ...), and the widest difference between two with its interval.

    The difference is never below zero, so that an interval that nearly touches zero says that no gap was shown.

    Args:
        groups: which each item belongs to; None leaves an item out.
        statistic: item weights (draws, items) to scores (draws,); a group is asked for by zero weight on others.
    """
    names = sorted({group for group in groups if group is not None})
    masks = [np.array([group == name for group in groups], np.float64) for name in names]

    def gap(weights: Floats) -> Floats:
        each = np.array([statistic(weights * mask) for mask in masks])
        widest: Floats = each.max(0) - each.min(0)
        return widest

    if not names:
        return {}, Interval(np.nan, np.nan, np.nan)
    alone = {name: float(statistic(mask[None])[0]) for name, mask in zip(names, masks, strict=True)}
    return alone, interval_of_weights(subjects, gap)
