"""PathVQA in miniature; its pickles stay closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]


def test_questions_by_split(tmp_path: Path, paint: Write, text: Write) -> None:
    rows = [
        {"image": "train_1", "question": "is this a nevus?", "answer": "yes"},
        {"image": "train_1", "question": "", "answer": "yes"},
        {"image": "train_9", "question": "what is it?", "answer": "cells"},
    ]
    text("qas/train/train_qa.json", json.dumps(rows))
    text("qas/test_qa.csv", "image,question,answer", "test_1,what is it?,a gland")
    paint("images/train/train_1.jpg")
    paint("images/test/test_1.jpg")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "PathVQA"
    one, test = held.by_id["train_1"], held.by_id["test_1"]
    assert [(t.answer, t.kind) for t in (*one.turns, *test.turns)] == [("yes", "closed"), ("a gland", "open")]
    assert (one.split, test.split) == ("train", "test")
    assert held.skipped == (
        "train_qa.json item 2: no question or no answer",
        "train_qa.json item 3: image train_9 is missing",
    )


def test_pickles_are_refused(tmp_path: Path, paint: Write) -> None:
    paint("images/train/train_1.jpg")
    (tmp_path / "qas").mkdir()
    (tmp_path / "qas/train_vqa.pkl").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(LayoutError, match="1 pickles, which are never opened") as caught:
        open_folder(tmp_path)
    assert "qas/train_qa.json" in str(caught.value.hint)
