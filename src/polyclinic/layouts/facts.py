"""What a folder cannot say of itself: licence, modality, what its masks show, which columns to leave.

Shipped facts lie in `sets/*.toml`, each with a `[match]` table that tells its set by columns and files; a
`polyclinic.toml` beside the data says the same things and wins. Both have these keys, all optional:

| key | meaning |
| --- | --- |
| name, licence, modality, domain, note | as the record has them |
| subject | columns that together name a subject |
| [columns] | column = role (a key of `[roles]` in names.toml, `ignore`, or `report`, `caption`, `label`) |
| [regions] | mask column, mask folder or box label = the region's name |
| [values] | mask column or folder = list of names of the values 1, 2 ... |
| [kinds] | region's name = `organ`, `finding` or another group; `default` speaks for the rest |
| [[images]] | rules of file names that make cases: `paths`, and optionally `channel`, `modality`, `optional` |
| [[masks]] | rules of their masks: `paths`, and `name` or `values` (value = name); `instances`, `lazy` |
| [[tables]] | a table about the cases: `path`, `key` (column), `labels` (column = label), `subject`, `split` |
| aside | rules of files to leave |
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from polyclinic.errors import LayoutError
from polyclinic.layouts.files import Files
from polyclinic.records import from_plain

OWN = "polyclinic.toml"


@dataclass(frozen=True)
class Match:
    """What tells a public set: columns that one of its tables has, patterns that some of its files fit."""

    columns: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImageRule:
    """Files that are one image of a case.

    Args:
        paths: rules as in patterns.py; the first that fits counts.
        channel: the image's name among the case's images.
        optional: whether nothing is said where a case lacks it.
    """

    paths: tuple[str, ...]
    channel: str | None = None
    modality: str | None = None
    optional: bool = False


@dataclass(frozen=True)
class MaskRule:
    """Files that are masks of a case.

    Args:
        name: what they show; else the rule's field `name` says it, or `values`.
        values: value -> name, for label maps.
        instances: each file is one thing, so it gets a box.
        lazy: do not look whether a mask is empty; for sets with hundreds of thousands of masks.
    """

    paths: tuple[str, ...]
    name: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    instances: bool = False
    lazy: bool = False


@dataclass(frozen=True)
class TableRule:
    """A table with a row a case.

    Args:
        key: the column that holds the case's name.
        labels: column -> the label that it becomes.
    """

    path: str
    key: str
    labels: Mapping[str, str] = field(default_factory=dict)
    subject: str | None = None
    split: str | None = None


@dataclass(frozen=True)
class Facts:
    """The keys of the table above."""

    name: str | None = None
    licence: str | None = None
    modality: str | None = None
    domain: str | None = None
    note: str | None = None
    subject: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    images: tuple[ImageRule, ...] = ()
    masks: tuple[MaskRule, ...] = ()
    tables: tuple[TableRule, ...] = ()
    aside: tuple[str, ...] = ()
    match: Match = field(default_factory=Match)

    def kind(self, name: str) -> str | None:
        """The kind of a region."""
        return self.kinds.get(name, self.kinds.get("default"))


def facts_of(files: Files, columns: Iterable[frozenset[str]] = ()) -> Facts:
    """The facts of a folder: shipped ones that match it, then its own `polyclinic.toml` over them.

    Args:
        columns: the columns of each of its tables.

    Raises:
        LayoutError: `polyclinic.toml` is broken or says something unknown.
    """
    tables = list(columns)
    record = next((record for record in _shipped() if _fits(record.get("match", {}), files, tables)), {})
    return from_plain(Facts, {**record, **_own(files)}, OWN)


def _own(files: Files) -> dict[str, Any]:
    path = files.root / OWN
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LayoutError(f"{path}: {error}", hint="its keys are listed in docs/guides/your-own-data.md") from error


@cache
def _shipped() -> tuple[dict[str, Any], ...]:
    folder = resources.files("polyclinic.layouts") / "sets"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(tomllib.loads(entry.read_text("utf-8")) for entry in found)


def _fits(match: Mapping[str, Any], files: Files, tables: list[frozenset[str]]) -> bool:
    columns, patterns = frozenset(match.get("columns", ())), match.get("files", ())
    if columns and not any(columns <= table for table in tables):
        return False
    return bool(columns or patterns) and all(fnmatch.filter(files.paths, pattern) for pattern in patterns)
