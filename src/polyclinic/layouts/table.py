"""A CSV, TSV or JSON Lines table with a column of images, or of texts; every other column by its name and values.

Shape: `FOLDER/metadata.csv` with image paths relative to it (or bare file names found anywhere below it).
Several tables that name the same images are joined. A table that lists the slices of DICOM series and says nothing of
any one of them is left to the DICOM layout.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.files import Files
from polyclinic.layouts.tabular import Understood, read_tables, understood
from polyclinic.readers.dicom.heads import is_dicom
from polyclinic.readers.dicom.series import slices_among
from polyclinic.store.collection import Collection

NAME = "table"
SAMPLE = 64
LOOKED_FOR = "a CSV, TSV or JSON Lines table with a column of images or of reports"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    files, _, sources = understood(path)
    if path.is_dir() and any(_lists_slices(files, source) for source in sources):
        return None
    for source in sorted(sources, key=lambda source: -len(source.table.columns)):
        if "image" in source.roles.single:
            return f"{source.table.path.name} names images in its column {source.roles.single['image']!r}"
    for source in sources:
        if source.roles.texts:
            return f"{source.table.path.name} has texts in its column {next(iter(source.roles.texts))!r}"
    return None


def _lists_slices(files: Files, source: Understood) -> bool:
    """Whether a table merely lists the files of DICOM series: slices, of which it says nothing one by one."""
    roles = source.roles
    if "image" not in roles.single or roles.masks or roles.box or roles.texts or "question" in roles.single:
        return False
    told: dict[Path, tuple[str, ...]] = {}
    for row in source.table.rows[:SAMPLE]:
        path = files.find(row[roles.single["image"]])
        if path is not None and is_dicom(files.root / path):
            told[files.root / path] = tuple(row[column] for column in roles.labels)
    series = slices_among(told)
    return bool(series) and len(set(series.values())) == len({(uid, told[path]) for path, uid in series.items()})


def read(path: Path) -> Collection:
    """All Studies of the tables."""
    return read_tables(path)
