"""Conversations about images, as LLaVA's training files have them: JSON or JSON Lines.

Shape: a list of `{"id", "image", "conversations": [{"from": "human", "value"}, {"from": "gpt", "value"}, ...]}`;
the pairs become the turns of one Study an image. `messages` with `role` and `content` are read as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from polyclinic.errors import LayoutError
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import read_json, read_text
from polyclinic.layouts.turns import turn
from polyclinic.store.collection import STUDIES, Collection
from polyclinic.study import Image, Study, Turn

NAME = "conversations"
LOOKED_FOR = "a JSON list of conversations about images"
KEYS = ("conversations", "conversatons", "messages")  # the second is misspelt in a published set
ASKS, ANSWERS = ("human", "user"), ("gpt", "assistant")
PLACE = "<image>"
ENDINGS = (".json", ".jsonl")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    found = [(file, items) for file in _files(path) if (items := _items(file))]
    return f"{found[0][0].name} holds {len(found[0][1])} conversations" if found else None


def read(path: Path) -> Collection:
    """One Study an image, with the conversations about it as turns."""
    files = Files.below(path if path.is_dir() else path.parent)
    intake = Intake(files, facts_of(files))
    pictured: dict[str, Image] = {}
    turns: dict[str, list[Turn]] = {}
    for file in _files(path):
        for number, item in enumerate(_items(file), start=1):
            where = f"{file.name} item {number}"
            key = _key(intake, item, where, pictured)
            if key is not None:
                turns.setdefault(key, []).extend(_turns(item))
    studies = [_study(intake, key, pictured.get(key), said) for key, said in turns.items()]
    return intake.collection(studies, "conversations")


def _key(intake: Intake, item: dict[str, Any], where: str, pictured: dict[str, Image]) -> str | None:
    """The image's path, the item's id where it has no image, None where its image cannot be read."""
    called = item.get("image") or item.get("images")
    called = called[0] if isinstance(called, list) and called else called
    if not called:
        return str(item.get("id", where))
    path = intake.files.find(str(called)) or str(called)
    if path not in pictured:
        image = intake.image(str(called), where)
        if image is None:
            return None
        pictured[path] = image
    return path


def _study(intake: Intake, key: str, image: Image | None, turns: list[Turn]) -> Study:
    ident = intake.study_id(key) if image is not None else intake.name(key)
    return Study(
        id=ident,
        subject=ident,
        domain=intake.facts.domain,
        images=(image,) if image is not None else (),
        turns=tuple(dict.fromkeys(turns)),
        source=intake.source(),
    )


def _turns(item: dict[str, Any]) -> Iterator[Turn]:
    """Each question with the answer that follows it."""
    question = ""
    for said in next((item[key] for key in KEYS if key in item), []):
        if not isinstance(said, dict):
            continue
        who, text = str(said.get("from", said.get("role"))), said.get("value", said.get("content"))
        plain = str(text or "").replace(PLACE, "").strip()
        if who in ASKS:
            question = plain
        elif who in ANSWERS and question and plain:
            yield turn(question, plain)
            question = ""


def _files(path: Path) -> list[Path]:
    files = [path] if path.is_file() else sorted(path.iterdir())
    return [file for file in files if file.suffix.lower() in ENDINGS and file.name != STUDIES]


def _items(file: Path) -> list[dict[str, Any]]:
    """The conversations of a file; none where it is something else."""
    try:
        record = _lines(file) if file.suffix.lower() == ".jsonl" else read_json(file)
    except (LayoutError, ValueError, RecursionError):
        return []
    if not isinstance(record, list):
        return []
    return [item for item in record if isinstance(item, dict) and any(isinstance(item.get(key), list) for key in KEYS)]


def _lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in read_text(file).splitlines() if line.strip()]
