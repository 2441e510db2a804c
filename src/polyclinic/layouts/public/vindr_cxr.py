"""VinDr-CXR: DICOM radiographs of Hanoi with boxes and image labels by several readers.

Shape: `train/<image>.dicom`, `test/<image>.dicom` and `annotations/annotations_train.csv`,
`annotations/image_labels_train.csv`, the same for `test`; or the Kaggle competition's `train.csv`. Boxes keep their
reader as an attribute; a finding is present or absent where all readers of the image agree, else uncertain.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from polyclinic.layouts.columns import number
from polyclinic.layouts.drafts import Draft, Drafts, findings_in
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import cell, head, one_of, rows_of
from polyclinic.store.collection import Collection
from polyclinic.study import Region

NAME = "VinDr-CXR"
LOOKED_FOR = "VinDr-CXR's annotations_train.csv with image_id, class_name and boxes"
SET = "vindr_cxr"
SPLITS = ("train", "test")
NEEDED = {"image_id", "class_name", "x_min", "y_max"}
NORMAL = "No finding"
ENDINGS = (".dicom", ".dcm", ".png", ".jpg")
Votes = dict[str, dict[str, list[bool | None]]]


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    found = [table for split in SPLITS if (table := _boxes(path, split)) and set(head(table)) >= NEEDED]
    return f"{found[0].name} has boxes of named findings" if found else None


def read(path: Path) -> Collection:
    """One Study an image."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    for split in SPLITS:
        votes: Votes = defaultdict(lambda: defaultdict(list))
        for row, where in rows_of(_labels(path, split)):
            if _draft(drafts, row, split, where):
                _vote(drafts, row, votes)
        for row, where in rows_of(_boxes(path, split)):
            if (draft := _draft(drafts, row, split, where)) is not None:
                _box(drafts, draft, row, where)
        _count(drafts, votes)
    return drafts.intake.collection(drafts.studies(), "images")


def _draft(drafts: Drafts, row: Row, split: str, where: str) -> Draft | None:
    name = row["image_id"]
    if name in drafts:
        return drafts.get(name)
    spots = [f"{place}{split}/{name}{ending}" for place in ("", "images/") for ending in ENDINGS]
    image = drafts.picture(spots[0], where, *spots[1:])
    if image is None:
        return None
    draft = drafts.open(name, name)
    draft.show(image)
    draft.split = split
    return draft


def _vote(drafts: Drafts, row: Row, votes: Votes) -> None:
    facts = drafts.intake.facts
    for name, present in findings_in(row, {column: facts.word(column) for column in facts.findings}).items():
        votes[row["image_id"]][name].append(present)


def _count(drafts: Drafts, votes: Votes) -> None:
    for image, said in votes.items():
        draft = drafts.get(image)
        for name, opinions in said.items() if draft else ():
            agreed = len(set(opinions)) == 1
            share = {} if agreed else {"readers": f"{opinions.count(True)} of {len(opinions)}"}
            if draft is not None:
                draft.say(name, opinions[0] if agreed else None, **share)


def _box(drafts: Drafts, draft: Draft, row: Row, where: str) -> None:
    if row["class_name"] == NORMAL:
        return
    corners = tuple(number(row[side]) for side in ("x_min", "y_min", "x_max", "y_max"))
    box = tuple(corner for corner in corners if corner is not None)
    if len(box) < len(corners):
        drafts.intake.skipped.append(f"{where}: no box")
        return
    name = drafts.intake.facts.word(row["class_name"])
    reader = {"reader": row["rad_id"]} if cell(row, "rad_id") else {}
    draft.regions.append(Region(name, "finding", box=box, attributes=reader))


def _boxes(path: Path, split: str) -> Path | None:
    return one_of(path, f"annotations/annotations_{split}.csv", f"annotations_{split}.csv", f"{split}.csv")


def _labels(path: Path, split: str) -> Path | None:
    return one_of(path, f"annotations/image_labels_{split}.csv", f"image_labels_{split}.csv")
