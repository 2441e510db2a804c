"""What a renderer gives for a visit: images, and regions from masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.latents import Patient, Visit
from polyclinic.study import Image, Mask, Region

Outline = NDArray[np.bool_]
LEAST_PIXELS = 6


@dataclass(frozen=True)
class Picture:
    """One visit as it is seen.

    Args:
        signals: arrays that are no pictures, such as a response to what is seen, by name.
    """

    images: tuple[Image, ...]
    regions: tuple[Region, ...]
    signals: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def photograph(
    patient: Patient[Any],
    visit: Visit,
    pixels: NDArray[Any],
    organs: Mapping[str, NDArray[Any]],
    lesions: Mapping[int, NDArray[Any]],
    structures: Sequence[Region] = (),
    ending: str = "png",
    **known: Any,
) -> Picture:
    """One photograph of a visit with its regions: organs, structures, then lesions but for those of a few pixels.

    Args:
        organs: masks by name.
        lesions: masks by the lesion's key.
        structures: regions of what is neither, such as each single cell.
        ending: of the file that it may be written to.
        known: what the Image knows besides path and time.
    """
    name = f"images/{patient.id}-v{visit.index + 1}.{ending}"
    image = Image.from_array(pixels, name, time_days=visit.time_days, **known)
    found = [region_of(name, "organ", mask) for name, mask in organs.items() if mask.any()]
    found += structures
    for lesion in visit.lesions:
        mask = lesions.get(lesion.key)
        if mask is not None and np.count_nonzero(mask) >= LEAST_PIXELS:
            found.append(region_of(lesion.name, "finding", mask, lesion.described))
    return Picture((image,), tuple(found))


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
