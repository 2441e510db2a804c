"""A folder a split with a table in it, as Hugging Face's image folders have them.

Shape: `train/metadata.jsonl` (or `.csv`) with `file_name` and further columns, images beside it; `test/`, `validation/`
alike. Columns are understood as in a table; `objects` with `bbox` (x, y, width, height) and `category` (or
`categories`, `label`) becomes boxes, `questions` with `question` and `answer` becomes turns.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from polyclinic.errors import LayoutError
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import read_table
from polyclinic.layouts.tabular import read_tables
from polyclinic.store.collection import Collection, Header
from polyclinic.study import MaskFile, Region, Study

NAME = "image folders"
LOOKED_FOR = "a folder a split, each with metadata.jsonl or metadata.csv"
TABLES = ("metadata.jsonl", "metadata.csv")
FILE = "file_name"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    try:
        found = [table for table in _tables(path) if FILE in read_table(table).columns]
    except LayoutError:
        return None
    return f"{found[0].relative_to(path)} names images in its column {FILE}" if found else None


def read(path: Path) -> Collection:
    """The Studies of all splits."""
    studies: list[Study] = []
    skipped: list[str] = []
    notes: list[str] = []
    for table in _tables(path):
        part, folder = read_tables(table.parent), table.parent.name
        studies += [_moved(study, folder) for study in part]
        skipped += [f"{folder}: {line}" for line in part.skipped]
        notes += [f"{folder}: {part.header.note}"] if part.header.note else []
    if len({study.id for study in studies}) < len(studies):
        studies = [dataclasses.replace(study, id=f"{study.split}-{study.id}") for study in studies]
    return Collection(path, Header(path.resolve().name, note="; ".join(notes) or None), tuple(studies), tuple(skipped))


def _tables(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    folders = sorted(folder for folder in path.iterdir() if folder.is_dir() and split_of(folder.name) is not None)
    return [table for folder in folders if (table := _table(folder)) is not None]


def _table(folder: Path) -> Path | None:
    return next((folder / name for name in TABLES if (folder / name).is_file()), None)


def _moved(study: Study, folder: str) -> Study:
    """The Study as seen from the folder above."""
    images = tuple(dataclasses.replace(image, path=f"{folder}/{image.path}") for image in study.images)
    regions = tuple(_region_moved(region, folder) for region in study.regions)
    return dataclasses.replace(study, images=images, regions=regions, split=study.split or split_of(folder))


def _region_moved(region: Region, folder: str) -> Region:
    if not isinstance(region.mask, MaskFile):
        return region
    return dataclasses.replace(region, mask=dataclasses.replace(region.mask, path=f"{folder}/{region.mask.path}"))
