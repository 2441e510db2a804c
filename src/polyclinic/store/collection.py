"""The collection: a folder with `studies.jsonl` (a Study a line), `collection.json`, and its files.

Reading validates every line and names file, line and field of what is wrong. Each file is written beside its
place and moved there whole, the header last: after a kill a new folder is a collection or none, and in an old
one each file is the old or the new one.
"""

from __future__ import annotations

import dataclasses
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import LayoutError, ReadError, RecordError, UsageError
from polyclinic.readers import FileLabels, FilePixels
from polyclinic.records import from_plain, to_plain
from polyclinic.store.splits import Splits
from polyclinic.study import Mask, MaskFile, Study

SCHEMA = 1
HEADER, STUDIES = "collection.json", "studies.jsonl"


@dataclass(frozen=True)
class Header:
    """What `collection.json` holds."""

    name: str
    schema: int = SCHEMA
    licence: str | None = None
    note: str | None = None
    splits: Splits = field(default_factory=Splits)


class Findable(Sequence[Study], ABC):
    """Studies that are made anew each time they are asked for, so that many of them take little memory."""

    @abstractmethod
    def find(self, ident: str) -> Study | None:
        """The Study of an id; None where there is none."""


class Shelf(Findable):
    """Studies whose files lie in no folder."""

    @abstractmethod
    def of_split(self, name: str) -> Sequence[Study]:
        """The Studies of one split."""

    @abstractmethod
    def splits(self) -> list[str]:
        """The splits that it has Studies of, sorted."""

    @abstractmethod
    def place(self, ident: str) -> int | None:
        """The number of a Study, without reading it; None where there is none of that id."""

    @abstractmethod
    def contents(self, number: int) -> Iterator[tuple[str, bytes]]:
        """The files of a Study, which lie in no folder: path and content of each."""


@dataclass(frozen=True)
class Collection:
    """Studies with their root folder and splits.

    Args:
        studies: a tuple, or a sequence that makes them anew where there may be very many.
        skipped: what could not be taken in, one line each, with its reason.
    """

    root: Path
    header: Header
    studies: Sequence[Study]
    skipped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.studies)

    def __iter__(self) -> Iterator[Study]:
        return iter(self.studies)

    @cached_property
    def by_id(self) -> dict[str, Study]:
        """Studies by id."""
        return {study.id: study for study in self.studies}

    def prior(self, study: Study) -> Study | None:
        """The same subject's previous Study, where the collection has it."""
        return self.find(study.prior) if study.prior else None

    def find(self, ident: str) -> Study | None:
        """The Study of an id; None where there is none."""
        return self.studies.find(ident) if isinstance(self.studies, Findable) else self.by_id.get(ident)

    def split(self, name: str) -> Sequence[Study]:
        """The Studies of one split; `all` gives every one.

        Raises:
            UsageError: no Study falls into it.
        """
        chosen = self.studies if name == "all" else self._of_split(name)
        if not chosen:
            held = self._splits()
            raise UsageError(f"{self.header.name} has no study in split {name!r}", hint=f"it has {', '.join(held)}")
        return chosen

    def _of_split(self, name: str) -> Sequence[Study]:
        if isinstance(self.studies, Shelf):
            return self.studies.of_split(name)
        return tuple(study for study in self.studies if self.header.splits.of(study) == name)

    def _splits(self) -> list[str]:
        if isinstance(self.studies, Shelf):
            return self.studies.splits()
        return sorted({self.header.splits.of(study) for study in self.studies})


