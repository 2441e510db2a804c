"""Large tables row by row: CSV as published sets have it, packed by gzip or not, never whole in memory."""

from __future__ import annotations

import ast
import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from polyclinic.errors import LayoutError, ReadError
from polyclinic.layouts.names import missing
from polyclinic.layouts.rows import Row

MOST_LINE = 2**22  # longer than any report; a packed file cannot swell memory by one endless line
PACKED = b"\x1f\x8b"


def head(path: Path, separator: str = ",") -> tuple[str, ...]:
    """The columns of a table; empty where the file is missing or no table.

    The columns are as written, without blanks at their ends.
    """
    try:
        with _opened(path) as lines:
            return tuple(name.strip() for name in next(csv.reader(lines, delimiter=separator), []))
    except (OSError, LayoutError, csv.Error):
        return ()


def stream(path: Path, separator: str = ",") -> Iterator[Row]:
    """The rows of a table, one after the other; cells are stripped, rows without any are passed over.

    Raises:
        LayoutError: not CSV, or a line of more than 4 MiB; names file and line.
        ReadError: the file cannot be read.
    """
    with _opened(path) as lines:
        reader = csv.reader(lines, delimiter=separator)
        try:
            columns = [name.strip() for name in next(reader, [])]
            for cells in reader:
                held = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
                if any(held.values()):
                    yield Row(reader.line_num, held)
        except csv.Error as error:
            raise LayoutError(f"{path.name} line {reader.line_num}: not CSV ({error})") from error
        except (EOFError, OSError) as error:
            raise ReadError(f"cannot read {path}: {error}", hint="it may be truncated: copy it again") from error


def rows_of(table: Path | None) -> Iterator[tuple[Row, str]]:
    """The rows of a table with the place of each for messages; none where there is no table.

    Raises:
        LayoutError, ReadError: as `stream`.
    """
    if table is not None:
        for row in stream(table):
            yield row, f"{table.name} line {row.line}"


def cell(row: Row, *columns: str) -> str:
    """The first known cell of several spellings of a column; "" where none is known."""
    return next((row[column] for column in columns if not missing(row[column])), "")


def one_of(folder: Path, *names: str) -> Path | None:
    """The first of several files that a folder has, None where it has none; `*` stands for any part of a name."""
    patterns = names if folder.is_dir() else ()
    return next((match for name in patterns for match in sorted(folder.glob(name)) if match.is_file()), None)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[str]]:
    try:
        raw = path.open("rb")
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error
    with raw:
        packed = raw.read(2) == PACKED
        raw.seek(0)
        plain = gzip.GzipFile(fileobj=raw) if packed else raw
        with io.TextIOWrapper(plain, "utf-8-sig", errors="replace", newline="") as text:
            yield _lines(path, text)


def _lines(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(MOST_LINE):
        number += 1
        if len(line) == MOST_LINE:
            raise LayoutError(f"{path.name} line {number}: longer than {MOST_LINE} characters")
        yield line


def listed(written: str) -> list[Any]:
    """A list that Python wrote into a cell, nested or not; empty where it is none.

    Example:
        >>> listed("['mass', 'loc left']"), listed("mass")
        (['mass', 'loc left'], [])
    """
    try:
        value = ast.literal_eval(written) if written.startswith("[") else []
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []
    return value if isinstance(value, list) else []
