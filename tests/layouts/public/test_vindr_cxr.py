"""VinDr-CXR in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]


def test_readers_agree_or_not(tmp_path: Path, paint: Write, text: Write) -> None:
    text(
        "annotations/image_labels_train.csv",
        "image_id,rad_id,Aortic enlargement,Pleural effusion,Pneumonia,No finding",
        "a,R1,1,0,1,0",
        "a,R2,1,0,0,0",
        "a,R3,1,0,1,0",
    )
    text(
        "annotations/annotations_train.csv",
        "image_id,rad_id,class_name,x_min,y_min,x_max,y_max",
        "a,R1,Aortic enlargement,1,1,4,3.5",
        "a,R2,Aortic enlargement,1,1,4,4",
        "a,R2,Other lesion,1,,4,4",
        "gone,R2,Nodule/Mass,1,1,4,4",
        "gone,R3,Nodule/Mass,1,1,4,4",
    )
    text("annotations/image_labels_test.csv", "image_id,Pneumonia,Other disease", "b,1,0")
    text("annotations/annotations_test.csv", "image_id,class_name,x_min,y_min,x_max,y_max", "b,No finding,,,,")
    paint("train/a.png")
    paint("test/b.png")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "VinDr-CXR"
    a, b = held
    assert {f.name: f.present for f in a.findings} == {"aortic enlargement": True, "effusion": False, "pneumonia": None}
    assert a.findings[2].attributes == {"readers": "2 of 3"}
    assert [(r.name, r.box, r.attributes["reader"]) for r in a.regions] == [
        ("aortic enlargement", (1.0, 1.0, 4.0, 3.5), "R1"),
        ("aortic enlargement", (1.0, 1.0, 4.0, 4.0), "R2"),
    ]
    assert {f.name: f.present for f in b.findings} == {"pneumonia": True, "other diseases": False}
    assert (b.regions, a.split, b.split) == ((), "train", "test")
    assert held.skipped == (
        "annotations_train.csv line 4: no box",
        "annotations_train.csv line 5: image train/gone.dicom is missing",
    )


def test_the_competitions_table_is_read(tmp_path: Path, paint: Write, text: Write) -> None:
    text("train.csv", "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max", "a,Nodule/Mass,8,R9,1,2,3,4")
    paint("train/a.png")
    (study,) = open_folder(tmp_path)
    assert [(r.name, r.box) for r in study.regions] == [("nodule/mass", (1.0, 2.0, 3.0, 4.0))]
    assert study.findings == ()