def open_collection(root: Path) -> Collection:
    """Read and validate a collection; pixels stay on disk.

    Raises:
        LayoutError: the folder is no collection, or one of a later schema.
        RecordError: a line that breaks the schema.
    """
    if not (root / HEADER).is_file() or not (root / STUDIES).is_file():
        raise LayoutError(f"{root} is no collection: it lacks {HEADER} or {STUDIES}")
    header = header_of(_read(root / HEADER), root)
    lines = _decoded(_read(root / STUDIES), root / STUDIES).split(
        "\n"
    )  # texts may hold what splitlines() takes for a line's end
    studies = tuple(
        attach(parse_line(line, f"{STUDIES}:{number}"), root, f"{STUDIES}:{number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    )
    _check_ids(studies)
    return Collection(root, header, studies)


def write_collection(root: Path, header: Header, studies: Iterable[Study]) -> int:
    """Write `studies.jsonl` and `collection.json`; image files are the caller's.

    Returns:
        How many Studies were written.
    """
    root.mkdir(parents=True, exist_ok=True)
    count = 0
    unfinished = root / f"{STUDIES}.part"
    with unfinished.open("w", encoding="utf-8") as out:
        for study in studies:
            out.write(line_of(study) + "\n")
            count += 1
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(root / STUDIES)
    write_header(root, header)
    return count


def line_of(study: Study) -> str:
    """A Study's line of `studies.jsonl`."""
    return json.dumps(study.to_json(), ensure_ascii=False, separators=(",", ":"))


def write_header(root: Path, header: Header) -> None:
    """Write `collection.json` alone."""
    unfinished = root / f"{HEADER}.part"
    text = json.dumps({"schema": SCHEMA} | to_plain(header), indent=2, ensure_ascii=False)
    unfinished.write_text(f"{text}\n", "utf-8")
    unfinished.replace(root / HEADER)


def attach(study: Study, root: Path, where: str) -> Study:
    """The Study with loaders for its images and masks.

    Raises:
        RecordError: a path that leaves the collection.
    """
    file = partial(inside, root=root, where=where)
    images = tuple(dataclasses.replace(i, load=FilePixels(file(i.path))) for i in study.images)
    regions = tuple(
        dataclasses.replace(region, mask=dataclasses.replace(region.mask, load=FileLabels(file(region.mask.path))))
        if isinstance(region.mask, MaskFile)
        else region
        for region in study.regions
    )
    return dataclasses.replace(study, images=images, regions=regions)


def inside(path: str, *, root: Path, where: str) -> Path:
    """Where a Study's file lies.

    Raises:
        RecordError: a path that leaves the collection.
    """
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        raise RecordError(f"{where}: path {path!r} leaves the collection", hint="paths are relative to the collection")
    return root / pure


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error


def header_of(data: bytes, root: Path) -> Header:
    """Check and rebuild what `collection.json` says.

    Args:
        root: its folder, for messages.

    Raises:
        LayoutError: one of a later schema.
        RecordError: it breaks the schema.
    """
    record = parse_json(_decoded(data, root / HEADER), HEADER)
    if isinstance(record, dict) and isinstance(record.get("schema"), int) and record["schema"] > SCHEMA:
        raise LayoutError(
            f"{root / HEADER}: schema {record['schema']}, this version reads up to {SCHEMA}", hint="upgrade polyclinic"
        )
    return from_plain(Header, record, HEADER)


def parse_json(text: str, where: str) -> Any:
    """The value of a text.

    Raises:
        RecordError: it is not JSON.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RecordError(f"{where}: not JSON ({error.msg} at column {error.colno})") from error
    except (ValueError, RecursionError) as error:  # too many digits, or too deep
        raise RecordError(f"{where}: not JSON that can be read ({error})") from error


def parse_line(line: str, where: str) -> Study:
    """The Study of a line, checked; its pixels have no loader yet.

    Raises:
        RecordError: it breaks the schema.
    """
    study = Study.from_json(parse_json(line, where), where)
    for i, region in enumerate(study.regions):
        if isinstance(region.mask, Mask) and sum(region.mask.counts) != _size(region.mask):
            raise RecordError(f"{where}.regions[{i}].mask.counts: runs do not sum to the size {region.mask.size}")
        if study.images and not 0 <= region.image < len(study.images):
            raise RecordError(f"{where}.regions[{i}].image: no image {region.image}, the study has {len(study.images)}")
    return study


def _size(mask: Mask) -> int:
    total = 1
    for length in mask.size:
        total *= length
    return total


def _check_ids(studies: Sequence[Study]) -> None:
    seen: set[str] = set()
    for number, study in enumerate(studies, start=1):
        if study.id in seen:
            raise RecordError(f"{STUDIES}:{number}.id: {study.id!r} appears twice")
        seen.add(study.id)
