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

Points = NDArray[np.float64]
Polygon = Sequence[Points]


def points_of(pairs: object) -> Points:
    """A ring's (x, y) pairs as an array; a closing point that repeats the first is dropped.

    Raises:
        LayoutError: fewer than three points, or something that is no pair of finite numbers.
    """
    if not isinstance(pairs, list | tuple) or len(pairs) > MOST_POINTS:
        raise LayoutError("an outline is a list of points")
    try:
        ring = np.array([(float(pair[0]), float(pair[1])) for pair in pairs], dtype=np.float64)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise LayoutError("an outline's points are pairs of numbers") from error
    if len(ring) > 1 and (ring[0] == ring[-1]).all():
        ring = ring[:-1]
    if len(ring) < 3 or not np.isfinite(ring).all():
        raise LayoutError("an outline has at least three points, all of them finite")
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
    from skimage.draw import polygon as pixels_inside

    whole = np.zeros(size, dtype=bool)
    for polygon in polygons:
        part = np.zeros(size, dtype=bool) if len(polygon) > 1 else whole
        for ring in polygon:
            # a pixel's centre lies half a pixel behind its corner
            inside = pixels_inside(ring[:, 1] - 0.5, ring[:, 0] - 0.5, size)  # type: ignore[no-untyped-call]
            part[inside] = ~part[inside] if len(polygon) > 1 else True
        whole |= part
    return whole
