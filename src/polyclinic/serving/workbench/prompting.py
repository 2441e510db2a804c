"""From what a hand points at to what a model is asked, and from what it drew to what was meant.

Words and boxes are prompts as they are. Points and scribbles go along as points of a Region; models that pass them
over draw all that the words name, of which the parts that were touched are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from polyclinic.study import Mask, Region

Point = tuple[float, ...]


@dataclass(frozen=True)
class Pointing:
    """A prompt.

    Args:
        words: what is meant; empty leaves it to the place.
        box: x0, y0, x1, y1 in pixels.
        points: (x, y) in pixels; those of a scribble in the order in which it was drawn.
    """

    words: str = ""
    box: Point | None = None
    points: tuple[Point, ...] = ()


def prompts_of(pointing: Pointing) -> list[str | Region]:
    """What `segment` is asked: nothing, which means all that the model knows, where no words were said."""
    if not pointing.words:
        return []
    if pointing.box is None and not pointing.points:
        return [pointing.words]
    return [Region(pointing.words, box=pointing.box, points=pointing.points)]


def meant(regions: Sequence[Region], pointing: Pointing) -> list[Region]:
    """The regions that a prompt means: with their touched parts alone, or without words the one that fits best.

    Without words a box means the region that overlaps it most, a point the smallest region that it lies in.
    """
    if pointing.words:
        return [touched(region, pointing.points) for region in regions] if pointing.points else list(regions)
    if pointing.box is not None:
        scored = [(_overlap(region, pointing.box), region) for region in regions if region.mask is not None]
        best = max(scored, key=lambda pair: pair[0], default=None)
        return [best[1]] if best is not None and best[0] > 0 else []
    if pointing.points:
        hit = [part for region in regions if _area(part := touched(region, pointing.points))]
        return [min(hit, key=_area)] if hit else []
    return list(regions)


def touched(region: Region, points: Sequence[Point]) -> Region:
    """The region with those connected parts of its mask that a point lies in."""
    if region.mask is None:
        return region
    from scipy import ndimage

    mask = region.array
    parts, _ = ndimage.label(mask)
    at = [(round(y), round(x)) for x, y in (point[:2] for point in points)]
    height, width = mask.shape
    hit = {int(parts[y, x]) for y, x in at if 0 <= y < height and 0 <= x < width} - {0}
    return drawn(region, np.isin(parts, list(hit)))


def drawn(region: Region, mask: NDArray[np.bool_]) -> Region:
    """The region with another mask, and the box around it."""
    return replace(region, mask=Mask.from_array(mask), box=box_around(mask))


def box_around(mask: NDArray[np.bool_]) -> tuple[float, ...] | None:
    """The box of a mask as a Region has it: near corner, far corner, x before y before z; None for an empty one.

    Example:
        >>> box_around(np.eye(3, dtype=bool)[1:])
        (1.0, 0.0, 3.0, 2.0)
    """
    sides = [
        np.flatnonzero(mask.any(axis=tuple(a for a in range(mask.ndim) if a != axis))) for axis in range(mask.ndim)
    ]
    if not len(sides[0]):
        return None
    near, far = [side[0] for side in sides[::-1]], [side[-1] + 1 for side in sides[::-1]]
    return tuple(float(edge) for edge in (*near, *far))


def _area(region: Region) -> int:
    return int(region.array.sum()) if region.mask is not None else 0


def _overlap(region: Region, box: Point) -> float:
    """Intersection over union of the mask's own box and the one that was drawn."""
    own = box_around(region.array)
    if own is None:
        return 0.0
    width, height = min(own[2], box[2]) - max(own[0], box[0]), min(own[3], box[3]) - max(own[1], box[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(right - left) * (low - top) for left, top, right, low in (own, box)]
    return float(shared / (sum(areas) - shared)) if sum(areas) > shared else 0.0
