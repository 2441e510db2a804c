"""A list of questions about images: JSON, JSON Lines or CSV with question, answer and image.

Shape: `FOLDER/qa.json`, a list of objects like `{"image": ..., "question": ..., "answer": ...}`; the
questions about one image become the turns of one Study.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.tabular import read_tables, understood
from polyclinic.store.collection import Collection

NAME = "questions"
LOOKED_FOR = "a list of questions with image, question and answer"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    _, _, sources = understood(path)
    for source in sources:
        if {"question", "answer", "image"} <= source.roles.single.keys():
            return f"{source.table.path.name} holds {len(source.table.rows)} rows of image, question and answer"
    return None


def read(path: Path) -> Collection:
    """One Study an image, with its questions."""
    return read_tables(path)
