"""CheXpert: radiographs with thirteen findings that are present, absent, uncertain or not mentioned.

Shape: `train.csv`, `valid.csv`, `test.csv` with `Path` (`CheXpert-v1.0/train/patient00001/study1/view1_frontal.jpg`)
and a column for each finding: 1 present, 0 absent, -1 uncertain, empty not mentioned. One Study is one examination.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from polyclinic.layouts.drafts import Draft, Drafts, findings_in, placed
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import cell, head, rows_of
from polyclinic.store.collection import Collection

NAME = "CheXpert"
LOOKED_FOR = "CheXpert's train.csv with Path and its findings"
SET = "chexpert"
TABLES = ("train.csv", "valid.csv", "test.csv")
NEEDED = {"Path", "Enlarged Cardiomediastinum"}
NORMAL = "No Finding"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    found = [name for name in TABLES if path.is_dir() and set(head(path / name)) >= NEEDED]
    return f"{found[0]} has CheXpert's columns" if found else None


def read(path: Path) -> Collection:
    """One Study an examination."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    columns = {column: drafts.intake.facts.word(column) for column in drafts.intake.facts.findings}
    for name in TABLES:
        if set(head(path / name)) >= NEEDED:
            for row, where in rows_of(path / name):
                draft = _take(drafts, row, where)
                if draft is not None:
                    draft.split = split_of(PurePosixPath(name).stem)
                    _label(draft, row, columns)
    return drafts.intake.collection(drafts.studies(), "images")


def _take(drafts: Drafts, row: Row, where: str) -> Draft | None:
    parts = PurePosixPath(row["Path"]).parts
    image = drafts.picture("/".join(parts[1:]), where, row["Path"])
    if image is None:
        return None
    subject, study = parts[-3:-1] if len(parts) > 2 else (parts[-1], "study1")
    draft = drafts.open(f"{subject}-{study}", subject)
    lateral = cell(row, "Frontal/Lateral").lower() == "lateral"
    draft.show(placed(image, view="LL" if lateral else cell(row, "AP/PA")))
    return draft


def _label(draft: Draft, row: Row, columns: dict[str, str]) -> None:
    """What a row says of its image is said of the whole examination."""
    draft.note("sex", row["Sex"])
    draft.note("age", row["Age"])
    for name, present in findings_in(row, columns).items():
        draft.say(name, present)
    if findings_in(row, {NORMAL: NORMAL}).get(NORMAL):
        draft.labels["no finding"] = True
