"""A folder of images for each class."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Paint = Callable[..., Path]


def test_a_folder_a_class(tmp_path: Path, paint: Paint) -> None:
    for path in ("benign/1.png", "benign/2.png", "malignant/1.png", "loose.png"):
        paint(path)
    assert recognise(tmp_path).layout.NAME == "folder per class"
    collection = open_folder(tmp_path)
    assert [(s.id, s.subject, s.labels["class"], s.split) for s in collection] == [
        ("1", "1", "benign", None),
        ("2", "2", "benign", None),
        ("malignant-1", "malignant-1", "malignant", None),
    ]
    assert collection.skipped == ("loose.png: lies in no class's folder",)


def test_a_folder_a_class_in_each_split(tmp_path: Path, paint: Paint) -> None:
    for path in ("train/a/1.png", "train/b/2.png", "valid/a/3.png", "test/b/4.png"):
        paint(path)
    assert [(s.split, s.labels["class"]) for s in open_folder(tmp_path)] == [
        ("test", "b"),
        ("train", "a"),
        ("train", "b"),
        ("val", "a"),
    ]
