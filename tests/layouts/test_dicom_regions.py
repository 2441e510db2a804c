"""Which image an object speaks of: by its files, its series, its frame of reference, or none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from polyclinic.errors import ReadError
from polyclinic.layouts.dicom_regions import has_regions, regions_of
from polyclinic.readers.dicom.heads import read_one
from polyclinic.readers.dicom.series import find
from polyclinic.study import Mask, Region
from polyclinic.writers.dicom_seg import write_segmentation

Series = Callable[..., list[Path]]
VALUES = np.arange(24, dtype=np.int16).reshape(3, 2, 4)


def test_it_is_found_by_its_files_then_by_its_place(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "a", VALUES)
    write_series(tmp_path / "b", VALUES, SeriesInstanceUID="1.2.3.5")
    write_series(tmp_path / "far", VALUES, SeriesInstanceUID="1.2.3.6", FrameOfReferenceUID="1.2.8")
    mask = Region("it", mask=Mask.from_array(VALUES == 9))
    write_segmentation(tmp_path / "s.dcm", [mask], tmp_path / "b")
    head = read_one(tmp_path / "s.dcm")
    assert has_regions(head)
    a, b, far = (find(tmp_path / name) for name in ("a", "b", "far"))
    assert regions_of(head, [a, b]).regions[0].image == 1
    assert (regions_of(head, [far, a]).regions[0].array == (VALUES == 9)).all()
    with pytest.raises(ReadError, match="speaks of 0 images"):
        regions_of(head, [far])
    with pytest.raises(ReadError, match="speaks of 2 images"):
        regions_of(head, [a, a])


def test_an_image_has_no_regions(tmp_path: Path, write_series: Series) -> None:
    (path, *_) = write_series(tmp_path, VALUES)
    assert not has_regions(read_one(path))
