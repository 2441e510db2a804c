"""What a renderer gives for a visit: images, and regions from masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.study import Image, Mask, Region

Outline = NDArray[np.bool_]
LEAST_PIXELS = 6


@dataclass(frozen=True)
class Picture:
    """One visit as it is seen."""

    images: tuple[Image, ...]
    regions: tuple[Region, ...]


def box_of(mask: NDArray[Any]) -> tuple[float, ...]:
    """The half-open box around a mask that is not empty: x0, y0, x1, y1, or x0, y0, z0, x1, y1, z1.

    Example:
        >>> box_of(np.array([[False, True], [False, True]]))
        (1.0, 0.0, 2.0, 2.0)
    """
    low, high = [], []
    for axis in reversed(range(mask.ndim)):
        others = tuple(other for other in range(mask.ndim) if other != axis)
        held = np.flatnonzero(mask.any(others))
        low.append(float(held[0]))
        high.append(float(held[-1] + 1))
    return (*low, *high)


def region_of(name: str, kind: str, mask: NDArray[Any], attributes: Mapping[str, str | float] | None = None) -> Region:
    """A region with a mask and the box around it."""
    return Region(name, kind, box=box_of(mask), mask=Mask.from_array(mask), attributes=attributes or {})
