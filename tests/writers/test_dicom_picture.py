"""Pictures as secondary captures: values, belonging, and the warning that they may show text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from polyclinic.errors import PixelError, UsageError
from polyclinic.readers import read_pixels
from polyclinic.writers.dicom_picture import write_picture

Series = Callable[..., list[Path]]


@pytest.mark.parametrize("channels", [1, 3])
def test_it_shows_what_was_given(tmp_path: Path, write_series: Series, channels: int) -> None:
    write_series(tmp_path / "s", np.zeros((2, 2, 2), np.int16))
    picture = np.random.default_rng(0).integers(0, 255, (channels, 5, 7)).astype(np.uint8)
    write_picture(tmp_path / "a.dcm", picture, tmp_path / "s")
    assert (read_pixels(tmp_path / "a.dcm") == picture).all()
    made = pydicom.dcmread(tmp_path / "a.dcm")
    assert (made.PatientID, made.StudyInstanceUID, made.BurnedInAnnotation) == ("p1", "1.2.3", "YES")
    assert "research software" in made.SeriesDescription
    with pytest.raises(UsageError, match="is there already"):
        write_picture(tmp_path / "a.dcm", picture, tmp_path / "s")


def test_other_pixels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PixelError, match="8 bits"):
        write_picture(tmp_path / "a.dcm", np.zeros((2, 5, 7), np.uint8), tmp_path)
    with pytest.raises(PixelError, match="8 bits"):
        write_picture(tmp_path / "a.dcm", np.zeros((1, 5, 7), np.uint16), tmp_path)
