"""Derm7pt: skin lesions, each seen through a dermoscope and by a camera, with the seven-point checklist.

Shape: `meta/meta.csv` with `derm` and `clinic` (paths below `images/`, in any case of letters), the diagnosis and a
column for each criterion; `meta/train_indexes.csv`, `valid_indexes.csv`, `test_indexes.csv` with row numbers from 0.
One Study is one case. A criterion is a finding: absent, or present with its type.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.columns import number
from polyclinic.layouts.drafts import Draft, Drafts, placed
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import cell, head, one_of, rows_of
from polyclinic.store.collection import Collection

NAME = "Derm7pt"
LOOKED_FOR = "Derm7pt's meta/meta.csv"
SET = "derm7pt"
NEEDED = {"case_num", "derm", "clinic", "diagnosis"}
VIEWS = {"derm": "dermoscopy", "clinic": "clinical"}
SPLITS = ("train", "valid", "test")
ABSENT, PLAIN = "absent", "present"
LABELS = (
    "diagnosis",
    "seven_point_score",
    "level_of_diagnostic_difficulty",
    "elevation",
    "location",
    "sex",
    "management",
)


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    table = _table(path)
    return f"{table.name} has the seven-point checklist" if table and set(head(table)) >= NEEDED else None


def read(path: Path) -> Collection:
    """One Study a case."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    spelt = {name.lower(): name for name in files.images}
    splits = _splits(path)
    for place, (row, where) in enumerate(rows_of(_table(path))):
        draft = drafts.open(f"case-{row['case_num'] or place}", row["case_num"] or str(place))
        draft.split = splits.get(place)
        for column, view in VIEWS.items():
            called = f"images/{row[column]}"
            image = drafts.picture(spelt.get(called.lower(), called), where)
            if image is not None:
                draft.show(placed(image, view=view))
        _describe(drafts, draft, row)
    return drafts.intake.collection(drafts.studies(), "cases")


def _describe(drafts: Drafts, draft: Draft, row: Row) -> None:
    facts = drafts.intake.facts
    for column in facts.findings:
        if kind := cell(row, column):
            draft.say(facts.word(column), kind != ABSENT, **({} if kind in (ABSENT, PLAIN) else {"type": kind}))
    for column in LABELS:
        draft.note(column.replace("_", " "), row[column])


def _splits(path: Path) -> dict[int, str]:
    """Row number -> split."""
    found: dict[int, str] = {}
    for name in SPLITS:
        for row, _ in rows_of(one_of(path, f"meta/{name}_indexes.csv", f"{name}_indexes.csv")):
            place = number(cell(row, "indexes", "index"))
            if place is not None:
                found[int(place)] = split_of(name) or name
    return found


def _table(path: Path) -> Path | None:
    return one_of(path, "meta/meta.csv", "meta.csv")
