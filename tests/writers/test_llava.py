"""LLaVA: turns and derived instructions as conversations, read back by our layout."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from polyclinic.curate.instructions import Survey
from polyclinic.layouts import open_folder, recognise
from polyclinic.store.collection import Collection
from polyclinic.study import Report, Study, Turn
from polyclinic.writers.account import Written
from polyclinic.writers.llava import conversation, write


def test_there_and_back(tmp_path: Path, held: Collection) -> None:
    written = write(held, tmp_path / "out")
    assert recognise(tmp_path / "out").layout.NAME == "conversations"
    back = open_folder(tmp_path / "out")
    assert (written.studies, back.skipped) == (3, ())
    one = back.by_id["one"]
    assert [(turn.question, turn.answer) for turn in one.turns] == [
        ("Is it round?", "yes"),
        ("Is there mole?", "yes"),
        ("What is the site?", "arm"),
        ("What is the smoker?", "yes"),
        ("Write a report of this image.", "findings: A mole.\nimpression: Benign."),
    ]
    assert (one.images[0].pixels == held.by_id["one"].images[0].pixels).all()


def test_the_form_of_a_record(tmp_path: Path, held: Collection) -> None:
    write(held, tmp_path / "out")
    (one,) = json.loads((tmp_path / "out/train.json").read_text())
    two, three = json.loads((tmp_path / "out/test.json").read_text())
    assert (one["id"], one["image"]) == ("one", "images/one.png")
    assert one["conversations"][:2] == [
        {"from": "human", "value": "<image>\nIs it round?"},
        {"from": "gpt", "value": "yes"},
    ]
    assert two["image"] == ["images/two.png", "images/two.1.png"]
    assert two["conversations"][0]["value"].startswith("<image>\n<image>\n")
    assert "<image>" not in two["conversations"][2]["value"]
    assert three["image"] == "images/three.png"


def test_what_has_no_words_is_counted(tmp_path: Path, held: Collection) -> None:
    told = write(held, tmp_path / "out").lines()
    assert "1 x instruction: points at a place (first: two)" in told
    assert any("asks for a mask" in line for line in told)
    assert any("asks for a box" in line for line in told)


def test_languages_priors_and_silence() -> None:
    written = Written()
    report = Report({"findings": "正常"}, "zh")
    turns = (Turn("Is it larger?", "yes", prior=True), Turn("Where?", "left"), Turn("Where?", "left"))
    study = Study("a", "a", report=report, turns=turns, prior="b")
    assert conversation(study, Survey(), written) == [
        ("Where?", "left"),
        ("请为这张图像写一份报告。", "findings: 正常"),
    ]
    assert conversation(Study("c", "c"), Survey(), written) == []
    assert written.lines() == [
        "1 x instruction: needs the previous visit (first: a)",
        "1 x study: nothing to say of it in words (first: c)",
    ]


def test_a_volume_has_no_conversation(tmp_path: Path, volumes: Collection) -> None:
    studies = tuple(dataclasses.replace(study, turns=(Turn("What?", "A liver."),)) for study in volumes)
    written = write(dataclasses.replace(volumes, studies=studies), tmp_path / "out")
    assert written.studies == 0
    assert "3 x image: a volume: the form holds flat images (first: v1)" in written.lines()
