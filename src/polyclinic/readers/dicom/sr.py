"""Measurements in structured reports (TID 1500) to Regions: what was measured, where, and how much.

A measurement becomes an attribute `Diameter [mm]`, a coded answer an attribute of text. Polygons are filled by
pixel centres, upright rectangles are boxes, everything else is points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.dicom.codes import Code, code_of
from polyclinic.readers.dicom.grid import LPS_TO_RAS, Array
from polyclinic.readers.dicom.opening import open_dataset, reading_dicom
from polyclinic.readers.dicom.targets import Target, fill
from polyclinic.study import Mask, Region

GROUP, FINDING, SITE, TRACKING = "125007", "121071", "363698007", "112039"
NAMES = ("ConceptNameCodeSequence", "ConceptCodeSequence")
DEEPEST = 32
ON_SLICE = 0.1
HALF_PIXEL = 0.5  # spatial coordinates start at the first pixel's corner, its centre is half a pixel on


@dataclass
class _Shape:
    """Geometry gathered over a group's coordinates."""

    polygons: dict[int, list[Array]] = field(default_factory=dict)
    points: list[tuple[float, ...]] = field(default_factory=list)


@dataclass(frozen=True)
class Measurements:
    """What a report measures.

    Args:
        regions: one a measurement group.
        elsewhere: how many groups have coordinates that lie in another image; theirs are left out.
    """

    regions: tuple[Region, ...]
    elsewhere: int = 0


def read_measurements(path: Path, target: Target | None = None, image: int = 0) -> Measurements:
    """The measurement groups of a structured report.

    Args:
        target: the image that its coordinates lie in; None leaves coordinates out.
        image: that image's index in its Study.

    Raises:
        ReadError: damaged, or no structured report.
    """
    with reading_dicom(path, "a structured report"):
        data = open_dataset(path, pixels=False)
        if "ContentSequence" not in data:
            raise ReadError(f"{path} is no structured report")
        regions, elsewhere = [], 0
        for group in _groups(data, 0):
            found = _shape(group, target) if target is not None else _Shape()
            if found is None:
                elsewhere += 1
            regions.append(_region(group, found or _Shape(), target, image))
    return Measurements(tuple(regions), elsewhere)


def _groups(item: Any, depth: int) -> Iterator[Any]:
    if depth > DEEPEST:
        raise ReadError(f"a structured report is nested deeper than {DEEPEST}")
    for child in item.get("ContentSequence") or ():
        name = code_of(child, NAMES[0])
        if name is not None and name.value == GROUP:
            yield child
        else:
            yield from _groups(child, depth + 1)


def _region(group: Any, shape: _Shape, target: Target | None, image: int) -> Region:
    attributes: dict[str, str | float] = {}
    name, tracking = "", ""
    for child in group.get("ContentSequence") or ():
        concept = code_of(child, NAMES[0]) or Code("", "", "")
        if child.get("ValueType") == "NUM":
            attributes |= _number(child, concept.meaning)
        elif child.get("ValueType") == "CODE" and (answer := code_of(child, NAMES[1])) is not None:
            if concept.value == FINDING:
                name, attributes["type"] = answer.meaning, str(answer)
            else:
                attributes["site" if concept.value == SITE else concept.meaning] = answer.meaning
        elif child.get("ValueType") == "TEXT" and concept.value == TRACKING:
            tracking = str(child.get("TextValue") or "")
    box, mask = _filled(shape, target)
    return Region(
        name or tracking or "measurement", None, image, box, mask, points=tuple(shape.points), attributes=attributes
    )


def _number(child: Any, meaning: str) -> dict[str, float]:
    measured = child.get("MeasuredValueSequence")
    if not measured:
        return {}
    unit = code_of(measured[0], "MeasurementUnitsCodeSequence")
    value = float(measured[0].NumericValue)
    return {meaning if unit is None or unit.value == "1" else f"{meaning} [{unit.value}]": value}


