"""A collection whose Studies stay on disk: each is read from its line when it is asked for.

`open_collection` reads and checks all of them, which takes minutes and gigabytes where there are a hundred thousand.
Here the lines are only found and named; a line that breaks the schema is told when it is read.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import LayoutError, ReadError, RecordError
from polyclinic.store.collection import (
    HEADER,
    STUDIES,
    Collection,
    Findable,
    attach,
    header_of,
    parse_json,
    parse_line,
)
from polyclinic.study import Study

FIRST_FIELD = b'{"id":"'
KEPT_OF_LISTS = {"images": ("path", "modality", "time_days"), "findings": ("name", "present"), "regions": ("name",)}
LEFT_OUT = ("turns", "outcome", "signals", "source")


class LineStudies(Findable):
    """Studies of a `studies.jsonl`, in its order; a file that is replaced while it is open is read as it was.

    Args:
        root: the collection's folder.

    Raises:
        ReadError: the file cannot be read.
        RecordError: a line without an id, or with one that another has.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._file = _opened(root / STUDIES)
        weakref.finalize(self, os.close, self._file)
        self._numbers: dict[str, int] = {}
        places: list[tuple[int, int, int]] = []
        for number, start, line in _lines(self._file):
            ident = _ident(line, f"{STUDIES}:{number}")
            if ident in self._numbers:
                raise RecordError(f"{STUDIES}:{number}.id: {ident!r} appears twice")
            self._numbers[ident] = len(places)
            places.append((number, start, len(line)))
        self._places: NDArray[np.int64] = np.array(places, np.int64).reshape(-1, 3)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, number: int) -> Study: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Study, ...]: ...

    def __getitem__(self, number: int | slice) -> Study | tuple[Study, ...]:
        """A Study, or some of them.

        Raises:
            IndexError: there are not so many.
            RecordError: its line breaks the schema.
        """
        if isinstance(number, slice):
            return tuple(self[i] for i in range(*number.indices(len(self))))
        text, where = self._line(range(len(self))[number])
        return attach(parse_line(text, where), self.root, where)

    def find(self, ident: str) -> Study | None:
        """The Study of an id; None where there is none."""
        number = self._numbers.get(ident)
        return None if number is None else self[number]

    def outlines(self) -> Iterator[Study]:
        """All Studies with what a list shows of them, three times as fast as whole.

        Images have no loaders, regions and findings no more than their names; questions and outcomes are left out.

        Raises:
            RecordError: a line breaks the schema in what is kept of it.
        """
        for number in range(len(self)):
            text, where = self._line(number)
            yield Study.from_json(_outline(parse_json(text, where)), where)

    def _line(self, number: int) -> tuple[str, str]:
        """A line's text, and how messages call it."""
        line, start, length = (int(value) for value in self._places[number])
        where = f"{STUDIES}:{line}"
        try:
            return os.pread(self._file, length, start).decode(), where
        except UnicodeDecodeError as error:
            raise RecordError(f"{where}: not UTF-8 text ({error.reason})") from error


def open_lines(root: Path) -> Collection:
    """Open a collection without reading its Studies.

    Raises:
        LayoutError: the folder is no collection, or one of a later schema.
        ReadError: a file cannot be read.
        RecordError: the header breaks the schema, or a line has no id of its own.
    """
    if not (root / HEADER).is_file() or not (root / STUDIES).is_file():
        raise LayoutError(f"{root} is no collection: it lacks {HEADER} or {STUDIES}")
    try:
        header = (root / HEADER).read_bytes()
    except OSError as error:
        raise ReadError(f"cannot read {root / HEADER}: {error.strerror}") from error
    return Collection(root, header_of(header, root), LineStudies(root))


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY)
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error


def _lines(file: int) -> Iterator[tuple[int, int, bytes]]:
    """Number, place and bytes of each line that is not blank."""
    place = 0
    with open(file, "rb", closefd=False) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, place, line
            place += len(line)


def _ident(line: bytes, where: str) -> str:
    """A line's id; where it is the first field, as it is written, no more than that is read."""
    if line.startswith(FIRST_FIELD):
        end = line.find(b'"', len(FIRST_FIELD))
        plain = line[len(FIRST_FIELD) : end]
        if end > 0 and plain.isascii() and b"\\" not in plain:
            return plain.decode()
    try:
        record = parse_json(line.decode(), where)
    except UnicodeDecodeError as error:
        raise RecordError(f"{where}: not UTF-8 text ({error.reason})") from error
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise RecordError(f"{where}.id: expected text", hint="every study has an id of its own")
    return str(record["id"])


def _outline(record: Any) -> Any:
    """What a list shows of a Study's JSON; whatever has another form than a Study's stays, and is refused as such."""
    if not isinstance(record, dict):
        return record
    kept = {name: value for name, value in record.items() if name not in LEFT_OUT}
    for name, fields in KEPT_OF_LISTS.items():
        if isinstance(items := kept.get(name), list):
            kept[name] = [_only(item, fields) for item in items]
    return kept


def _only(item: Any, fields: tuple[str, ...]) -> Any:
    return {name: item[name] for name in fields if name in item} if isinstance(item, dict) else item
