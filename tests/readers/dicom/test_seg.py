"""Segmentations of others: fractional ones, other grids, empty segments, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from polyclinic.errors import ReadError
from polyclinic.readers.dicom.grid import Grid
from polyclinic.readers.dicom.seg import read_segmentation

Series = Callable[..., list[Path]]
AXIAL = ((-1.0, 0, 0, 0), (0, -1.0, 0, 0), (0, 0, 2.0, 0), (0, 0, 0, 1.0))
GRID = Grid((4, 2, 2), AXIAL)


def item(**values: object) -> Dataset:
    data = Dataset()
    for name, value in values.items():
        setattr(data, name, value)
    return data


def segmentation(path: Path, frames: list[tuple[int, float, list[int]]], **more: object) -> Path:
    """A fractional one by hand: (segment, height, values of 2 x 2 pixels) for each frame."""
    data = pydicom.dcmread(path)
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = pydicom.uid.SegmentationStorage
    data.Modality, data.SegmentationType, data.MaximumFractionalValue = "SEG", "FRACTIONAL", 200
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation, data.NumberOfFrames = 7, 0, len(frames)
    del data.ImagePositionPatient, data.ImageOrientationPatient, data.PixelSpacing
    data.SegmentSequence = [item(SegmentNumber=n, SegmentLabel=f"s{n}", SegmentAlgorithmType="MANUAL") for n in (1, 2)]
    data.SharedFunctionalGroupsSequence = [
        item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
            PixelMeasuresSequence=[item(PixelSpacing=[1, 1], SliceThickness=2)],
        )
    ]
    data.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[0, 0, height])],
            SegmentIdentificationSequence=[item(ReferencedSegmentNumber=segment)],
        )
        for segment, height, _ in frames
    ]
    data.PixelData = bytes(value for *_, values in frames for value in values)
    for name, value in more.items():
        setattr(data, name, value)
    data.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def blank(tmp_path: Path, write_series: Series) -> Path:
    return write_series(tmp_path, np.zeros((1, 2, 2), np.uint16))[0]


def test_fractions_count_from_one_half_and_land_in_the_images_grid(blank: Path) -> None:
    found = read_segmentation(segmentation(blank, [(1, 4, [99, 100, 0, 200]), (1, 0, [0, 0, 200, 0])]), GRID, 3)
    (region,) = found.regions
    assert (region.name, region.image, found.empty) == ("s1", 3, ("s2",))
    assert np.argwhere(region.array).tolist() == [[0, 1, 0], [2, 0, 1], [2, 1, 1]]


def test_without_an_image_the_grid_bridges_frames_that_were_left_out(blank: Path) -> None:
    found = read_segmentation(segmentation(blank, [(1, 10, [200] * 4), (2, 4, [200] * 4)]))
    assert found.grid == Grid((4, 2, 2), ((-1, 0, 0, 0), (0, -1, 0, 0), (0, 0, 2, 4), (0, 0, 0, 1)))
    assert [int(np.argwhere(region.array)[0, 0]) for region in found.regions] == [3, 0]


@pytest.mark.parametrize(("height", "reason"), [(1, "another grid"), (8, "reaches out"), (-2, "reaches out")])
def test_other_grids_are_refused(blank: Path, height: float, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read_segmentation(segmentation(blank, [(1, height, [200] * 4)]), GRID)


def test_an_image_is_no_segmentation(blank: Path) -> None:
    with pytest.raises(ReadError, match="no segmentation"):
        read_segmentation(blank)


def test_an_absurd_extent_is_refused_before_it_is_allocated(blank: Path) -> None:
    with pytest.raises(ReadError, match="GiB"):
        read_segmentation(segmentation(blank, [(1, 0, [200] * 4), (1, 2e-2, [0] * 4), (2, 2e7, [200] * 4)]))