def _shape(group: Any, target: Target) -> _Shape | None:
    """The group's coordinates in the target; None where some lie elsewhere."""
    shape = _Shape()
    for child in group.get("ContentSequence") or ():
        kind = child.get("ValueType")
        if kind not in ("SCOORD", "SCOORD3D"):
            continue
        placed = _flat(child, target) if kind == "SCOORD" else _spatial(child, target)
        if placed is None:
            return None
        z, corners = placed
        closed = len(corners) > 3 and bool((corners[0] == corners[-1]).all())
        if closed and z is not None and child.get("GraphicType") in ("POLYLINE", "POLYGON"):
            shape.polygons.setdefault(z, []).append(corners[:-1, :2])
        else:
            shape.points += [_point(corner, z, target) for corner in corners]
    return shape


def _flat(child: Any, target: Target) -> tuple[int | None, Array] | None:
    """Image coordinates: slice, and corners as (x, y) with whole numbers at pixel centres."""
    corners = np.array(child.GraphicData, dtype=np.float64).reshape(-1, 2) - HALF_PIXEL
    for source in child.get("ContentSequence") or ():
        for referenced in source.get("ReferencedSOPSequence") or ():
            frames = np.atleast_1d(np.array(referenced.get("ReferencedFrameNumber") or 1, dtype=int))
            key = (str(referenced.get("ReferencedSOPInstanceUID")), int(frames[0]))
            if key in target.slices:
                return target.slices[key], corners
    return None


def _spatial(child: Any, target: Target) -> tuple[int | None, Array] | None:
    """Patient coordinates: their slice where they lie in one, and voxels."""
    if target.grid is None or str(child.get("ReferencedFrameOfReferenceUID")) != target.frame_of_reference:
        return None
    points = np.array(child.GraphicData, dtype=np.float64).reshape(-1, 3)
    matrix = np.linalg.inv(np.array(target.grid.affine)) @ LPS_TO_RAS
    voxels = points @ matrix[:3, :3].T + matrix[:3, 3]
    z = int(np.round(voxels[:, 2].mean()))
    flat = np.abs(voxels[:, 2] - z).max() <= ON_SLICE and 0 <= z < target.shape[0]
    return (z if flat else None), voxels


def _point(corner: Array, z: int | None, target: Target) -> tuple[float, ...]:
    place = [float(value) for value in corner]
    return tuple([*place, float(z or 0)] if len(place) == 2 and len(target.shape) == 3 else place)


def _filled(shape: _Shape, target: Target | None) -> tuple[tuple[float, ...] | None, Mask | None]:
    """Box of upright rectangles, or mask of any other polygons."""
    if not shape.polygons or target is None:
        return None, None
    corners = [polygon for polygons in shape.polygons.values() for polygon in polygons]
    low, high = np.concatenate(corners).min(axis=0) + HALF_PIXEL, np.concatenate(corners).max(axis=0) + HALF_PIXEL
    depths = sorted(shape.polygons)
    flat = len(target.shape) == 2
    if all(_is_rectangle(polygon, low, high) for polygon in corners) and depths[-1] - depths[0] == len(depths) - 1:
        sides = (low, high) if flat else ([*low, depths[0]], [*high, depths[-1] + 1])
        return tuple(float(side) for ends in sides for side in ends), None
    mask = np.zeros((1, *target.shape) if flat else target.shape, dtype=bool)
    for z, polygons in shape.polygons.items():
        mask[z] = fill(polygons, (mask.shape[1], mask.shape[2]))
    return None, Mask.from_array(mask[0] if flat else mask) if mask.any() else None


def _is_rectangle(polygon: Array, low: Array, high: Array) -> bool:
    wanted = {(x, y) for x in (low[0], high[0]) for y in (low[1], high[1])}
    return len(polygon) == 4 and {(x, y) for x, y in polygon + HALF_PIXEL} == wanted
