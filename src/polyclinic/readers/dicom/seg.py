"""Segmentations (binary, fractional, label map) to Regions, in the grid of the image that they segment."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.dicom.codes import code_text, kind_of
from polyclinic.readers.dicom.frames import frame_planes, group_of
from polyclinic.readers.dicom.grid import ON_GRID, Array, Grid, Plane, places_in, stack
from polyclinic.readers.dicom.heads import SEGMENTATIONS
from polyclinic.readers.dicom.opening import open_image, reading_dicom, whole_number
from polyclinic.readers.files import check_size
from polyclinic.study import Mask, Pixels, Region

HALF = 0.5
LABELMAP, FRACTIONAL = "LABELMAP", "FRACTIONAL"


@dataclass(frozen=True)
class Segmentation:
    """What a segmentation holds.

    Args:
        regions: one a segment that has any foreground.
        grid: of their masks; None where the object does not say where it lies.
        empty: names of the segments without foreground.
    """

    regions: tuple[Region, ...]
    grid: Grid | None
    empty: tuple[str, ...] = ()


def read_segmentation(path: Path, grid: Grid | None = None, image: int = 0) -> Segmentation:
    """The Regions of a segmentation.

    Fractional segments count from one half. Without a grid the masks are in the smallest one that holds all
    frames.

    Args:
        grid: of the image that it segments.
        image: that image's index in its Study.

    Raises:
        ReadError: damaged, no segmentation, or on another grid than the one given.
    """
    with reading_dicom(path, "a segmentation"):
        data = open_image(path, pixels=True)
        if data.get("SOPClassUID") not in SEGMENTATIONS:
            raise ReadError(f"{path} is no segmentation", hint="images are read with read_image")
        frames = whole_number(path, data, "NumberOfFrames", 1)
        check_size(path, (frames, int(data.Rows), int(data.Columns)), 2)
        planes = frame_planes(data, frames)
        if planes is None:
            return _flat(path, data, frames, image)
        place = grid or _own_grid(path, planes, (int(data.Rows), int(data.Columns)))
        check_size(path, (len(data.SegmentSequence), *place.shape), 1)
        return _placed(path, data, planes, place, image)


def _placed(path: Path, data: Any, planes: list[Plane], grid: Grid, image: int) -> Segmentation:
    held: dict[int, Any] = defaultdict(lambda: np.zeros(grid.shape, dtype=bool))
    for frame, (values, plane) in enumerate(zip(_frames(path, data), planes, strict=True)):
        for number, mask in _segments(data, frame, values):
            held[number][places_in(mask[None], plane.affine, grid, f"{path}, frame {frame + 1}")] = True
    return _segmentation(data, held, grid, image)


def _flat(path: Path, data: Any, frames: int, image: int) -> Segmentation:
    """A segmentation of one picture without a place in the patient: masks are (y, x)."""
    held: dict[int, Any] = {}
    for frame, values in enumerate(_frames(path, data)):
        for number, mask in _segments(data, frame, values):
            if number in held:
                raise ReadError(f"{path} has several frames a segment and says of none where it lies")
            held[number] = mask
    return _segmentation(data, held, None, image)


def _segmentation(data: Any, held: dict[int, Any], grid: Grid | None, image: int) -> Segmentation:
    regions, empty = [], []
    for item in data.SegmentSequence:
        name = str(item.get("SegmentLabel") or code_text(item, "SegmentedPropertyTypeCodeSequence") or "segment")
        mask = held.get(int(item.SegmentNumber))
        if mask is None or not mask.any():
            empty.append(name)
            continue
        known = {
            "type": code_text(item, "SegmentedPropertyTypeCodeSequence"),
            "category": code_text(item, "SegmentedPropertyCategoryCodeSequence"),
            "algorithm": str(item.get("SegmentAlgorithmName") or item.get("SegmentAlgorithmType") or "").strip(),
        }
        attributes = {key: value for key, value in known.items() if value}
        kind = kind_of(item, "SegmentedPropertyCategoryCodeSequence")
        regions.append(Region(name, kind, image, mask=Mask.from_array(mask), attributes=attributes))
    return Segmentation(tuple(regions), grid, tuple(empty))


def _segments(data: Any, frame: int, values: Pixels) -> list[tuple[int, Pixels]]:
    """(segment number, mask) pairs of one frame."""
    if data.get("SegmentationType") == LABELMAP:
        return [(int(number), values == number) for number in np.unique(values) if number]
    group = group_of(data, frame, "SegmentIdentificationSequence")
    least = HALF * float(data.get("MaximumFractionalValue", 1)) if data.get("SegmentationType") == FRACTIONAL else HALF
    return [(int(group.ReferencedSegmentNumber), values >= least)]


def _frames(path: Path, data: Any) -> Pixels:
    from polyclinic.readers.dicom.decoding import unpacked

    raw = unpacked(path, data)
    return raw if raw.ndim == 3 else raw[None]


def _own_grid(path: Path, planes: list[Plane], plane_shape: tuple[int, int]) -> Grid:
    """The smallest grid that holds all frames; slices without foreground may have been left out between them."""
    normal = planes[0].normal
    depths = np.array([plane.position for plane in planes]) @ normal
    places = np.unique(np.round(depths, 3))
    gap = _gap(places, planes[0].depth_mm)
    steps = (depths - depths.min()) / gap
    if np.abs(steps - np.round(steps)).max() > ON_GRID:
        raise ReadError(f"{path} has frames at uneven distances", hint="give the image that it segments")
    lowest = planes[int(depths.argmin())]
    above = dataclasses.replace(lowest, position=tuple(np.array(lowest.position) + normal * gap))
    affine = stack([lowest, above], ["the lowest frame", "the next"], str(path)).affine
    return Grid((int(np.round(steps).max()) + 1, *plane_shape), affine)


def _gap(places: Array, told: float | None) -> float:
    """Millimetres between slices: the least that is seen, or what the file says where it is less."""
    seen = float(np.diff(places).min()) if len(places) > 1 else told or 1.0
    return min(seen, told) if told else seen
