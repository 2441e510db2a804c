"""Tables as rows of text: CSV, TSV, JSON Lines, or a JSON list of objects."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from polyclinic.errors import LayoutError, ReadError

ENDINGS = (".csv", ".tsv", ".jsonl", ".json")
MOST_FIELD = 2**24


@dataclass(frozen=True)
class Row:
    """One row: its line in the file (for a JSON list its place, from 1) and its cells; absent cells are ""."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Table:
    """A table file and what is in it."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def column(self, name: str) -> list[str]:
        """All cells of a column, top to bottom."""
        return [row[name] for row in self.rows]

    def where(self, row: Row) -> str:
        """File and line of a row, for messages."""
        return f"{self.path.name} {'item' if self.path.suffix == '.json' else 'line'} {row.line}"


def read_table(path: Path) -> Table:
    """Read a table; empty rows are passed over.

    Raises:
        LayoutError: broken CSV or JSON, or JSON that is no list of objects; names file and line.
        ReadError: the file cannot be read.
    """
    return _read_table(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=8)
def _read_table(path: Path, modified: int) -> Table:
    text = read_text(path)
    read = {".jsonl": _json_lines, ".json": _json_list}.get(path.suffix.lower(), _separated)
    rows = tuple(Row(line, cells) for line, cells in read(path, text) if any(cells.values()))
    return Table(path, tuple(dict.fromkeys(name for row in rows for name in row.cells)), rows)


def read_text(path: Path) -> str:
    """The text of a file: UTF-8, else Windows Latin.

    Raises:
        ReadError: the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read_json(path: Path) -> Any:
    """The JSON value of a file.

    Raises:
        LayoutError: not JSON; names the line.
    """
    return _parsed(path, read_text(path), 0)


def _parsed(path: Path, text: str, above: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise LayoutError(f"{path.name} line {above + error.lineno}: not JSON ({error.msg})") from error
    except (ValueError, RecursionError) as error:  # too many digits, or too deep
        raise LayoutError(f"{path.name}: not JSON that can be read ({error})") from error


def _separated(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    first = text.partition("\n")[0]
    separator = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=first.count)
    limit = csv.field_size_limit(MOST_FIELD)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, restkey="", restval="")
    try:
        for cells in reader:
            yield reader.line_num, {(name or "").strip(): (cell or "").strip() for name, cell in cells.items() if name}
    except csv.Error as error:
        raise LayoutError(f"{path.name} line {reader.line_num}: not CSV ({error})") from error
    finally:
        csv.field_size_limit(limit)


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, _cells(path, number, _parsed(path, line, number - 1))


def _json_list(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    items = _parsed(path, text, 0)
    if not isinstance(items, list):
        raise LayoutError(f"{path.name}: expected a list of objects, got {type(items).__name__}")
    for number, item in enumerate(items, start=1):
        yield number, _cells(path, number, item)


def _cells(path: Path, number: int, item: Any) -> dict[str, str]:
    if not isinstance(item, dict):
        raise LayoutError(f"{path.name} item {number}: expected an object, got {type(item).__name__}")
    return {str(name): cell_text(value) for name, value in item.items()}


def cell_text(value: Any) -> str:
    """A value as a cell's text: several texts a line each, whatever else is nested as JSON, nothing as ""."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "\n".join(part.strip() for part in value)
    return json.dumps(value, ensure_ascii=False, default=str)
