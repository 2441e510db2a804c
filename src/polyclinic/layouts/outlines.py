"""Polygons to Regions: outlines with holes become masks where the image is small enough, else a box and points.

Coordinates are those of pixel corners: the square (0, 0), (1, 0), (1, 1), (0, 1) is the first pixel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import LayoutError
from polyclinic.study import Mask, Region

MOST_MASK = 2**24
MOST_POINTS = 10**6
FARTHEST = 2.0**31
MOST_CROSSINGS = 2**24

Points = NDArray[np.float64]
Polygon = Sequence[Points]


def points_of(pairs: object) -> Points:
    """A ring's (x, y) pairs as an array; a closing point that repeats the first is dropped.

    Raises:
        LayoutError: fewer than three points, or something that is no pair of numbers that an image could have.
    """
    if not isinstance(pairs, list | tuple) or len(pairs) > MOST_POINTS:
        raise LayoutError("an outline is a list of points")
    try:
        ring = np.array([(float(pair[0]), float(pair[1])) for pair in pairs], dtype=np.float64)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise LayoutError("an outline's points are pairs of numbers") from error
    if len(ring) > 1 and (ring[0] == ring[-1]).all():
        ring = ring[:-1]
    if len(ring) < 3 or not (np.abs(ring) <= FARTHEST).all():
        raise LayoutError("an outline has at least three points, none of them farther than an image can reach")
    return ring


def outlined(name: str, kind: str | None, polygons: Sequence[Polygon], size: tuple[int, int]) -> Region:
    """The Region of one thing made of polygons, each an outer ring and its holes.

    Args:
        size: (y, x) of the image; up to `MOST_MASK` pixels there is a mask.
    """
    corners = np.concatenate([polygon[0] for polygon in polygons])
    low, high = corners.min(axis=0), corners.max(axis=0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    if size[0] * size[1] <= MOST_MASK:
        return Region(name, kind, box=box, mask=Mask.from_array(filled(polygons, size)))
    largest = max((polygon[0] for polygon in polygons), key=len)
    return Region(name, kind, box=box, points=tuple((float(x), float(y)) for x, y in largest))


def filled(polygons: Sequence[Polygon], size: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels whose centre lies inside: in an odd number of a polygon's rings."""
    whole = np.zeros(size, dtype=bool)
    for polygon in polygons:
        sides = np.concatenate([np.stack([ring, np.roll(ring, -1, axis=0)], axis=1) for ring in polygon])
        # Which pixels of a row are the first behind a side that crosses the row's centres; one more for none.
        first = np.zeros((size[0], size[1] + 1), dtype=np.uint8)
        for some in np.array_split(sides, 1 + len(sides) * size[0] // MOST_CROSSINGS):
            np.add.at(first, _crossings(some, size), 1)
        whole |= np.bitwise_xor.accumulate(first & 1, axis=1)[:, :-1].view(bool)
    return whole


def _crossings(sides_N22: Points, size: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where sides cross the centres of rows: the row, and the first column whose centre is not left of it."""
    low, high = np.take_along_axis(sides_N22, sides_N22[:, :, 1:].argsort(axis=1), axis=1).transpose(1, 0, 2)
    start = np.clip(np.ceil(low[:, 1] - 0.5), 0, size[0]).astype(np.int64)
    count = np.clip(np.ceil(high[:, 1] - 0.5), 0, size[0]).astype(np.int64) - start
    side = np.repeat(np.arange(len(sides_N22)), count)
    row = np.arange(len(side)) - np.repeat(np.cumsum(count) - count, count) + start[side]
    share = (row + 0.5 - low[side, 1]) / (high[side, 1] - low[side, 1])
    column = low[side, 0] + share * (high[side, 0] - low[side, 0])
    return row, np.clip(np.ceil(column - 0.5), 0, size[1]).astype(np.int64)
