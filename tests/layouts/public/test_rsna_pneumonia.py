"""RSNA's challenge in miniature."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, film: Write, text: Write) -> Path:
    text(
        "stage_2_train_labels.csv",
        "patientId,x,y,width,height,Target",
        "a,1.0,2.0,3.0,2.0,1",
        "a,4.0,2.0,1.0,1.0,1",
        "b,,,,,0",
        "gone,,,,,0",
        "b,,,,,1",
    )
    text("stage_2_detailed_class_info.csv", "patientId,class", "a,Lung Opacity", "b,No Lung Opacity / Not Normal")
    film("stage_2_train_images/a.dcm")
    film("stage_2_train_images/b.dcm")
    film("stage_2_test_images/t.dcm")
    return tmp_path


def test_boxes_classes_and_the_unlabelled_test(folder: Path) -> None:
    held = open_folder(folder)
    assert recognise(folder).layout.NAME == "RSNA pneumonia"
    a, b, t = held
    assert [r.box for r in a.regions] == [(1.0, 2.0, 4.0, 4.0), (4.0, 2.0, 5.0, 3.0)]
    assert [f.present for f in a.findings] == [True]
    assert (a.labels, b.labels) == ({"class": "Lung Opacity"}, {"class": "No Lung Opacity / Not Normal"})
    assert [study.split for study in (a, b, t)] == ["train", "train", "test"]
    assert (t.findings, t.subject, a.images[0].modality) == ((), "t", "CR")
    assert held.skipped == (
        "stage_2_train_labels.csv line 5: image stage_2_train_images/gone.dcm is missing",
        "stage_2_train_labels.csv line 6: no box",
    )


def test_the_mapping_names_the_patients(folder: Path) -> None:
    mapping = [{"subset_img_id": name, "img_id": f"0000000{i // 2}_00{i}.png"} for i, name in enumerate("abt")]
    (folder / "pneumonia-challenge-dataset-mappings_2018.json").write_text(json.dumps(mapping))
    assert [study.subject for study in open_folder(folder)] == ["00000000", "00000000", "00000001"]
