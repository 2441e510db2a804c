"""The outlines of masks, along the edges of pixels, so that filling them gives the same mask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Ring = list[tuple[int, int]]
# right, down, left, up: with the mask on the right hand
STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))


def polygons(mask: NDArray[np.bool_]) -> list[list[Ring]]:
    """One polygon for each connected part (by edges): its outer ring, then its holes.

    Points are corners of pixels, (x, y); a ring does not repeat its first point, and none crosses itself.

    Example:
        >>> polygons(np.array([[False, True, True]]))
        [[[(1, 0), (3, 0), (3, 1), (1, 1)]]]
    """
    from scipy.ndimage import find_objects, label

    parts, _ = label(mask)
    found = []
    for at, (rows, columns) in enumerate(find_objects(parts), start=1):
        rings = sorted(_rings(parts[rows, columns] == at), key=_area, reverse=True)
        found.append([[(x + columns.start, y + rows.start) for x, y in ring] for ring in rings])
    return found


def _rings(part: NDArray[np.bool_]) -> Iterator[Ring]:
    """The closed ways along a part's edges; each begins at its uppermost edge's left end, where it turns."""
    ways = _edges(part)
    for place in list(ways):
        while place in ways:
            yield _ring(ways, place)


def _edges(part: NDArray[np.bool_]) -> dict[tuple[int, int], list[int]]:
    """Corner -> the directions of the edges that begin there."""
    padded = np.pad(part, 1)
    inner = padded[1:-1, 1:-1]
    open_sides = (
        (inner & ~padded[:-2, 1:-1], 0, 0),  # above: go right from the upper left corner
        (inner & ~padded[1:-1, 2:], 1, 0),  # right: go down from the upper right
        (inner & ~padded[2:, 1:-1], 1, 1),  # below: go left from the lower right
        (inner & ~padded[1:-1, :-2], 0, 1),  # left: go up from the lower left
    )
    ways: dict[tuple[int, int], list[int]] = defaultdict(list)
    for direction, (pixels, dx, dy) in enumerate(open_sides):
        for y, x in np.argwhere(pixels).tolist():
            ways[x + dx, y + dy].append(direction)
    return ways


def _ring(ways: dict[tuple[int, int], list[int]], start: tuple[int, int]) -> Ring:
    """Walk from a corner until it comes back, and take the edges away; corners where it turns."""
    ring: Ring = []
    place, before = start, -1
    while place in ways:
        onward = ways[place]
        # where two pixels touch by a corner, the left turn keeps the two sides of the outline apart
        direction = (before - 1) % 4 if len(onward) > 1 and before >= 0 else onward[0]
        onward.remove(direction)
        if not onward:
            del ways[place]
        if direction != before:
            ring.append(place)
        place, before = (place[0] + STEPS[direction][0], place[1] + STEPS[direction][1]), direction
        if place == start:
            break
    return ring


def _area(ring: Ring) -> float:
    points = np.array(ring, dtype=np.float64)
    x, y = points[:, 0], points[:, 1]
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)
