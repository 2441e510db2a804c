"""Classes and probabilities: balanced accuracy, AUROC, average precision, calibration error.

The weighted forms take one row of weights a bootstrap draw, and give one score a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ShapeError
from polyclinic.metrics.bootstrap import Floats, mean_of_known

BINS = 15


def balanced_accuracy(references: Sequence[str], predictions: Sequence[str]) -> float:
    """Mean over the reference classes of the share of each that is predicted right.

    Example:
        >>> balanced_accuracy(["yes", "no", "no", "no"], ["yes", "yes", "no", "no"])
        0.8333333333333333
    """
    parts = recall_parts(references, predictions, sorted(set(references)))
    return float(mean_recall(parts.sum(0, keepdims=True))[0])


def recall_parts(references: Sequence[str], predictions: Sequence[str], classes: Sequence[str]) -> Floats:
    """What each item adds to balanced accuracy: for each class, whether it was right, then whether it was asked."""
    if len(references) != len(predictions):
        raise ShapeError(f"expected as many predictions as references, got {len(predictions)} and {len(references)}")
    asked = np.array([[reference == name for name in classes] for reference in references], dtype=np.float64)
    right = np.array([r == p for r, p in zip(references, predictions, strict=True)], dtype=np.float64)
    return np.concatenate([asked * right[:, None], asked], axis=1)


def mean_recall(sums: Floats) -> Floats:
    """Balanced accuracy of summed parts; a class that is not there is left out of the mean."""
    right, asked = np.split(sums, 2, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return mean_of_known(right / asked, axis=1)


def auroc(truths: NDArray[Any], scores: NDArray[Any], weights: Floats | None = None) -> Floats:
    """Area under the ROC curve: the chance that a positive scores higher than a negative, ties counting half.

    Args:
        weights: (draws, items); None counts each item once.

    Returns:
        One area a draw; NaN where a draw lacks positives or negatives.

    Example:
        >>> auroc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).tolist()
        [0.75]
    """
    positive, negative = _by_score(truths, -np.asarray(scores), weights)
    below = np.cumsum(negative[:, ::-1], axis=1)[:, ::-1] - negative / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        area: Floats = (positive * below).sum(1) / (positive.sum(1) * negative.sum(1))
    return area


def mean_auroc(truths_NK: NDArray[Any], scores_NK: NDArray[Any]) -> float:
    """Mean over the classes of the area under the ROC curve, where truths are NaN left out.

    Returns:
        NaN where no class has both positives and negatives.
    """
    areas = []
    for truths_N, scores_N in zip(np.asarray(truths_NK, np.float64).T, np.asarray(scores_NK).T, strict=True):
        known = ~np.isnan(truths_N)
        areas.append(float(auroc(truths_N[known], scores_N[known])[0]))
    return float(mean_of_known(np.array(areas)[None], axis=1)[0])


def average_precision(truths: NDArray[Any], scores: NDArray[Any], weights: Floats | None = None) -> Floats:
    """Area under the precision-recall curve as a sum of steps; NaN where a draw has no positive.

    Example:
        >>> average_precision(np.array([1, 0, 1]), np.array([0.9, 0.8, 0.7])).round(4).tolist()
        [0.8333]
    """
    positive, negative = _by_score(truths, -np.asarray(scores), weights)
    found = np.cumsum(positive, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = found / (found + np.cumsum(negative, axis=1))
        area: Floats = np.nansum(precision * positive, axis=1) / positive.sum(1)
    return area


def calibration_parts(truths: NDArray[Any], probabilities: NDArray[Any], bins: int = BINS) -> Floats:
    """What each item adds to the calibration error: for each bin, how often true, and the probability said."""
    values = np.asarray(probabilities, dtype=np.float64)
    place = np.clip((values * bins).astype(int), 0, bins - 1)
    inside = np.eye(bins)[place]
    return np.concatenate([inside * np.asarray(truths, dtype=np.float64)[:, None], inside * values[:, None]], axis=1)


def calibration_error(truths: NDArray[Any], probabilities: NDArray[Any], bins: int = BINS) -> float:
    """Expected calibration error: the mean gap between the probability said and how often it came true.

    Example:
        >>> calibration_error(np.array([1, 0]), np.array([0.75, 0.75]))
        0.25
    """
    parts = calibration_parts(truths, probabilities, bins)
    return float(calibration_of_sums(parts.sum(0, keepdims=True), len(parts))[0])


def calibration_of_sums(sums: Floats, items: Floats | int) -> Floats:
    """Calibration error of summed parts.

    Args:
        items: how many items went into each sum.
    """
    true, said = np.split(sums, 2, axis=1)
    error: Floats = np.abs(true - said).sum(1) / items
    return error


def _by_score(truths: NDArray[Any], keys: NDArray[Any], weights: Floats | None) -> tuple[Floats, Floats]:
    """Weight of positives and of negatives at each distinct key, in rising order; (draws, keys) each."""
    truth = np.asarray(truths, dtype=bool)
    each = np.ones((1, len(truth))) if weights is None else weights
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(keys[order]) > 0])
    ordered, truth = each[:, order], truth[order]
    positive = np.add.reduceat(ordered * truth, starts, axis=1)
    return positive, np.add.reduceat(ordered * ~truth, starts, axis=1)
