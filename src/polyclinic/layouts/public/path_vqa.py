"""PathVQA: questions about figures of pathology books.

Shape: `images/train/train_0422.jpg` and its like for `val` and `test`, with the questions as JSON, JSON Lines or CSV
in `qas/` (or in `qas/train/`, or beside `images/`): image, question, answer. The files that come as `.pkl` are
pickles, which may run any code, and are never opened.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.errors import LayoutError
from polyclinic.layouts.asked import Asked, split_in
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import missing
from polyclinic.layouts.rows import ENDINGS, Row, Table, read_table
from polyclinic.layouts.streams import cell
from polyclinic.layouts.turns import turn
from polyclinic.store.collection import Collection

NAME = "PathVQA"
LOOKED_FOR = "PathVQA's qas folder beside its images"
SET = "path_vqa"
PLACES = ("qas", "qas/train", "qas/val", "qas/test")
PICKLE = ".pkl"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    return "a folder qas lies beside images" if (path / "qas").is_dir() and (path / "images").is_dir() else None


def read(path: Path) -> Collection:
    """One Study an image, with its questions.

    Raises:
        LayoutError: no questions but pickled ones.
    """
    files = Files.below(path)
    asked = Asked(Intake(files, facts_of_set(SET, files)))
    tables = _tables(path)
    if not tables:
        pickled = sum(name.endswith(PICKLE) for name in files.paths)
        raise LayoutError(
            f"{path}: its questions are {f'{pickled} pickles, which are never opened' if pickled else 'missing'}",
            hint="save each split's list as qas/train_qa.json and so on, on a machine where you trust the pickles",
        )
    for table in tables:
        split = split_in(table.path.relative_to(path))
        for row in table.rows:
            _take(asked, table, row, split)
    return asked.drafts.intake.collection(asked.drafts.studies(), "questions")


def _take(asked: Asked, table: Table, row: Row, split: str | None) -> None:
    question, answer = cell(row, "question", "Question", "sent"), cell(row, "answer", "Answer")
    if missing(question) or missing(answer):
        asked.drafts.intake.skipped.append(f"{table.where(row)}: no question or no answer")
        return
    asked.ask(cell(row, "image", "img", "Image"), table.where(row), turn(question, answer), split)


def _tables(path: Path) -> list[Table]:
    files = [file for place in PLACES for file in sorted((path / place).glob("*")) if file.suffix.lower() in ENDINGS]
    return [read_table(file) for file in files if file.is_file()]
