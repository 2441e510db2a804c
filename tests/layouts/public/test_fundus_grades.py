"""EyePACS, MESSIDOR and IDRiD in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]


def test_eyepacs_names_patient_and_eye(tmp_path: Path, paint: Write, text: Write) -> None:
    text("trainLabels.csv", "image,level", "10_left,2", "10_right,0", "13_left,0")
    text("retinopathy_solution.csv", "image,level,Usage", "1_left,4,Private")
    for name in ("train/10_left", "train/10_right", "test/1_left"):
        paint(f"{name}.jpeg")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "fundus grades"
    assert held.header.name.startswith("EyePACS")
    by_id = held.by_id
    left = by_id["10_left"]
    assert (left.subject, left.split, by_id["10_right"].subject, by_id["1_left"].split) == ("10", "train", "10", "test")
    assert left.labels == {"eye": "left", "retinopathy grade": 2, "retinopathy": "moderate"}
    assert left.images[0].modality == "OP"
    assert held.skipped == ("trainLabels.csv line 4: image 13_left is missing",)


def test_idrid_has_the_same_names_in_both_sets(tmp_path: Path, paint: Write, text: Write) -> None:
    for word, grade in (("Training", 3), ("Testing", 0)):
        columns = "Image name,Retinopathy grade,Risk of macular edema ,,"
        text(f"2. Groundtruths/a. IDRiD_Disease Grading_{word} Labels.csv", columns, f"IDRiD_001,{grade},2,,")
        paint(f"1. Original Images/{word} Set/IDRiD_001.jpg", size=(grade + 2, 4))
    held = open_folder(tmp_path)
    assert held.header.name == "IDRiD grading"
    test, train = held.by_id["test-IDRiD_001"], held.by_id["train-IDRiD_001"]
    assert (test.labels["retinopathy grade"], train.labels["retinopathy grade"]) == (0, 3)
    assert (test.images[0].pixels.shape[1], train.images[0].pixels.shape[1]) == (2, 5)
    assert (test.split, train.split, train.labels["macular edema"]) == ("test", "train", 2)
    assert (train.subject, test.subject) == ("train-IDRiD_001", "test-IDRiD_001")


def test_messidor_and_its_second(tmp_path: Path, paint: Write, text: Write) -> None:
    text("Base11.csv", "Image name;Ophthalmologic department;Retinopathy grade".replace(";", ","), "a.tif,X,3")
    text(
        "messidor_data.csv",
        "image_id,adjudicated_dr_grade,adjudicated_dme,adjudicated_gradable",
        "b.png,1,0,1",
        "c.png,,,0",
    )
    for name in ("a.tif", "b.png", "c.png"):
        paint(name)
    by_id = open_folder(tmp_path).by_id
    assert by_id["a"].labels == {"retinopathy grade": 3}
    assert by_id["b"].labels == {"retinopathy grade": 1, "macular edema": 0, "gradable": True}
    assert by_id["c"].labels == {"gradable": False}
