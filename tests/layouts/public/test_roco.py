"""ROCO and ROCOv2 in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]


def test_the_first_form(tmp_path: Path, paint: Write, text: Write) -> None:
    text("train/radiology/captions.txt", "ROCO_1\t Chest film.", "ROCO_2\t Gone.", "broken")
    text("train/radiology/cuis.txt", "ROCO_1\tC001\tC002")
    text("train/radiology/keywords.txt", "ROCO_1\tchest\tfilm")
    text("train/radiology/licences.txt", "ROCO_1\tPMC123_F1.jpg\tCC BY")
    text("validation/non-radiology/captions.txt", "ROCO_3\tA photo.")
    paint("train/radiology/images/ROCO_1.jpg")
    paint("validation/non-radiology/images/ROCO_3.jpg")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "ROCO"
    by_id = held.by_id
    one, three = by_id["ROCO_1"], by_id["ROCO_3"]
    assert (one.captions, one.subject, one.split, three.split) == (("Chest film.",), "PMC123", "train", "val")
    assert one.labels == {"kind": "radiology", "concepts": "C001 C002", "keywords": "chest film"}
    assert one.source is not None
    assert (one.source.licence, three.labels) == ("CC BY", {"kind": "non-radiology"})
    assert held.skipped == ("train/radiology caption 2: image train/radiology/images/ROCO_2.jpg is missing",)


def test_the_second_form(tmp_path: Path, paint: Write, text: Write) -> None:
    text("test_captions.csv", "ID,Caption", 'R_test_1,"CT, axial."', "R_test_2,Gone.")
    text("test_concepts.csv", "ID,CUIs", "R_test_1,C001;C002")
    text("license_information.csv", "ID,PMCID,License", "R_test_1,PMC9,CC BY-NC")
    paint("test/R_test_1.jpg")
    (study,) = open_folder(tmp_path)
    assert (study.captions, study.split, study.subject) == (("CT, axial.",), "test", "PMC9")
    assert study.labels == {"concepts": "C001 C002"}
    assert study.source is not None
    assert study.source.licence == "CC BY-NC"
