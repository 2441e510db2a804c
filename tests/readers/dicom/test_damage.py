"""Damaged objects of every kind are read or refused with a reason, never anything else, and name nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyclinic.curate.deidentify import deidentify
from polyclinic.errors import PolyclinicError
from polyclinic.layouts import open_folder
from polyclinic.readers.dicom.directory import read_directory
from polyclinic.readers.dicom.grid import Grid
from polyclinic.readers.dicom.rtstruct import read_structures
from polyclinic.readers.dicom.seg import read_segmentation
from polyclinic.readers.dicom.series import find
from polyclinic.readers.dicom.sr import read_measurements
from polyclinic.readers.dicom.targets import Target, target_of
from polyclinic.study import Mask, Region
from polyclinic.writers.dicom_seg import write_segmentation
from polyclinic.writers.dicom_sr import write_measurements

VALUES = np.arange(24, dtype=np.int16).reshape(3, 2, 4)


@pytest.fixture
def objects(tmp_path: Path, write_series: Callable[..., list[Path]]) -> tuple[dict[str, bytes], Target]:
    """A slice, a segmentation and a report of one series, as bytes."""
    folder = tmp_path / "objects"
    paths = write_series(folder / "s", VALUES)
    mask = Region("it", mask=Mask.from_array(VALUES > 9))
    write_segmentation(folder / "seg.dcm", [mask], folder / "s")
    write_measurements(folder / "sr.dcm", [Region("box", box=(0, 0, 0, 1, 1, 2))], folder / "s")
    made = {"slice": paths[0], "seg": folder / "seg.dcm", "sr": folder / "sr.dcm"}
    return {name: path.read_bytes() for name, path in made.items()}, target_of(find(folder / "s"))


def tried(read: Callable[[], Any]) -> None:
    told = ""
    try:
        read()
    except PolyclinicError as error:
        told = f"{error} {error.hint}"
    assert "Jane" not in told


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["slice", "seg", "sr"]), share=st.floats(0, 1), flip=st.integers(1, 255), cut=st.booleans())
def test_damage(
    tmp_path: Path, objects: tuple[dict[str, bytes], Target], kind: str, share: float, flip: int, cut: bool
) -> None:
    held, target = objects
    data = bytearray(held[kind])
    place = int(share * (len(data) - 1))
    data[place] ^= flip
    folder = tmp_path / "damaged"
    folder.mkdir(exist_ok=True)
    path = folder / "a.dcm"
    path.write_bytes(data[:place] if cut else data)
    grid = target.grid or Grid((1, 1, 1), ())
    tried(lambda: read_segmentation(path, grid))
    tried(lambda: read_segmentation(path))
    tried(lambda: read_measurements(path, target))
    tried(lambda: read_structures(path, grid))
    tried(lambda: read_directory(path))
    tried(lambda: open_folder(folder))
    tried(lambda: deidentify(folder, tmp_path / f"out-{kind}-{place}-{flip}-{cut}"))
