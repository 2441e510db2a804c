"""Sources of derived objects: order, what is filled in, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from polyclinic.errors import ReadError, UnsupportedError, UsageError
from polyclinic.writers.dicom_source import making, open_source

Series = Callable[..., list[Path]]
VALUES = np.zeros((3, 2, 2), np.int16)


def test_slices_are_in_the_volumes_order_and_have_a_thickness(tmp_path: Path, write_series: Series) -> None:
    paths = write_series(tmp_path, VALUES, step=(0, 0, -2.5))
    for given in (tmp_path, paths):
        found = open_source(given)
        assert [data.InstanceNumber for data in found.datasets] == [3, 2, 1]
        assert [data.SliceThickness for data in found.datasets] == [2.5] * 3
        assert "PixelData" not in found.datasets[0]


def test_what_may_be_empty_is_filled_in(tmp_path: Path, write_series: Series) -> None:
    (path,) = write_series(tmp_path, VALUES[:1])
    data = pydicom.dcmread(path)
    del data.PatientName, data.StudyID
    data.save_as(path)
    found = open_source(path).datasets[0]
    assert (str(found.PatientName), found.StudyID) == ("", "")


def test_a_source_without_a_place_promises_none(tmp_path: Path, write_series: Series) -> None:
    (path,) = write_series(tmp_path, VALUES[:1], ImagePositionPatient=None)
    found = open_source(path)
    assert (found.grid, found.shape) == (None, (2, 2))
    assert "FrameOfReferenceUID" not in found.datasets[0]


def test_what_is_no_source_is_refused(tmp_path: Path, write_series: Series) -> None:
    with pytest.raises(UsageError, match="no source"):
        open_source([])
    paths = write_series(tmp_path, VALUES, ImagePositionPatient=None)
    with pytest.raises(ReadError, match="not all files say where"):
        open_source(paths)


def test_errors_of_the_library_are_told_without_what_they_quote() -> None:
    with pytest.raises(ReadError) as caught, making("a thing"):
        raise ValueError("Doe^Jane")
    assert "Doe" not in str(caught.value)


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(UnsupportedError, match="highdicom"), making("a thing"):
        import highdicom  # noqa: F401
