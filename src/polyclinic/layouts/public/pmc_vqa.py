"""PMC-VQA: questions about figures of articles, each with four options.

Shape: `train.csv` or `train_2.csv`, `test.csv` or `test_2.csv`, with Figure_path, Question, `Choice A` to `Choice D`,
and the answer as its letter or its text; figures anywhere below. The subject is the article.
"""

from __future__ import annotations

import re
from pathlib import Path

from polyclinic.layouts.asked import Asked, split_in
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import cell, head, rows_of
from polyclinic.store.collection import Collection
from polyclinic.study import Turn

NAME = "PMC-VQA"
LOOKED_FOR = "PMC-VQA's tables with Figure_path, Question and four choices"
SET = "pmc_vqa"
LETTERS = "ABCD"
NEEDED = {"Figure_path", "Question", "Choice A", "Choice B"}
LETTERED = re.compile(r"^\s*[A-D]\s*[:.)]\s*")
ARTICLE = re.compile(r"PMC\d+")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    tables = _tables(path)
    return f"{tables[0].name} has questions with four choices" if tables else None


def read(path: Path) -> Collection:
    """One Study a figure, with its questions."""
    files = Files.below(path)
    asked = Asked(Intake(files, facts_of_set(SET, files)))
    for table in _tables(path):
        for row, where in rows_of(table):
            question = question_of(row)
            if question is None:
                asked.drafts.intake.skipped.append(f"{where}: its answer is none of its choices")
                continue
            article = ARTICLE.search(row["Figure_path"])
            draft = asked.ask(
                row["Figure_path"], where, question, split_in(Path(table.name)), article[0] if article else ""
            )
            if draft is not None and (caption := cell(row, "Caption")):
                draft.captions.append(caption)
    return asked.drafts.intake.collection(asked.drafts.studies(), "questions")


def question_of(row: Row) -> Turn | None:
    """The question with its options; None where the answer is none of them."""
    options = [LETTERED.sub("", row[f"Choice {letter}"]).strip() for letter in LETTERS]
    written = cell(row, "Answer_label") or cell(row, "Answer")
    bare = written.strip().rstrip(".:")
    answer = options[LETTERS.index(bare)] if bare and bare in LETTERS else LETTERED.sub("", written).strip()
    if not answer or answer not in options:
        return None
    return Turn(row["Question"], answer, "closed", tuple(dict.fromkeys(filter(None, options))), "choice")


def _tables(path: Path) -> list[Path]:
    found = sorted(path.glob("*.csv")) if path.is_dir() else []
    return [table for table in found if set(head(table)) >= NEEDED]
