"""Structure sets by hand: filled contours, holes, points, and contours that fit no slice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage

from polyclinic.errors import ReadError
from polyclinic.readers.dicom.grid import Grid
from polyclinic.readers.dicom.rtstruct import read_structures

GRID = Grid((3, 8, 8), ((-1.0, 0, 0, 0), (0, -1.0, 0, 0), (0, 0, 2.0, 0), (0, 0, 0, 1.0)))


def item(**values: object) -> Dataset:
    data = Dataset()
    for name, value in values.items():
        setattr(data, name, value)
    return data


def square(low: float, high: float, z: float) -> list[float]:
    return [value for x, y in ((low, low), (high, low), (high, high), (low, high)) for value in (x, y, z)]


def structures(path: Path, contours: Sequence[tuple[str, list[float]]], kind: str = "ORGAN") -> Path:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = RTStructureSetStorage
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    data.StructureSetROISequence = [item(ROINumber=7, ROIName="heart"), item(ROINumber=8, ROIName="nothing")]
    drawn = [item(ContourGeometricType=form, ContourData=numbers) for form, numbers in contours]
    data.ROIContourSequence = [item(ReferencedROINumber=7, ContourSequence=drawn)]
    data.RTROIObservationsSequence = [item(ReferencedROINumber=7, RTROIInterpretedType=kind)]
    data.save_as(path, enforce_file_format=True)
    return path


def test_contours_are_filled_and_inner_ones_are_holes(tmp_path: Path) -> None:
    path = structures(tmp_path / "a", [("CLOSED_PLANAR", square(1, 6, 2)), ("CLOSED_PLANAR", square(2, 4, 2))])
    found = read_structures(path, GRID, image=2)
    (region,) = found.regions
    assert (region.name, region.kind, region.image, found.empty) == ("heart", "organ", 2, ("nothing",))
    assert region.array.sum() == region.array[1].sum() == 25 - 4
    assert region.attributes == {"interpreted type": "ORGAN"}


def test_points_and_open_lines(tmp_path: Path) -> None:
    path = structures(tmp_path / "a", [("POINT", [1.5, 2, 4]), ("OPEN_PLANAR", square(1, 6, 2))], "GTV")
    found = read_structures(path, GRID)
    assert (found.regions[0].points, found.regions[0].kind) == (((1.5, 2, 2),), "finding")
    assert found.skipped == ("structure 7, contour 2 is an open line",)


@pytest.mark.parametrize(
    ("contour", "reason"),
    [
        (square(1, 6, 3), "not lie in one slice"),
        (square(1, 6, 8), "outside of the image's 3 slices"),
        (square(1, 6, 0)[:8], "8 coordinates"),
        ([*square(1, 6, 0)[:11], float("nan")], "coordinates"),
    ],
)
def test_contours_that_fit_no_slice_are_refused_without_their_name(
    tmp_path: Path, contour: list[float], reason: str
) -> None:
    with pytest.raises(ReadError, match=reason) as caught:
        read_structures(structures(tmp_path / "a", [("CLOSED_PLANAR", contour)]), GRID)
    assert "heart" not in str(caught.value)


def test_another_object_is_none(tmp_path: Path) -> None:
    path = structures(tmp_path / "a", [])
    path.write_bytes(path.read_bytes().replace(b"481.3", b"481.2"))
    with pytest.raises(ReadError, match="no structure set"):
        read_structures(path, GRID)
    assert np.isfinite(GRID.affine).all()
