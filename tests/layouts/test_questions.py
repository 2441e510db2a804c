"""Question lists: one Study an image, its questions as turns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Paint = Callable[..., Path]


def entry(image: str, question: str, answer: str, kind: str, organ: str, split: str, number: int) -> dict[str, object]:
    return {
        "image": f"images/{image}.jpg",
        "qid": number,
        "question": question,
        "answer": answer,
        "answer_type": kind,
        "question_type": "PRES",
        "image_organ": organ,
        "split": split,
    }


def test_questions_are_gathered_by_image(tmp_path: Path, paint: Paint) -> None:
    for name in "abc":
        paint(f"images/{name}.jpg")
    entries = [
        entry("a", "Is there an effusion?", "Yes", "CLOSED", "CHEST", "train", 1),
        entry("b", "What is this?", "A kidney", "OPEN", "ABD", "test", 2),
        entry("a", "Is it a CT or an MRI?", "CT", "CLOSED", "CHEST", "train", 3),
        entry("c", "Where is it?", "Left", "OPEN", "CHEST", "test", 4),
        entry("c", "Where is it?", "Left", "OPEN", "CHEST", "test", 6),
        entry("c", "Where is it?", "Right", "OPEN", "CHEST", "test", 7),
        entry("gone", "Where is it?", "Left", "OPEN", "CHEST", "test", 8),
    ]
    (tmp_path / "qa.json").write_text(json.dumps(entries))
    assert recognise(tmp_path).layout.NAME == "questions"
    collection = open_folder(tmp_path)
    a, b, c = collection
    assert [(t.answer, t.kind, t.options) for t in a.turns] == [
        ("yes", "closed", ("yes", "no")),
        ("ct", "closed", ("ct", "mri")),
    ]
    assert (b.turns[0].answer, b.turns[0].kind, b.turns[0].topic) == ("A kidney", "open", "PRES")
    assert [t.answer for t in c.turns] == ["Left", "Right"]
    assert "1 questions left out" in str(collection.header.note)
    assert a.labels == {"organ": "CHEST"}
    assert (a.split, b.split) == ("train", "test")
    assert collection.skipped == ("qa.json item 7: image images/gone.jpg is missing",)


def test_a_label_that_differs_between_questions_speaks_of_the_question(tmp_path: Path, paint: Paint) -> None:
    paint("images/a.jpg")
    paint("images/b.jpg")
    asked = [("a", "C"), ("a", "D"), ("b", "C"), ("b", "C")] * 3
    entries = [entry(name, f"{name}{i}?", "x", "OPEN", organ, "train", i) for i, (name, organ) in enumerate(asked)]
    (tmp_path / "qa.json").write_text(json.dumps(entries))
    collection = open_folder(tmp_path)
    assert [s.labels for s in collection] == [{}, {}]
    assert "differs between rows of one image: image_organ" in str(collection.header.note)
