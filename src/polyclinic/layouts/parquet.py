"""Parquet with the pictures inside, as Hugging Face's hubs keep most data sets: nothing is unpacked.

Shape: `data/train-00000-of-00002.parquet` (or `default/train/0000.parquet`, or any other place), with a column of
pictures (`bytes`, or a struct of `bytes` and `path`). The split is that of the file's name. Other columns are
understood as in a table. Where rows hold a question each, those about the same picture make one Study a split. A
picture lies at `train-00000-of-00002.parquet/image/17.png`.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import ReadError
from polyclinic.layouts.asked import split_in
from polyclinic.layouts.columns import understand
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import names, plain, role_of
from polyclinic.layouts.rows import Row, Table, cell_text
from polyclinic.layouts.tabular import Understood, studies_of
from polyclinic.readers.parquet import ENDING, PATH, Columns, classes_of, columns_of, digests, records
from polyclinic.readers.photo import ENDINGS as PICTURES
from polyclinic.store.collection import Collection

NAME = "Parquet"
LOOKED_FOR = "Parquet files with a column of pictures (Hugging Face)"
IMAGE, SPLIT, SUBJECT = "image", "split", "subject"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    for name, columns in _tables(path, []):
        return f"{name} holds pictures in its column {_pictures(columns)[0]!r}"
    return None


def read(path: Path) -> Collection:
    """One Study a row; one a picture and split where rows are questions."""
    files, skipped = _below(path), list[str]()
    root = files.root
    parts: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    first: dict[tuple[str, ...], str] = {}
    tied: dict[tuple[str, str], str] = {}
    for name, columns in _tables(path, skipped):
        key = (*columns.pictures, *columns.plain)
        first.setdefault(key, name)
        try:
            parts[key] += _rows(root, name, columns, tied)
        except ReadError as error:
            skipped.append(f"{name} is left out: {error}")
    tables = [_table(root / first[key], rows) for key, rows in parts.items() if rows]
    facts = facts_of(files, [frozenset(table.columns) for table in tables])
    held = dataclasses.replace(files, paths=(*files.paths, *_members(tables)))
    sources = [Understood(table, understand(table, held, facts)) for table in tables]
    intake = Intake(held, facts, skipped, lazy=not any(source.roles.masks for source in sources))
    return intake.collection(studies_of(intake, sources, {}) if sources else [], "rows")


def _below(path: Path) -> Files:
    if path.is_dir():
        return Files.below(path)
    return Files(path.parent, (path.name,))


def _tables(path: Path, skipped: list[str]) -> Iterator[tuple[str, Columns]]:
    """The Parquet files that hold pictures, with their columns."""
    if not path.is_dir() and path.suffix.lower() != ENDING:
        return
    files = _below(path)
    for name in files.paths:
        if not name.lower().endswith(ENDING):
            continue
        try:
            columns = columns_of(files.root / name)
        except ReadError as error:
            skipped.append(f"{name} is left out: {error}")
            continue
        if columns.pictures:
            yield name, columns


def _pictures(columns: Columns) -> list[str]:
    """The columns of pictures, the one of images first."""
    listed: list[str] = names()["roles"][IMAGE]
    return sorted(columns.pictures, key=lambda name: plain(name) not in listed)


def _rows(root: Path, name: str, columns: Columns, tied: dict[tuple[str, str], str]) -> list[dict[str, str]]:
    """A file's rows as text; pictures by their place.

    Args:
        tied: split and hash of a picture that questions are about -> its first place.
    """
    path, (image, *others) = root / name, _pictures(columns)
    classes, split = classes_of(path), split_in(Path(name))
    asked = any(role_of(column) == "question" for column in columns.plain)
    told = records(path, (*columns.plain, *(f"{column}.{PATH}" for column in columns.paths)))
    rows = []
    for number, record in enumerate(told):
        cells = {column: _cell(record[column], classes.get(column, ())) for column in columns.plain}
        cells |= {column: _place(name, column, number, record, columns) for column in others}
        cells[IMAGE] = _place(name, image, number, record, columns)
        cells.setdefault(SPLIT, split or "")
        rows.append(cells)
    if asked:
        _tie(rows, digests(path, image), tied)
    return rows


def _cell(value: Any, classes: tuple[str, ...]) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(classes):
        return classes[value]
    return cell_text(value)


def _place(name: str, column: str, number: int, record: Mapping[str, Any], columns: Columns) -> str:
    """Where a picture lies: `<file>/<column>/<row>` with its own ending; "" where the row has none."""
    told = record.get(column)
    if column in columns.paths and told is None:
        return ""
    ending = PurePosixPath(str((told or {}).get(PATH) or "")).suffix.lower()
    return f"{name}/{column}/{number}{ending if ending in PICTURES else columns.pictures[column]}"


def _tie(rows: list[dict[str, str]], hashed: list[str], tied: dict[tuple[str, str], str]) -> None:
    """Give rows about the same picture one path within their split, and one subject in all."""
    for row, digest in zip(rows, hashed, strict=True):
        if digest:
            row[IMAGE] = tied.setdefault((row[SPLIT], digest), row[IMAGE])
            if not any(role_of(column) == SUBJECT for column in row if column != SUBJECT):
                row.setdefault(SUBJECT, digest)


def _table(path: Path, rows: list[dict[str, str]]) -> Table:
    numbered = tuple(Row(number, cells) for number, cells in enumerate(rows, start=1))
    return Table(path, tuple(dict.fromkeys(column for cells in rows for column in cells)), numbered)


def _members(tables: list[Table]) -> Iterator[str]:
    """The paths of all pictures, each once."""
    yield from dict.fromkeys(
        cell
        for table in tables
        for row in table.rows
        for cell in row.cells.values()
        if f"{ENDING}/" in cell and len(cell) < 300
    )
