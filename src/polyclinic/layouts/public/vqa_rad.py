"""VQA-RAD as its authors publish it: one JSON file of questions, the test ones told by their kind of phrase.

Shape: `VQA_RAD Dataset Public.json` and `VQA_RAD Image Folder/synpic*.jpg`. The official test questions are about
images that training questions are about as well; such an image is two Studies of one subject.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.asked import Asked
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import missing
from polyclinic.layouts.rows import read_table
from polyclinic.layouts.streams import cell, one_of
from polyclinic.layouts.turns import turn
from polyclinic.store.collection import Collection

NAME = "VQA-RAD"
LOOKED_FOR = "VQA_RAD Dataset Public.json with its images"
SET = "vqa_rad"
TABLES = ("VQA_RAD Dataset Public.json", "VQA_RAD*.json")
TEST = "test"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    table = one_of(path, *TABLES)
    return f"{table.name} is there" if table else None


def read(path: Path) -> Collection:
    """One Study an image and split, with its questions."""
    files = Files.below(path)
    asked = Asked(Intake(files, facts_of_set(SET, files)))
    table = one_of(path, *TABLES)
    held = read_table(table) if table else None
    for row in held.rows if held else ():
        where = held.where(row) if held else ""
        if missing(row["question"]) or missing(row["answer"]):
            asked.drafts.intake.skipped.append(f"{where}: no question or no answer")
            continue
        question = turn(
            row["question"], row["answer"], kind=row["answer_type"], topic=cell(row, "question_type") or None
        )
        split = "test" if row["phrase_type"].lower().startswith(TEST) else "train"
        draft = asked.ask(cell(row, "image_name", "image"), where, question, split)
        if draft is not None:
            draft.note("organ", row["image_organ"])
    return asked.drafts.intake.collection(asked.drafts.studies(), "questions")
