"""SLAKE in miniature."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]
LIVER = np.pad(np.full((2, 3), 3, np.uint8), ((2, 2), (1, 4)))


def entry(image: int, question: str, answer: str, language: str = "en", kind: str = "OPEN") -> dict[str, object]:
    told = {"img_id": image, "img_name": f"xmlab{image}/source.jpg", "question": question, "answer": answer}
    return told | {
        "q_lang": language,
        "location": "Abdomen",
        "modality": "CT",
        "answer_type": kind,
        "content_type": "Organ",
    }


@pytest.fixture
def folder(tmp_path: Path, paint: Write, text: Write) -> Path:
    text(
        "train.json",
        json.dumps(
            [
                entry(1, "Is this the liver?", "Yes", kind="CLOSED"),
                entry(1, "\u8fd9\u662f\u4ec0\u4e48?", "\u809d\u810f", "zh"),
                entry(7, "What?", "Liver"),
            ]
        ),
    )
    text("validate.json", json.dumps([entry(2, "What?", "Liver")]))
    for name in ("xmlab1", "xmlab2"):
        paint(f"imgs/{name}/source.jpg")
    paint("imgs/xmlab1/mask.png", LIVER)
    paint("imgs/xmlab2/mask.png", LIVER[:3])
    text("imgs/xmlab1/detection.json", json.dumps([{"Liver": [1, 2.5, 3, 2]}, {"Lung": [1, 2, 3]}]))
    text("imgs/xmlab2/detection.json", "{")
    text("mask.txt", "Organs", "Liver:3", "4 Right Lung")
    return tmp_path


def test_questions_boxes_and_masks(folder: Path) -> None:
    held = open_folder(folder)
    assert recognise(folder).layout.NAME == "SLAKE"
    one, two = held
    assert (one.id, one.subject, one.split, two.split) == ("xmlab1", "xmlab1", "train", "val")
    assert [(t.language, t.kind, t.topic) for t in one.turns] == [("en", "closed", "Organ"), ("zh", "open", "Organ")]
    assert (one.images[0].modality, one.labels) == ("CT", {"organ": "Abdomen"})
    box, mask = one.regions
    assert (box.name, box.kind, box.box) == ("liver", "organ", (1.0, 2.5, 4.0, 4.5))
    assert (mask.name, mask.kind, int(mask.array.sum())) == ("liver", "organ", 6)
    told = "\n".join(held.skipped)
    for part in (
        "xmlab7/source.jpg is missing",
        "Lung has no box",
        "detection.json: ",
        "xmlab2/mask.png is 3x8",
    ):
        assert part in told
    assert len(held.skipped) == 4


def test_values_without_names_keep_their_number(folder: Path, paint: Write) -> None:
    (folder / "mask.txt").unlink()
    paint("imgs/xmlab2/mask.png", np.where(LIVER, 4, 0).astype(np.uint8))
    names = {r.name for s in open_folder(folder) for r in s.regions if r.mask}
    assert names == {"label 3", "label 4"}
