"""What a row nests, as Hugging Face's data sets have it: boxes and questions in cells of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from polyclinic.layouts.rows import Row
from polyclinic.layouts.turns import turn
from polyclinic.study import Region, Turn

OBJECTS, QUESTIONS = "objects", "questions"
CATEGORIES = ("category", "categories", "label", "labels")


def holds_nested(column: str, cells: Sequence[str]) -> bool:
    """Whether a column is one of the two, and its cells are JSON."""
    return column in (OBJECTS, QUESTIONS) and all(cell.startswith(("{", "[")) for cell in cells)


def nested_boxes(row: Row, at: int, where: str, skipped: list[str]) -> Iterator[Region]:
    """The boxes of `objects`: `bbox` (x, y, width, height) and `category` (or `categories`, `label`) in step.

    Args:
        at: index of the row's image.
        skipped: gets a line for each box that cannot be taken in.
    """
    held = _nested(row[OBJECTS])
    if not isinstance(held, dict):
        return
    named: list[Any] = next((held[key] for key in CATEGORIES if isinstance(held.get(key), list)), [])
    boxes = held.get("bbox")
    if not isinstance(boxes, list) or len(boxes) != len(named):
        skipped.append(f"{where}: its objects' boxes and categories differ in number")
        return
    for name, box in zip(named, boxes, strict=True):
        try:
            x, y, width, height = map(float, box)
        except (TypeError, ValueError):
            skipped.append(f"{where}: a box is no four numbers")
            continue
        yield Region(str(name), image=at, box=(x, y, x + width, y + height))


def nested_turns(row: Row) -> Iterator[Turn]:
    """The Turns of `questions`, a list of `question` and `answer`."""
    held = _nested(row[QUESTIONS])
    for asked in held if isinstance(held, list) else []:
        if isinstance(asked, dict) and asked.get("question") and asked.get("answer"):
            yield turn(str(asked["question"]), str(asked["answer"]))


def _nested(cell: str) -> Any:
    try:
        return json.loads(cell) if cell else None
    except (json.JSONDecodeError, RecursionError):
        return None
