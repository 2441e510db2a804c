"""The collection: a folder with `studies.jsonl` (a Study a line), `collection.json`, and its files.

Reading validates every line and names file, line and field of what is wrong. Each file is written beside its
place and moved there whole, the header last: after a kill a new folder is a collection or none, and in an old
one each file is the old or the new one.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import LayoutError, ReadError, RecordError, UsageError
from polyclinic.readers import read_labels, read_pixels
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


@dataclass(frozen=True)
class Collection:
    """Studies with their root folder and splits.

    Args:
        skipped: what could not be taken in, one line each, with its reason.
    """

    root: Path
    header: Header
    studies: tuple[Study, ...]
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
        return self.by_id.get(study.prior) if study.prior else None

    def split(self, name: str) -> tuple[Study, ...]:
        """The Studies of one split; `all` gives every one.

        Raises:
            UsageError: no Study falls into it.
        """
        chosen = self.studies if name == "all" else tuple(s for s in self.studies if self.header.splits.of(s) == name)
        if not chosen:
            held = sorted({self.header.splits.of(study) for study in self.studies})
            raise UsageError(f"{self.header.name} has no study in split {name!r}", hint=f"it has {', '.join(held)}")
        return chosen


def open_collection(root: Path) -> Collection:
    """Read and validate a collection; pixels stay on disk.

    Raises:
        LayoutError: the folder is no collection, or one of a later schema.
        RecordError: a line that breaks the schema.
    """
    header = _read_header(root)
    lines = _read_text(root / STUDIES).split("\n")  # texts may hold what splitlines() takes for a line's end
    studies = tuple(
        attach(_parse_line(line, f"{STUDIES}:{number}"), root, f"{STUDIES}:{number}")
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
            out.write(json.dumps(study.to_json(), ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(root / STUDIES)
    write_header(root, header)
    return count


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
    file = partial(_inside, root=root, where=where)
    images = tuple(dataclasses.replace(i, load=partial(read_pixels, file(i.path))) for i in study.images)
    regions = tuple(
        dataclasses.replace(
            region, mask=dataclasses.replace(region.mask, load=partial(read_labels, file(region.mask.path)))
        )
        if isinstance(region.mask, MaskFile)
        else region
        for region in study.regions
    )
    return dataclasses.replace(study, images=images, regions=regions)


def _inside(path: str, *, root: Path, where: str) -> Path:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        raise RecordError(f"{where}: path {path!r} leaves the collection", hint="paths are relative to the collection")
    return root / pure


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error


def _read_header(root: Path) -> Header:
    if not (root / HEADER).is_file() or not (root / STUDIES).is_file():
        raise LayoutError(f"{root} is no collection: it lacks {HEADER} or {STUDIES}")
    record = _parse_json(_read_text(root / HEADER), HEADER)
    if isinstance(record, dict) and isinstance(record.get("schema"), int) and record["schema"] > SCHEMA:
        raise LayoutError(
            f"{root / HEADER}: schema {record['schema']}, this version reads up to {SCHEMA}", hint="upgrade polyclinic"
        )
    return from_plain(Header, record, HEADER)


def _parse_json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RecordError(f"{where}: not JSON ({error.msg} at column {error.colno})") from error
    except (ValueError, RecursionError) as error:  # too many digits, or too deep
        raise RecordError(f"{where}: not JSON that can be read ({error})") from error


def _parse_line(line: str, where: str) -> Study:
    study = Study.from_json(_parse_json(line, where), where)
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
