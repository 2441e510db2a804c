"""Headers in bulk: what is DICOM, what is an image, and what is passed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from polyclinic.readers.dicom.heads import read_one, safe_uid, scan

Series = Callable[..., list[Path]]
VALUES = np.zeros((2, 2, 2), np.int16)


def test_files_are_told_by_content_and_faults_are_counted(tmp_path: Path, write_series: Series) -> None:
    good, bad = write_series(tmp_path, VALUES)
    good.rename(tmp_path / "IM0001")
    bad.write_bytes(bad.read_bytes()[:300])
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "empty.dcm").write_bytes(b"")
    found = scan(sorted(tmp_path.iterdir()))
    assert [head.path.name for head in found.heads] == ["IM0001"]
    assert (len(found.refused), found.foreign) == (2, 1)


def test_pixels_and_names_are_not_read(tmp_path: Path, write_series: Series) -> None:
    head = read_one(write_series(tmp_path, VALUES)[0])
    assert head.is_image
    assert head.plane is not None
    assert "PixelData" not in head.data
    assert "PatientName" not in head.data


def test_several_values_become_one_text(tmp_path: Path, write_series: Series) -> None:
    head = read_one(write_series(tmp_path, VALUES, ImageType=["ORIGINAL", "PRIMARY"])[0])
    assert (head.text("ImageType"), head.text("EchoTime")) == ("ORIGINAL PRIMARY", "")


def test_uids_are_kept_and_anything_else_is_hashed() -> None:
    assert safe_uid("1.2.840.1") == "1.2.840.1"
    assert "Doe" not in safe_uid("Doe^Jane")
