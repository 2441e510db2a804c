"""Conversations in the form of LLaVA's training files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.layouts import open_folder, recognise

Paint = Callable[..., Path]


def said(*texts: str) -> list[dict[str, str]]:
    return [{"from": ("human", "gpt")[i % 2], "value": text} for i, text in enumerate(texts)]


@pytest.mark.parametrize("key", ["conversations", "conversatons"])
def test_pairs_become_turns(tmp_path: Path, paint: Paint, key: str) -> None:
    paint("images/a.jpg")
    items = [
        {"id": "1", "image": "a.jpg", key: said("<image>\nIs it a lung?", "Yes", "What else?", "A heart.")},
        {"id": "2", "image": "images/a.jpg", key: said("Where?", "Left.")},
        {"id": "3", "image": "gone.jpg", key: said("Where?", "Left.")},
        {"id": "4", key: said("What is a lung?", "An organ.")},
    ]
    (tmp_path / "data.json").write_text(json.dumps(items))
    assert recognise(tmp_path).layout.NAME == "conversations"
    collection = open_folder(tmp_path)
    assert [(s.id, [(t.question, t.answer) for t in s.turns]) for s in collection] == [
        ("a", [("Is it a lung?", "yes"), ("What else?", "A heart."), ("Where?", "Left.")]),
        ("4", [("What is a lung?", "An organ.")]),
    ]
    assert collection.skipped == ("data.json item 3: image gone.jpg is missing",)


def test_messages_in_json_lines(tmp_path: Path, paint: Paint) -> None:
    paint("a.png")
    messages = [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A."}]
    (tmp_path / "data.jsonl").write_text(json.dumps({"image": "a.png", "messages": messages}) + "\n")
    (study,) = open_folder(tmp_path)
    assert [(t.question, t.answer) for t in study.turns] == [("Q?", "A.")]
