"""Structure sets of radiotherapy (RTSTRUCT) to Regions: contours filled by the centres of the image's pixels."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.dicom.codes import FINDING, ORGAN, code_text
from polyclinic.readers.dicom.grid import LPS_TO_RAS, Array, Grid
from polyclinic.readers.dicom.opening import open_dataset, reading_dicom
from polyclinic.readers.dicom.targets import fill
from polyclinic.readers.files import check_size
from polyclinic.study import Mask, Region

CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
CLOSED, POINT = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR"), "POINT"
KINDS = {"ORGAN": ORGAN, "GTV": FINDING}
OFF_SLICE = 0.1  # of the distance between slices


@dataclass(frozen=True)
class Structures:
    """What a structure set holds.

    Args:
        regions: one a structure that has contours or points.
        empty: names of the structures without any.
        skipped: contours that enclose nothing (open lines), one line each.
    """

    regions: tuple[Region, ...]
    empty: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


def read_structures(path: Path, grid: Grid, image: int = 0) -> Structures:
    """The Regions of a structure set in an image's grid.

    Contours of one slice are combined by exclusive or, so that an inner one is a hole.

    Args:
        image: that image's index in its Study.

    Raises:
        ReadError: damaged, no structure set, or contours that lie between the image's slices.
    """
    with reading_dicom(path, "a structure set"):
        data = open_dataset(path, pixels=False)
        if data.get("SOPClassUID") != CLASS:
            raise ReadError(f"{path} is no structure set")
        check_size(path, grid.shape, 1)
        kinds = _by_number(data, "RTROIObservationsSequence", "ReferencedROINumber")
        contours = _by_number(data, "ROIContourSequence", "ReferencedROINumber")
        regions: list[Region] = []
        empty: list[str] = []
        skipped: list[str] = []
        for item in data.get("StructureSetROISequence") or ():
            number, name = int(item.ROINumber), str(item.get("ROIName") or "structure")
            drawn = contours[number].get("ContourSequence") if number in contours else None
            found = _region(path, drawn or (), grid, f"structure {number}")
            skipped += found.skipped
            if found.mask is None and not found.points:
                empty.append(name)
                continue
            told = kinds.get(number, {})
            regions.append(
                Region(name, _kind(told), image, mask=found.mask, points=found.points, attributes=_attributes(told))
            )
    return Structures(tuple(regions), tuple(empty), tuple(skipped))


@dataclass(frozen=True)
class _Drawn:
    mask: Mask | None
    points: tuple[tuple[float, ...], ...]
    skipped: tuple[str, ...]


def _region(path: Path, contours: Any, grid: Grid, where: str) -> _Drawn:
    """One structure's contours; its name stays out of errors, as it may be anything."""
    to_voxels = np.linalg.inv(np.array(grid.affine)) @ LPS_TO_RAS
    by_slice: dict[int, list[Array]] = defaultdict(list)
    points: list[tuple[float, ...]] = []
    skipped: list[str] = []
    for at, contour in enumerate(contours):
        numbers = np.array(contour.get("ContourData") or (), dtype=np.float64)
        told = f"{path}, {where}, contour {at + 1}"
        if not numbers.size or numbers.size % 3 or not np.isfinite(numbers).all():
            raise ReadError(f"{told} has {numbers.size} coordinates, expected x, y, z of each point")
        voxels = numbers.reshape(-1, 3) @ to_voxels[:3, :3].T + to_voxels[:3, 3]
        kind = contour.get("ContourGeometricType")
        if kind == POINT:
            points += [tuple(float(v) for v in voxel) for voxel in voxels]
        elif kind in CLOSED:
            by_slice[_slice(voxels, grid, told)].append(voxels[:, :2])
        else:
            skipped.append(f"{where}, contour {at + 1} is an open line")
    if not by_slice:
        return _Drawn(None, tuple(points), tuple(skipped))
    mask = np.zeros(grid.shape, dtype=bool)
    for z, polygons in by_slice.items():
        mask[z] = fill(polygons, (grid.shape[1], grid.shape[2]))
    return _Drawn(Mask.from_array(mask) if mask.any() else None, tuple(points), tuple(skipped))


def _slice(voxels: Array, grid: Grid, told: str) -> int:
    """The one slice that a contour lies in."""
    heights = voxels[:, 2]
    z = int(np.round(heights.mean()))
    if np.abs(heights - z).max() > OFF_SLICE:
        raise ReadError(f"{told} does not lie in one slice of the image", hint="give the image that it was drawn on")
    if not 0 <= z < grid.shape[0]:
        raise ReadError(f"{told} lies outside of the image's {grid.shape[0]} slices", hint="give the whole series")
    return z


def _by_number(data: Any, sequence: str, number: str) -> dict[int, Any]:
    return {int(item[number].value): item for item in data.get(sequence) or () if number in item}


def _kind(told: Any) -> str | None:
    return KINDS.get(str(told.get("RTROIInterpretedType") or ""))


def _attributes(told: Any) -> dict[str, str | float]:
    known = {
        "type": code_text(told, "RTROIIdentificationCodeSequence"),
        "interpreted type": str(told.get("RTROIInterpretedType") or ""),
    }
    return {key: value for key, value in known.items() if value}
