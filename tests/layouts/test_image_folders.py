"""Image folders: splits, names that repeat, nested boxes and questions, and faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from polyclinic.layouts import open_folder, recognise

Paint = Callable[..., Path]


def write(tmp_path: Path, paint: Paint, split: str, *rows: dict[str, Any]) -> None:
    for row in rows:
        if not str(row["file_name"]).startswith("gone"):
            paint(f"{split}/{row['file_name']}")
    (tmp_path / split / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_two_splits(tmp_path: Path, paint: Paint) -> None:
    box = {"bbox": [[1, 2, 3, 4]], "categories": ["polyp"]}
    write(
        tmp_path,
        paint,
        "train",
        {"file_name": "a.png", "text": "A.", "objects": box},
        {"file_name": "b.png", "text": ""},
    )
    write(
        tmp_path,
        paint,
        "validation",
        {"file_name": "c.png", "text": "C.", "questions": [{"question": "Q?", "answer": "no"}]},
    )
    assert recognise(tmp_path).layout.NAME == "image folders"
    a, b, c = open_folder(tmp_path)
    assert [(study.id, study.split) for study in (a, b, c)] == [("a", "train"), ("b", "train"), ("c", "val")]
    assert [(r.name, r.box) for r in a.regions] == [("polyp", (1, 2, 4, 6))]
    assert (a.captions, c.captions, c.turns[0].answer) == (("A.",), ("C.",), "no")
    assert c.images[0].path == "validation/c.png"


def test_names_that_repeat(tmp_path: Path, paint: Paint) -> None:
    for split in ("train", "test"):
        write(tmp_path, paint, split, {"file_name": "a.png", "text": split})
    assert [(s.id, s.captions) for s in open_folder(tmp_path)] == [("test-a", ("test",)), ("train-a", ("train",))]


def test_what_is_wrong_is_named(tmp_path: Path, paint: Paint) -> None:
    wrong = {"bbox": [[1, 2, 3, 4], "x"], "category": ["a", "b"]}
    uneven = {"bbox": [[1, 2, 3, 4]], "category": []}
    write(
        tmp_path,
        paint,
        "train",
        {"file_name": "a.png", "objects": wrong},
        {"file_name": "b.png", "objects": uneven},
        {"file_name": "c.png", "objects": 3},
        {"file_name": "gone.png"},
    )
    held = open_folder(tmp_path)
    assert [len(study.regions) for study in held] == [1, 0, 0]
    assert held.skipped == (
        "train: metadata.jsonl line 4: image gone.png is missing",
        "train: a.png: a box is no four numbers",
        "train: b.png: its objects' boxes and categories differ in number",
    )
