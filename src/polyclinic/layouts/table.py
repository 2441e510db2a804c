"""A CSV, TSV or JSON Lines table with a column of images, or of texts; every other column by its name and values.

Shape: `FOLDER/metadata.csv` with image paths relative to it (or bare file names found anywhere below it).
Several tables that name the same images are joined.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.tabular import read_tables, understood
from polyclinic.store.collection import Collection

NAME = "table"
LOOKED_FOR = "a CSV, TSV or JSON Lines table with a column of images or of reports"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    _, _, sources = understood(path)
    for source in sorted(sources, key=lambda source: -len(source.table.columns)):
        if "image" in source.roles.single:
            return f"{source.table.path.name} names images in its column {source.roles.single['image']!r}"
    for source in sources:
        if source.roles.texts:
            return f"{source.table.path.name} has texts in its column {next(iter(source.roles.texts))!r}"
    return None


def read(path: Path) -> Collection:
    """All Studies of the tables."""
    return read_tables(path)
