"""Chest ImaGenome's scene graphs in miniature."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]
IMAGE = "files/p10/p1000/s5/aa.jpg"


def graph() -> dict[str, Any]:
    sides = {"original_x1": 1, "original_y1": 2, "original_x2": 5, "original_y2": 4}
    return {
        "image_id": "aa",
        "patient_id": 1000,
        "study_id": 5,
        "viewpoint": "AP",
        "gender": "F",
        "reason_for_exam": "Cough.",
        "StudyDateTime": "2150-01-02 10:00:00 UTC",
        "objects": [{"bbox_name": "right lung", **sides}, {"bbox_name": "left lung", "x1": 1, "y1": 1}],
        "attributes": [
            {
                "bbox_name": "right lung",
                "attributes": [
                    ["anatomicalfinding|yes|lung opacity", "severity|yes|mild", "nlp|yes|abnormal"],
                    ["anatomicalfinding|no|pleural effusion", "technicalassessment|yes|rotated"],
                    ["anatomicalfinding|no|lung opacity"],
                ],
                "phrases": ["Mild right opacity.", "No effusion."],
            },
            {
                "bbox_name": "left lung",
                "attributes": [["disease|yes|pneumonia", "texture|yes|patchy"]],
                "phrases": ["P."],
            },
        ],
        "relationships": [
            {
                "bbox_name": "left lung",
                "relationship_names": ["comparison|yes|worsened"],
                "attributes": ["disease|yes|pneumonia"],
                "object_id": "zz_left lung",
            },
            {
                "bbox_name": "right lung",
                "relationship_names": ["comparison|yes|worsened", "comparison|yes|improved"],
                "attributes": ["anatomicalfinding|no|pleural effusion"],
            },
        ],
    }


@pytest.fixture
def folder(tmp_path: Path, text: Write) -> Path:
    text("silver_dataset/scene_graph/aa_SceneGraph.json", json.dumps(graph()))
    text("silver_dataset/scene_graph/bb_SceneGraph.json", "{")
    text("silver_dataset/scene_graph/cc_SceneGraph.json", "{}")
    text("silver_dataset/splits/valid.csv", "subject_id,study_id,dicom_id", "1000,5,aa")
    return tmp_path


def test_regions_findings_and_change(folder: Path, paint: Write) -> None:
    paint(IMAGE)
    held = open_folder(folder)
    assert recognise(folder).layout.NAME == "Chest ImaGenome"
    (study,) = held
    assert (study.id, study.subject, study.split, study.labels) == ("aa", "p1000", "val", {"sex": "F"})
    assert (study.images[0].path, study.images[0].view, study.images[0].time_days) == (IMAGE, "AP", 0.0)
    assert [(r.name, r.kind, r.box) for r in study.regions] == [("right lung", "organ", (1.0, 2.0, 5.0, 4.0))]
    opacity, effusion, pneumonia = study.findings
    assert (opacity.name, opacity.present) == ("lung opacity", None)
    assert (effusion.name, effusion.present, effusion.change) == ("effusion", False, None)
    assert effusion.region is not None
    assert (effusion.region.name, effusion.region.text) == ("right lung", "No effusion.")
    assert (pneumonia.present, pneumonia.change, pneumonia.region) == (True, "worse", None)
    assert pneumonia.attributes == {"texture": "patchy"}
    assert len(held.skipped) == 3
    assert "no box of left lung" in "\n".join(held.skipped)


def test_without_images_the_graphs_still_stand(folder: Path) -> None:
    held = open_folder(folder)
    (study,) = held
    assert (study.images, len(study.findings)) == ((), 3)
    assert "1 scene graphs come without their image" in str(held.header.note)
