"""The overview of a collection: what each part of a Study counts as."""

from __future__ import annotations

from pathlib import Path

from polyclinic.cli.overview import lines, overview
from polyclinic.store.collection import Collection, Header
from polyclinic.study import Finding, Image, Mask, Region, Report, Study, Turn


def held(*studies: Study) -> Collection:
    return Collection(Path("/nowhere"), Header("set", note="one; two"), studies, ("gone",))


RICH = Study(
    "s",
    "p",
    images=(Image("a.png", modality="DX", view="PA"),),
    report=Report({"findings": "Clear."}),
    findings=(Finding("mass", True), Finding("edema", None)),
    regions=(
        Region("heart", "organ", mask=Mask((1, 2), (1, 1))),
        Region("mass", "finding", box=(0, 0, 1, 1)),
    ),
    turns=(Turn("Q", "yes", "closed"), Turn("Q", "A")),
    labels={"age": 40, "smoker": True},
)


def test_everything_is_counted() -> None:
    found = overview(held(RICH, Study("t", "p", labels={"age": 50}, prior="s")))
    assert found["labels"] == {"age": {"known": 2, "low": 40, "high": 50}, "smoker": {"known": 1, "values": {"yes": 1}}}
    assert found["findings"] == {"mass": {"present": 1}, "edema": {"uncertain": 1}}
    assert found["questions"]["kinds"] == {"closed": 1, "open": 1}
    assert found["visits"] == {"subjects_with_several": 1, "with_prior": 1, "outcomes": 0}
    assert found["trains"] == {
        "answer": "questions, findings, labels, boxes",
        "report": "reports or captions",
        "segment": "masks",
        "find": "boxes",
        "embed": "images with text",
        "classify": "findings, labels",
    }
    assert {"segmentation.organs.dice", "find.findings.ap50", "questions.closed.balanced_accuracy"} <= set(
        found["scores"]
    )
    assert found["wrong"] == ["gone", "study s: /nowhere/a.png is missing"]


def test_a_study_without_images_trains_nothing() -> None:
    found = overview(held(Study("t", "p", report=Report({"findings": "Clear."}), labels={"sex": "F"})))
    assert (found["trains"], found["scores"]) == ({}, [])
    text = "\n".join(lines(found | {"layout": "table", "reason": "so"}))
    assert "nothing without images" in text
    assert "images     none" in text
    assert "choices that were made (2)\n  one\n  two" in text


def test_long_lists_are_cut() -> None:
    many = Collection(Path("/nowhere"), Header("set"), (Study("t", "p"),), tuple(f"line {i}" for i in range(40)))
    text = lines(overview(many) | {"layout": "table", "reason": "so"})
    assert "  ... and 28 more (--json lists all)" in text


def test_a_public_set_tells_its_page_and_how_to_get_it() -> None:
    found = overview(Collection(Path("/nowhere"), Header("PadChest"), (Study("t", "p"),), ()))
    text = "\n".join(lines(found | {"layout": "PadChest", "reason": "so"}))
    assert "home: https://bimcv" in text
    assert "access: register with BIMCV" in text
    assert "home:" not in "\n".join(lines(overview(held(RICH)) | {"layout": "table", "reason": "so"}))
