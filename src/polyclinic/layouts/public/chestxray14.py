"""ChestX-ray14 (and ChestX-ray8): NIH's frontal radiographs with mined findings, boxes for a part, and the test list.

Shape: `Data_Entry_2017*.csv`, `BBox_List_2017.csv`, `train_val_list.txt`, `test_list.txt` and images anywhere below
(`images_001/images/00000001_000.png`). One Study is one image; the follow-up number orders a patient's Studies.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

from polyclinic.layouts.columns import number
from polyclinic.layouts.drafts import Draft, Drafts, placed
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import Row, read_text
from polyclinic.layouts.streams import cell, head, one_of, rows_of
from polyclinic.store.collection import Collection
from polyclinic.study import Region

NAME = "ChestX-ray14"
LOOKED_FOR = "Data_Entry_2017.csv with its radiographs"
SET = "chestxray14"
NEEDED = {"Image Index", "Finding Labels"}
LISTS = {"train_val_list*.txt": "train", "test_list*.txt": "test"}
BOX = ("Bbox [x", "y", "w", "h]")
NORMAL = "No Finding"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    table = _table(path)
    return f"{table.name} has ChestX-ray14's columns" if table and set(head(table)) >= NEEDED else None


def read(path: Path) -> Collection:
    """One Study an image."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    splits = _splits(path)
    visits: dict[str, list[tuple[float, Draft]]] = defaultdict(list)
    for row, where in rows_of(_table(path)):
        draft = _take(drafts, row, where, splits)
        if draft is not None:
            visits[draft.subject].append((number(row["Follow-up #"]) or 0.0, draft))
    for seen in visits.values():
        ordered = [draft for _, draft in sorted(seen, key=lambda visit: (visit[0], visit[1].id))]
        for before, after in pairwise(ordered):
            after.prior = before.id
    _box(path, drafts)
    return drafts.intake.collection(drafts.studies(), "images")


def _take(drafts: Drafts, row: Row, where: str, splits: dict[str, str]) -> Draft | None:
    name = row["Image Index"]
    image = drafts.search(name, where)
    if image is None:
        return None
    draft = drafts.open(stem(name), row["Patient ID"])
    draft.show(placed(image, view=cell(row, "View Position")))
    draft.split = splits.get(name)
    draft.note("sex", cell(row, "Patient Gender", "Patient Sex"))
    draft.note("age", row["Patient Age"].removesuffix("Y"))
    facts, said = drafts.intake.facts, set(row["Finding Labels"].split("|"))
    for written in facts.findings:
        draft.say(facts.word(written), written in said)
    if said == {NORMAL}:
        draft.labels["no finding"] = True
    if unknown := said - {*facts.findings, NORMAL}:
        drafts.intake.skipped.append(f"{where}: unknown finding {sorted(unknown)[0]!r}")
    return draft


def _splits(path: Path) -> dict[str, str]:
    """Image -> split; the list of both training and validation counts as training."""
    lists = {one_of(path, pattern): split for pattern, split in LISTS.items()}
    return {name: split for file, split in lists.items() if file for name in read_text(file).split()}


def _box(path: Path, drafts: Drafts) -> None:
    for row, where in rows_of(one_of(path, "BBox_List_2017*.csv")):
        draft = drafts.get(stem(row["Image Index"]))
        x, y, width, height = (number(row[column]) for column in BOX)
        if draft is None or x is None or y is None or width is None or height is None:
            drafts.intake.skipped.append(f"{where}: no image or no box")
            continue
        name = drafts.intake.facts.word(row["Finding Label"])
        draft.regions.append(Region(name, "finding", box=(x, y, x + width, y + height)))


def _table(path: Path) -> Path | None:
    return one_of(path, "Data_Entry_2017*.csv")
