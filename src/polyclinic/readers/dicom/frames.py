"""The functional groups of multi-frame objects: what all frames share and what each has of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.dicom.grid import Plane, Stack, plane_of, stack

GEOMETRY = ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence")
SHARED, OWN = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"


def group_of(data: Any, frame: int, name: str) -> Any:
    """The first item of a functional group for a frame: its own, else the shared one, else None."""
    for holder, at in ((OWN, frame), (SHARED, 0)):
        items = data.get(holder) or ()
        if at < len(items) and (found := items[at].get(name)):
            return found[0]
    return None


def frame_planes(data: Any, frames: int) -> list[Plane] | None:
    """Each frame's plane; None where one of them does not say."""
    if offsets := data.get("GridFrameOffsetVector"):
        return _offset_planes(data, offsets, frames)
    if OWN not in data and SHARED not in data:
        return None
    planes = [plane_of(_geometry(data, frame)) for frame in range(frames)]
    known = [plane for plane in planes if plane is not None]
    return known if len(known) == frames else None


def frame_stack(data: Any, frames: int) -> Stack | None:
    """The frames as a volume; None where they are none (no geometry, time points, uneven gaps)."""
    planes = frame_planes(data, frames)
    if planes is None:
        return None
    try:
        return stack(planes, [f"frame {i + 1}" for i in range(frames)], "frames")
    except ReadError:
        return None  # they stay in the file's order, and nothing is said about where they lie


def rescale_of(data: Any, frame: int) -> Any:
    """What holds a frame's rescale slope or modality LUT: its functional group, else the object itself."""
    return group_of(data, frame, "PixelValueTransformationSequence") or data


def _geometry(data: Any, frame: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in GEOMETRY:
        if (group := group_of(data, frame, name)) is not None:
            found |= {element.keyword: element.value for element in group}
    return found


def _offset_planes(data: Any, offsets: Any, frames: int) -> list[Plane] | None:
    """RT dose: planes by their distances from the first, or by their absolute z where the first is not 0."""
    first = plane_of(data)
    distances = np.atleast_1d(np.array(offsets, dtype=np.float64))
    if first is None or len(distances) != frames:
        return None
    start = np.array(first.position)
    steps = (distances - distances[0])[:, None] * first.normal
    return [
        Plane(tuple(start + step), first.along_row, first.along_column, first.spacing_mm, first.depth_mm)
        for step in steps
    ]
