"""PadChest in miniature."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]
COLUMNS = (
    "x ImageID ImageDir StudyDate_DICOM StudyID PatientID PatientSex_DICOM ViewPosition_DICOM Projection MethodLabel "
    "Report Labels LabelsLocalizationsBySentence"
)

PLACES = "[['pleural effusion', 'loc left', 'loc basal'], ['mass']]"


@pytest.fixture
def folder(tmp_path: Path, paint: Write) -> Path:
    said = ("Physician", "derrame izquierd .", "['pleural effusion', 'mass']")
    rows = [
        ("a.png", "0", "20140915", "s2", "p1", "M", "POSTEROANTERIOR", "PA", *said, PLACES),
        ("b.png", "0", "20140915.0", "s2", "p1", "M", "LATERAL", "L", *said, "broken"),
        ("c.png", "3", "20140901", "s1", "p1", "M", "", "PA", "RNN_model", "", "['normal', 'unchanged', '']", "[]"),
        ("d.png", "3", "20140901", "s1", "p1", "M", "", "PA", "RNN_model", "", "['normal']", "[]"),
    ]
    with (tmp_path / "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv").open("w", newline="") as out:
        csv.writer(out).writerows([COLUMNS.split(), *([i, *row] for i, row in enumerate(rows))])
    for path in ("0/a.png", "0/b.png", "c.png"):
        paint(path)
    return tmp_path


def test_examinations_with_spanish_reports(folder: Path) -> None:
    held = open_folder(folder)
    assert recognise(folder).layout.NAME == "PadChest"
    first, second = held
    assert (first.id, second.id, second.prior) == ("s1", "s2", "s1")
    assert [(image.view, image.time_days) for image in second.images] == [("PA", 14.0), ("LL", 14.0)]
    assert second.report is not None
    assert (second.report.language, second.report.sections) == ("es", {"report": "derrame izquierd ."})
    assert {f.name: f.present for f in second.findings} == {"effusion": True, "mass": True}
    assert (first.report, first.findings) == (None, ())
    assert first.labels == {"sex": "M", "label method": "RNN_model", "no finding": True, "unchanged": True}
    assert len(held.skipped) == 1


def test_the_place_of_a_finding_is_in_its_sentence(folder: Path) -> None:
    (folder / "0/b.png").unlink()
    findings = {f.name: f for f in open_folder(folder).by_id["s2"].findings}
    assert findings["effusion"].attributes == {"location": "left; basal"}
    assert findings["mass"].attributes == {}
