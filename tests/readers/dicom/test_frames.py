"""Multi-frame objects: geometry and rescale of their own, order along the normal, dose planes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from polyclinic.readers import read_image, read_pixels

Series = Callable[..., list[Path]]
VALUES = np.arange(12, dtype=np.uint16).reshape(3, 2, 2)


def item(**values: Any) -> Dataset:
    data = Dataset()
    for name, value in values.items():
        setattr(data, name, value)
    return data


def enhanced(path: Path, heights: Sequence[float], slopes: Sequence[float] = (), **more: Any) -> Path:
    """The file as an enhanced object: orientation and pixel size shared, position and slope a frame's own."""
    data = pydicom.dcmread(path)
    del data.ImagePositionPatient, data.ImageOrientationPatient, data.PixelSpacing
    data.NumberOfFrames = len(heights)
    data.SharedFunctionalGroupsSequence = [
        item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
            PixelMeasuresSequence=[item(PixelSpacing=[0.5, 0.25], SliceThickness=9)],
        )
    ]
    frames = [item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, height])]) for height in heights]
    for frame, slope in zip(frames, slopes, strict=False):
        frame.PixelValueTransformationSequence = [item(RescaleSlope=slope, RescaleIntercept=0)]
    data.PerFrameFunctionalGroupsSequence = frames
    data.PixelData = VALUES.tobytes()
    for name, value in more.items():
        setattr(data, name, value)
    data.save_as(path, enforce_file_format=True)
    return path


def test_frames_are_ordered_and_placed(tmp_path: Path, write_series: Series) -> None:
    path = enhanced(write_series(tmp_path, VALUES[:1])[0], [4, 0, 2])
    image = read_image(path)
    assert read_pixels(path)[0, :, 0, 0].tolist() == [4, 8, 0]
    assert image.spacing_mm == (2, 0.5, 0.25)
    assert image.affine == ((-0.25, 0, 0, 0), (0, -0.5, 0, 0), (0, 0, 2, 0), (0, 0, 0, 1))


def test_each_frame_has_its_own_rescale(tmp_path: Path, write_series: Series) -> None:
    path = enhanced(write_series(tmp_path, VALUES[:1])[0], [0, 2, 4], slopes=[1, 10, 0.5])
    assert read_pixels(path)[0, :, 0, 0].tolist() == [0, 40, 4]


@pytest.mark.parametrize("heights", [[0, 0, 2], [0, 1, 5]])
def test_time_points_and_uneven_frames_keep_the_files_order(
    tmp_path: Path, write_series: Series, heights: list[float]
) -> None:
    path = enhanced(write_series(tmp_path, VALUES[:1])[0], heights)
    assert read_pixels(path)[0, :, 0, 0].tolist() == [0, 4, 8]
    assert read_image(path).affine is None


def test_a_dose_is_in_gray_and_its_planes_lie_where_their_offsets_say(tmp_path: Path, write_series: Series) -> None:
    data = pydicom.dcmread(write_series(tmp_path, VALUES[:1], Modality="RTDOSE", DoseGridScaling=0.5)[0])
    data.NumberOfFrames, data.GridFrameOffsetVector = 3, [0, -3, -6]
    data.PixelData = VALUES.tobytes()
    data.save_as(tmp_path / "dose.dcm", enforce_file_format=True)
    assert read_pixels(tmp_path / "dose.dcm")[0, :, 0, 0].tolist() == [4, 2, 0]
    assert np.array(read_image(tmp_path / "dose.dcm").affine)[2].tolist() == [0, 0, 3, -6]
