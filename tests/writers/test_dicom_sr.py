"""Measurements out and in again: numbers, answers, boxes, points, and what does not belong in a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from polyclinic.errors import ReadError, UsageError
from polyclinic.readers.dicom.series import find, series_of
from polyclinic.readers.dicom.sr import read_measurements
from polyclinic.readers.dicom.targets import target_of
from polyclinic.study import Mask, Region
from polyclinic.writers.dicom_sr import write_measurements

Series = Callable[..., list[Path]]
VALUES = np.zeros((4, 8, 8), np.int16)
REGIONS = (
    Region("lesion", box=(1.0, 2.0, 1.0, 5.0, 6.5, 3.0), attributes={"Diameter [mm]": 12.5, "margin": "spiculated"}),
    Region("ends", points=((1.0, 2.0, 3.0), (4.5, 5.0, 3.0)), attributes={"Length [mm]": 4.0, "count": 2.0}),
    Region("Liver", attributes={"Volume [ml]": 1500.0, "type": "SCT:10200004 Liver"}),
)


def test_regions_come_back_with_all_that_was_measured(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES)
    write_measurements(tmp_path / "a.dcm", REGIONS, tmp_path / "s")
    found = read_measurements(tmp_path / "a.dcm", target_of(find(tmp_path / "s")))
    assert found.elsewhere == 0
    for region, wanted in zip(found.regions, REGIONS, strict=True):
        assert (region.name, region.box, region.points) == (wanted.name, wanted.box, wanted.points)
        assert wanted.attributes.items() <= region.attributes.items()


def test_it_belongs_to_its_source_and_says_what_it_is(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES)
    write_measurements(tmp_path / "a.dcm", REGIONS, tmp_path / "s")
    made = pydicom.dcmread(tmp_path / "a.dcm")
    assert (made.PatientID, made.StudyInstanceUID, made.Modality) == ("p1", "1.2.3", "SR")
    assert "research software" in made.SeriesDescription
    assert (made.CompletionFlag, made.VerificationFlag) == ("PARTIAL", "UNVERIFIED")


def test_a_box_on_a_picture_has_four_numbers(tmp_path: Path, write_series: Series) -> None:
    (path,) = write_series(tmp_path / "s", VALUES[:1], ImagePositionPatient=None)
    write_measurements(tmp_path / "a.dcm", [Region("n", box=(0.0, 1.0, 2.0, 3.0))], path)
    (region,) = read_measurements(tmp_path / "a.dcm", target_of(series_of([path])[0][0])).regions
    assert region.box == (0, 1, 2, 3)


def test_coordinates_in_another_image_are_counted_and_left_out(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES)
    write_series(tmp_path / "t", VALUES, SeriesInstanceUID="1.2.3.5")
    write_measurements(tmp_path / "a.dcm", REGIONS, tmp_path / "s")
    found = read_measurements(tmp_path / "a.dcm", target_of(find(tmp_path / "t")))
    assert (found.elsewhere, found.regions[0].box, found.regions[0].attributes["Diameter [mm]"]) == (2, None, 12.5)
    assert read_measurements(tmp_path / "a.dcm").elsewhere == 0


def test_a_polygon_is_filled(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES)
    write_measurements(tmp_path / "a.dcm", [Region("n", box=(0.0, 0.0, 2.0, 4.0, 4.0, 3.0))], tmp_path / "s")
    data = pydicom.dcmread(tmp_path / "a.dcm")
    (shape,) = [item for item in walk(data) if item.get("ValueType") == "SCOORD"]
    shape.GraphicData = [0, 0, 4, 0, 0, 4, 0, 0]
    data.save_as(tmp_path / "b.dcm")
    (region,) = read_measurements(tmp_path / "b.dcm", target_of(find(tmp_path / "s"))).regions
    assert region.box is None
    assert region.array[2].sum() == region.array.sum() == 6  # the centres strictly above the diagonal of 4 x 4


def walk(item: pydicom.Dataset) -> list[pydicom.Dataset]:
    return [item, *(deep for child in item.get("ContentSequence") or () for deep in walk(child))]


def test_what_does_not_belong_in_a_report_is_refused(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES)
    out = tmp_path / "a.dcm"
    with pytest.raises(UsageError, match="has a mask and no box"):
        write_measurements(out, [Region("n", mask=Mask.from_array(VALUES == 0))], tmp_path / "s")
    with pytest.raises(UsageError, match="no region"):
        write_measurements(out, [], tmp_path / "s")
    with pytest.raises(UsageError, match="covers the slices 3 to 4"):
        write_measurements(out, [Region("n", box=(0, 0, 3, 1, 1, 5))], tmp_path / "s")
    with pytest.raises(UsageError, match="slice 9"):
        write_measurements(out, [Region("n", points=((0, 0, 9),))], tmp_path / "s")
    with pytest.raises(ReadError, match="no structured report"):
        read_measurements(tmp_path / "s" / "000.dcm")
    assert not out.exists()
