"""HAM10000 and ISIC's challenges in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]


def test_lesions_are_subjects(tmp_path: Path, paint: Write, text: Write) -> None:
    text(
        "HAM10000_metadata.csv",
        "lesion_id,image_id,dx,dx_type,age,sex,localization",
        "HAM_1,ISIC_01,bkl,histo,80.0,male,scalp",
        "HAM_1,ISIC_02,bkl,histo,80.0,male,unknown",
        "HAM_2,ISIC_03,mel,histo,,female,back",
    )
    paint("HAM10000_images_part_1/ISIC_01.jpg")
    paint("HAM10000_images_part_2/ISIC_02.jpg")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "ISIC"
    one, two = held
    assert (one.id, one.subject, two.subject, one.split) == ("ISIC_01", "HAM_1", "HAM_1", None)
    assert one.labels == {
        "diagnosis": "benign keratosis",
        "sex": "male",
        "age": 80,
        "site": "scalp",
        "confirmed by": "histo",
    }
    assert "site" not in two.labels
    assert held.skipped == ("HAM10000_metadata.csv line 4: image ISIC_03 is missing",)


def test_tables_are_joined_and_patients_go_before_lesions(tmp_path: Path, paint: Write, text: Write) -> None:
    text("ISIC_2019_Training_GroundTruth.csv", "image,MEL,NV,UNK", "ISIC_1,1.0,0.0,0.0", "ISIC_2,0.0,0.0,1.0")
    text("ISIC_2019_Training_Metadata.csv", "image,age_approx,lesion_id,sex", "ISIC_1,55.0,L1,female", "ISIC_2,,,")
    text("train.csv", "image_name,patient_id,lesion_id,diagnosis", "ISIC_3,IP_1,L9,nevus", "ISIC_1,IP_2,L1,melanoma")
    for name in ("ISIC_1", "ISIC_2", "ISIC_3"):
        paint(f"images/{name}.jpg")
    by_id = open_folder(tmp_path).by_id
    assert by_id["ISIC_1"].labels == {"diagnosis": "melanoma", "age": 55, "sex": "female"}
    assert by_id["ISIC_2"].labels == {}
    assert [by_id[f"ISIC_{i}"].subject for i in (1, 2, 3)] == ["IP_2", "ISIC_2", "IP_1"]
    assert by_id["ISIC_1"].split == "train"


def test_other_tables_with_images_are_not_taken(tmp_path: Path, paint: Write, text: Write) -> None:
    text("data.csv", "image,lesion_id,label", "a.png,L1,x")
    paint("a.png")
    assert recognise(tmp_path).layout.NAME == "table"
