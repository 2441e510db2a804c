"""What a folder cannot say of itself: licence, modality, what its masks show, which columns to leave.

Shipped facts lie in `sets/*.toml`. A set of a general layout has a `[match]` table that tells it by columns and
files; a set with a layout of its own is asked for by its file's name. A `polyclinic.toml` beside the data says the
same things and wins. Both have these keys, all optional:

| key | meaning |
| --- | --- |
| name, licence, modality, domain, note | as the record has them |
| home, access | the set's page, and what to do to get it where it is not simply downloaded |
| gives | what its Studies have, in a few words |
| called | names that its folder bears, for messages when something lacks |
| subject | columns that together name a subject |
| findings | columns or words that are findings, as the set writes them |
| [names] | word or code of the set = the name that the record uses |
| [checksums] | file = its published checksum, `md5:...` or `sha256:...` |
| [columns] | column = role (a key of `[roles]` in names.toml, `ignore`, or `report`, `caption`, `label`) |
| [regions] | mask column, mask folder or box label = the region's name |
| [values] | mask column or folder = list of names of the values 1, 2 ... |
| [classes] | part of the set or column = list of names of the classes 0, 1 ... |
| [modalities] | part of the set, or a pattern of its cases = its DICOM code |
| [kinds] | region's name = `organ`, `finding` or another group; `default` speaks for the rest |
| [[images]] | rules of file names that make cases: `paths`, and optionally `channel`, `modality`, `optional` |
| [[masks]] | rules of their masks: `paths`, and `name` or `values` (value = name); `instances`, `lazy` |
| [[tables]] | a table about the cases: `path`, `key` (column), `labels` (column = label), `subject`, `split` |
| reports | rules of text files that are each the report of a case |
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
from polyclinic.layouts.files import Files, leads_out
from polyclinic.layouts.names import plain
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
    home: str | None = None
    access: str | None = None
    gives: str | None = None
    called: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modalities: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    images: tuple[ImageRule, ...] = ()
    masks: tuple[MaskRule, ...] = ()
    tables: tuple[TableRule, ...] = ()
    reports: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    match: Match = field(default_factory=Match)

    def kind(self, name: str) -> str | None:
        """The kind of a region."""
        return self.kinds.get(name, self.kinds.get("default"))

    def word(self, written: str) -> str:
        """The record's name for a word or code of the set; its own in lower case where none is told."""
        return self.names.get(written, written.strip().lower().replace("_", " "))

    @property
    def where(self) -> str | None:
        """Where to get the set, for the hint of an error."""
        told = [self.access, f"its page is {self.home}" if self.home else None]
        return "; ".join(filter(None, told)) or None


def facts_of(files: Files, columns: Iterable[frozenset[str]] = ()) -> Facts:
    """The facts of a folder: shipped ones that match it or its name, then its own `polyclinic.toml` over them.

    Args:
        columns: the columns of each of its tables.

    Raises:
        LayoutError: `polyclinic.toml` is broken or says something unknown.
    """
    tables = list(columns)
    shipped = _shipped()
    fitting = (record for record in shipped.values() if _fits(record.get("match", {}), files, tables))
    record = next(fitting, shipped.get(_stem_called(files.root.name) or "", {}))
    return from_plain(Facts, {**record, **_own(files)}, OWN)


def facts_of_set(stem: str, files: Files | None = None) -> Facts:
    """The facts of a public set by the name of its TOML file, with a folder's own `polyclinic.toml` over them.

    Raises:
        LayoutError: as `facts_of`.
    """
    return from_plain(Facts, {**_shipped()[stem], **(_own(files) if files is not None else {})}, OWN)


def set_called(folder: str) -> Facts | None:
    """The facts of the public set that a folder is named after, None where it is named after none.

    Example:
        >>> known = set_called("mimic-cxr-jpg-2.1.0")
        >>> known.name if known else None
        'MIMIC-CXR-JPG'
    """
    stem = _stem_called(folder)
    return facts_of_set(stem) if stem is not None else None


def facts_titled(name: str) -> Facts | None:
    """The facts of the public set of this name, as a collection made of it has it; None where there is none."""
    stem = next((stem for stem, record in _shipped().items() if record.get("name") == name), None)
    return facts_of_set(stem) if stem is not None else None


def public_facts() -> dict[str, Facts]:
    """The facts of all public sets by the stem of their file."""
    return {stem: facts_of_set(stem) for stem in _shipped()}


def _stem_called(folder: str) -> str | None:
    name = plain(folder)
    known = [(plain(called), stem) for stem, record in _shipped().items() for called in record.get("called", ())]
    fitting = [(len(called), stem) for called, stem in known if name == called or name.startswith(f"{called}_")]
    return max(fitting)[1] if fitting else None


def _own(files: Files) -> dict[str, Any]:
    path = files.root / OWN
    if not path.is_file() or leads_out(path, files.root):
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise LayoutError(f"{path}: {error}", hint="its keys are listed in docs/guides/your-own-data.md") from error


@cache
def _shipped() -> dict[str, dict[str, Any]]:
    """The shipped facts by the stem of their file."""
    folder = resources.files("polyclinic.layouts") / "sets"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return {entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text("utf-8")) for entry in found}


def _fits(match: Mapping[str, Any], files: Files, tables: list[frozenset[str]]) -> bool:
    columns, patterns = frozenset(match.get("columns", ())), match.get("files", ())
    if columns and not any(columns <= table for table in tables):
        return False
    return bool(columns or patterns) and all(fnmatch.filter(files.paths, pattern) for pattern in patterns)
