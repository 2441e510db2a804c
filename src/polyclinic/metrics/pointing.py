"""Pointing: whether a heat map over an image is highest where a phrase's region is, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ShapeError

# Source: arXiv 2204.09817, section 4 and appendix: the levels over which IoU is averaged.
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5)


def pointing_hit(heat: NDArray[Any], inside: NDArray[np.bool_]) -> float:
    """Chance that the hottest pixel lies inside, where several are equally hot a random one of them.

    Example:
        >>> pointing_hit(np.array([[0.1, 0.9]]), np.array([[False, True]]))
        1.0
    """
    _check(heat, inside)
    return float(inside[heat == heat.max()].mean())


def contrast_to_noise(heat: NDArray[Any], inside: NDArray[np.bool_]) -> float:
    """|mean inside - mean outside| / sqrt(variance inside + variance outside).

    NaN where nothing is inside or nothing outside, or where both are flat.

    Source:
        arXiv 2204.09817, section 4.

    Example:
        >>> contrast_to_noise(np.array([1.0, 3.0, 0.0, 0.0]), np.array([True, True, False, False]))
        2.0
    """
    _check(heat, inside)
    if inside.all() or not inside.any():
        return float("nan")
    within, without = heat[inside].astype(np.float64), heat[~inside].astype(np.float64)
    noise = np.sqrt(within.var() + without.var())
    return float(abs(within.mean() - without.mean()) / noise) if noise > 0 else float("nan")


def mean_iou(heat: NDArray[Any], inside: NDArray[np.bool_], levels: Sequence[float] = LEVELS) -> float:
    """IoU of the pixels at or above each level with the region, averaged over the levels.

    Args:
        levels: in the heat's own unit.

    Example:
        >>> mean_iou(np.array([0.6, 0.3, 0.0]), np.array([True, False, False]), (0.2, 0.5))
        0.75
    """
    _check(heat, inside)
    found = [heat >= level for level in levels]
    return float(np.mean([(mask & inside).sum() / max((mask | inside).sum(), 1) for mask in found]))


def _check(heat: NDArray[Any], inside: NDArray[np.bool_]) -> None:
    if heat.shape != inside.shape or not heat.size:
        raise ShapeError(f"expected a heat map and a region of one size, got {heat.shape} and {inside.shape}")
