"""VQA-RAD's own file in miniature."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise
from polyclinic.store.leaks import find_leaks

Write = Callable[..., Path]


def entry(image: str, question: str, answer: object, phrase: str, kind: str = "OPEN") -> dict[str, object]:
    told = {"image_name": f"{image}.jpg", "question": question, "answer": answer, "answer_type": kind}
    return told | {"phrase_type": phrase, "image_organ": "HEAD", "question_type": "PRES", "qid": 1}


def test_test_phrases_are_the_test(tmp_path: Path, paint: Write) -> None:
    paint("VQA_RAD Image Folder/synpic1.jpg")
    entries = [
        entry("synpic1", "Is there a mass?", "Yes", "freeform", "CLOSED "),
        entry("synpic1", "How many?", 2, "test_freeform"),
        entry("synpic1", "Where?", "left", "test_para"),
        entry("synpic1", "Where?", "", "para"),
        entry("synpic2", "Where?", "left", "para"),
    ]
    (tmp_path / "VQA_RAD Dataset Public.json").write_text(json.dumps(entries))
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "VQA-RAD"
    train, test = held
    assert [(t.answer, t.kind, t.topic) for t in train.turns] == [("yes", "closed", "PRES")]
    assert [t.answer for t in test.turns] == ["2", "left"]
    assert (train.split, test.split, train.labels) == ("train", "test", {"organ": "HEAD"})
    assert len(held.skipped) == 2
    assert find_leaks(held, held.header.splits).of("same subject") != ()
