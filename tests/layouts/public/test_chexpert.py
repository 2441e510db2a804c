"""CheXpert in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]
COLUMNS = "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Edema,Pleural Effusion"


def test_findings_are_present_absent_uncertain_or_left_out(tmp_path: Path, paint: Write, text: Write) -> None:
    root = "CheXpert-v1.0-small"
    text(
        "train.csv",
        COLUMNS,
        f"{root}/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,,,-1.0,1.0",
        f"{root}/train/patient00001/study1/view2_lateral.jpg,Female,68,Lateral,,,,-1.0,1.0",
        f"{root}/train/patient00002/study1/view1_frontal.jpg,Unknown,0,Frontal,PA,1.0,0.0,,",
        f"{root}/train/patient00003/study1/view1_frontal.jpg,Male,1,Frontal,PA,1.0,0.0,,",
        "../../outside/patient00004/study1/view1_frontal.jpg,Male,1,Frontal,PA,1.0,0.0,,",
    )
    text("valid.csv", COLUMNS, f"{root}/valid/patient9/study1/view1_frontal.jpg,Male,50,Frontal,AP,0.0,0.0,1.0,0.0")
    for spot in ("train/patient00001/study1/view1_frontal", "train/patient00001/study1/view2_lateral"):
        paint(f"{spot}.jpg")
    paint("train/patient00002/study1/view1_frontal.jpg")
    paint("valid/patient9/study1/view1_frontal.jpg")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "CheXpert"
    one, two, nine = held
    assert (one.id, one.subject, one.split, nine.split) == ("patient00001-study1", "patient00001", "train", "val")
    assert [image.view for image in one.images] == ["AP", "LL"]
    assert {f.name: f.present for f in one.findings} == {"edema": None, "effusion": True}
    assert one.labels == {"sex": "Female", "age": 68}
    assert {f.name: f.present for f in two.findings} == {"enlarged cardiomediastinum": False}
    assert two.labels == {"age": 0, "no finding": True}
    assert "no finding" not in nine.labels
    assert len(held.skipped) == 2
    assert "line 5" in held.skipped[0]
    assert "line 6" in held.skipped[1]
