"""VQA-Med (ImageCLEF): radiology questions in files parted by pipes, one line a question.

Shape: `All_QA_Pairs_train.txt` and its like, at most two folders deep, with `synpic41148|question|answer`, or with the
category second; images anywhere below. Answers after the first are other words for it and are left out. A category
comes also from `QAPairsByCategory/C2_Plane_train.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from polyclinic.layouts.asked import Asked, split_in
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import read_text
from polyclinic.layouts.turns import turn
from polyclinic.store.collection import Collection

NAME = "VQA-Med"
LOOKED_FOR = "VQA-Med's lists of image|question|answer"
SET = "vqa_med"
PIPE = "|"
DEPTHS = ("*.txt", "*/*.txt", "*/*/*.txt")
BY_CATEGORY = "QAPairsByCategory"
CATEGORY = re.compile(r"C\d+_([A-Za-z]+)")
NAMED = re.compile(r"QA|question", re.IGNORECASE)  # a folder may hold 100,000 other text files
HEAD = 2**12


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    first = next((file for file in _lists(path) if file.parent.name != BY_CATEGORY), None)
    return f"{first.name} lists image, question and answer" if first else None


def read(path: Path) -> Collection:
    """One Study an image, with its questions."""
    files = Files.below(path)
    asked = Asked(Intake(files, facts_of_set(SET, files)))
    topics = dict(_topics(path))
    for file in _lists(path):
        if file.parent.name == BY_CATEGORY:
            continue
        split = split_in(file.relative_to(path))
        for number, line in enumerate(read_text(file).splitlines(), start=1):
            _take(asked, line, f"{file.name} line {number}", split, topics)
    return asked.drafts.intake.collection(asked.drafts.studies(), "questions")


def _take(asked: Asked, line: str, where: str, split: str | None, topics: dict[tuple[str, str], str]) -> None:
    if not line.strip():
        return
    fields = [field.strip() for field in line.split(PIPE)]
    category = fields.pop(1).lower() if len(fields) > 3 and not fields[1].endswith("?") else ""
    if len(fields) < 3 or not fields[1] or not fields[2]:
        asked.drafts.intake.skipped.append(f"{where}: expected image, question and answer")
        return
    image, question, answer = fields[:3]
    topic = category or topics.get((image, question))
    asked.ask(image, where, turn(question, answer, topic=topic or None), split)


def _topics(path: Path) -> Iterator[tuple[tuple[str, str], str]]:
    for file in _lists(path):
        found = CATEGORY.match(file.stem)
        if file.parent.name != BY_CATEGORY or found is None:
            continue
        for line in read_text(file).splitlines():
            image, _, rest = line.partition(PIPE)
            yield (image.strip(), rest.partition(PIPE)[0].strip()), found[1].lower()


def _lists(path: Path) -> list[Path]:
    """Text files whose first line is an image, perhaps a category, a question, and an answer."""
    found = [file for depth in DEPTHS for file in sorted(path.glob(depth))] if path.is_dir() else []
    named = (file for file in found if file.parent.name == BY_CATEGORY or NAMED.search(file.name))
    return [file for file in named if file.is_file() and _is_list(file)]


def _is_list(file: Path) -> bool:
    with file.open("rb") as raw:
        fields = raw.read(HEAD).decode("utf-8", "replace").partition("\n")[0].split(PIPE)
    return len(fields) > 2 and any(field.strip().endswith("?") for field in fields[1:3])
