"""Masks against masks: Dice and distances between surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ShapeError
from polyclinic.study import Region, Study

Bools = NDArray[np.bool_]


def dice(reference: NDArray[Any], prediction: NDArray[Any]) -> float:
    """Twice the overlap over the sum of both areas; 1 for two empty masks.

    Example:
        >>> dice(np.array([[1, 1, 0]]), np.array([[0, 1, 1]]))
        0.5
    """
    ours, theirs = _same_shape(reference, prediction)
    total = np.count_nonzero(ours) + np.count_nonzero(theirs)
    return 2 * int(np.count_nonzero(ours & theirs)) / int(total) if total else 1.0


def mean_dice(studies: Sequence[Study], drawn: Sequence[Sequence[Region]]) -> float:
    """Mean Dice over the Studies and what was drawn on them, where the first image has a mask of that name.

    Args:
        drawn: for each Study one Region a name; masks of one name in the Study count as one.

    Returns:
        NaN where nothing that was drawn has a reference.
    """
    scores = []
    for study, regions in zip(studies, drawn, strict=True):
        truth: dict[str, Bools] = {}
        for region in study.regions:
            if region.mask is not None and region.image == 0:
                truth[region.name] = region.array | truth.get(region.name, np.zeros((), bool))
        scores += [dice(truth[region.name], region.array) for region in regions if region.name in truth]
    return float(np.mean(scores)) if scores else float("nan")


def surface_distances(
    reference: NDArray[Any], prediction: NDArray[Any], spacing: Sequence[float] | None = None
) -> tuple[float, float]:
    """Average symmetric surface distance and the 95th percentile of distances (HD95), between pixel centres.

    The surface is each foreground pixel with a face to the background; outside the image is background.
    HD95 is the larger of the two directions' percentiles.

    Args:
        spacing: between pixel centres along each axis; None means 1, so that distances are in pixels.

    Returns:
        Both distances in the unit of `spacing`; NaN if either mask is empty.
    """
    from scipy.spatial import KDTree

    theirs, ours = _same_shape(reference, prediction)
    if not theirs.any() or not ours.any():
        return float("nan"), float("nan")
    step = np.ones(theirs.ndim) if spacing is None else np.asarray(spacing, dtype=np.float64)
    a, b = (np.argwhere(surface(mask)) * step for mask in (theirs, ours))
    there, back = np.atleast_1d(KDTree(b).query(a)[0]), np.atleast_1d(KDTree(a).query(b)[0])
    average = (there.sum() + back.sum()) / (len(there) + len(back))
    return float(average), float(max(np.percentile(there, 95), np.percentile(back, 95)))


def surface(mask: Bools) -> Bools:
    """Foreground pixels that touch the background, or the image's edge, with a face.

    Example:
        >>> int(surface(np.ones((4, 4), bool)).sum())
        12
    """
    padded = np.pad(mask, 1)
    inner = padded.copy()
    for axis in range(mask.ndim):
        inner &= np.roll(padded, 1, axis) & np.roll(padded, -1, axis)
    edge: Bools = (padded & ~inner)[tuple(slice(1, -1) for _ in mask.shape)]
    return edge


def _same_shape(reference: NDArray[Any], prediction: NDArray[Any]) -> tuple[Bools, Bools]:
    if reference.shape != prediction.shape:
        raise ShapeError(f"expected two masks of one shape, got {reference.shape} and {prediction.shape}")
    return np.asarray(reference, dtype=bool), np.asarray(prediction, dtype=bool)
