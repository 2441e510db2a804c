"""MIMIC-CXR-JPG in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]
FOLDER = "files/p10/p10000032"


@pytest.fixture
def tables(text: Write) -> None:
    text(
        "mimic-cxr-2.0.0-metadata.csv.gz",
        "dicom_id,subject_id,study_id,ViewPosition,StudyDate,StudyTime",
        "aa,10000032,50000002,PA,21800506,120000.000",
        "bb,10000032,50000002,LATERAL,21800506,120100.000",
        "cc,10000032,50000001,AP,21800501,0",
        "dd,10000033,50000003,AP,21800501,0",
    )
    text(
        "mimic-cxr-2.0.0-split.csv.gz",
        "dicom_id,study_id,subject_id,split",
        "aa,50000002,10000032,validate",
        "bb,50000002,10000032,validate",
        "cc,50000001,10000032,validate",
    )
    text(
        "mimic-cxr-2.0.0-chexpert.csv.gz",
        "subject_id,study_id,Atelectasis,Edema,No Finding,Pleural Effusion,Pneumonia",
        "10000032,50000002,1.0,-1.0,,0.0,",
        "10000032,50000001,,,1.0,,",
        "10000099,50000099,1.0,,,,",
    )


def test_an_examination_has_images_report_and_findings(tmp_path: Path, paint: Write, text: Write, tables: None) -> None:
    for name in ("s50000002/aa", "s50000002/bb", "s50000001/cc"):
        paint(f"{FOLDER}/{name}.jpg")
    text(f"{FOLDER}/s50000002.txt", " FINAL REPORT", " INDICATION: Cough.", " IMPRESSION:", " Small", " effusion.")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "MIMIC-CXR-JPG"
    first, second = held
    assert (first.id, second.id, second.prior, second.subject) == ("s50000001", "s50000002", "s50000001", "p10000032")
    assert [(image.view, image.modality) for image in second.images] == [("PA", "DX"), ("LATERAL", "DX")]
    assert second.images[0].time_days == pytest.approx(5.5)
    assert {f.name: f.present for f in second.findings} == {"atelectasis": True, "edema": None, "effusion": False}
    assert (first.findings, first.labels) == ((), {"no finding": True})
    assert second.report is not None
    assert second.report.sections == {"indication": "Cough.", "impression": "Small effusion."}
    assert (first.report, first.split, second.split) == (None, "val", "val")
    assert "1 examinations have no report" in str(held.header.note)
    assert len(held.skipped) == 1
    assert "line 5" in held.skipped[0]


def test_without_images_it_says_where_to_apply(tmp_path: Path, tables: None) -> None:
    with pytest.raises(LayoutError, match="none of its images") as caught:
        open_folder(tmp_path)
    assert "credentialed PhysioNet account" in str(caught.value.hint)


def test_reports_and_negbio_are_found_where_they_may_lie(tmp_path: Path, paint: Write, text: Write) -> None:
    text(
        "mimic-cxr-2.0.0-metadata.csv", "dicom_id,subject_id,study_id,ViewPosition,StudyDate,StudyTime", "a,1000,2,PA,,"
    )
    text("mimic-cxr-2.0.0-negbio.csv", "subject_id,study_id,Pneumonia", "1000,2,-1.0")
    paint("p10/p1000/s2/a.jpg")
    text("mimic-cxr-reports/files/p10/p1000/s2.txt", "Lungs are clear.")
    (study,) = open_folder(tmp_path)
    assert study.report is not None
    assert study.report.sections == {"report": "Lungs are clear."}
    assert [f.present for f in study.findings] == [None]
    assert study.images[0].time_days is None
