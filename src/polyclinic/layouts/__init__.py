"""Layouts: the forms in which people keep images with text, labels, boxes and masks, each to a `Collection`.

One small file a layout, with `NAME`, `LOOKED_FOR`, `matches(path)` (the reason, or None) and `read(path)`.
The first that matches reads the folder; public sets with a form of their own (`public/`) are asked first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from polyclinic.errors import LayoutError
from polyclinic.layouts import (
    acdc,
    camelyon,
    cases,
    cell_painting,
    channel_files,
    coco,
    conversations,
    decathlon,
    dicom_studies,
    folder_per_class,
    geojson,
    image_folders,
    image_masks,
    jats,
    native,
    nsd,
    openfmri,
    parquet,
    polyps,
    questions,
    shards,
    single_image,
    table,
    tcga,
    voc,
)
from polyclinic.layouts.facts import set_called
from polyclinic.layouts.files import Files
from polyclinic.layouts.layout import Layout
from polyclinic.layouts.public import SETS
from polyclinic.layouts.tabular import broken
from polyclinic.store.collection import Collection
from polyclinic.store.remote import is_remote
from polyclinic.store.shelf import open_shards

__all__ = ["LAYOUTS", "Recognition", "open_folder", "recognise"]


LAYOUTS: tuple[Layout, ...] = (
    native,
    shards,
    single_image,
    acdc,
    camelyon,
    nsd,
    openfmri,
    tcga,
    cell_painting,
    geojson,
    cases,
    decathlon,
    image_folders,
    parquet,
    coco,
    jats,
    conversations,
    questions,
    table,
    voc,
    polyps,
    image_masks,
    dicom_studies,
    folder_per_class,
    channel_files,
)
PUBLIC = "and for the public sets of docs/guides/public-sets.md"


@dataclass(frozen=True)
class Recognition:
    """Which layout a path is of, and why."""

    layout: Layout
    reason: str


def recognise(path: Path | str) -> Recognition:
    """Find the layout of a folder or file; an address is one of shards.

    Raises:
        LayoutError: missing, empty, or of no known layout; says what was looked for and what was found.
    """
    if is_remote(str(path)):
        return Recognition(shards, "it is an address")
    path = Path(path)
    if not path.exists():
        raise LayoutError(f"{path} is missing", hint="give a folder, a table, or an image")
    for layout in (*SETS, *LAYOUTS):
        reason = layout.matches(path)
        if reason is not None:
            return Recognition(layout, reason)
    if wrong := broken(path):
        raise LayoutError(f"{path}: its tables cannot be read: {'; '.join(wrong)}")
    held = _contents(Files.below(path)) if path.is_dir() else f"one {path.suffix or chr(63)} file"
    if known := set_called(path.name):
        raise LayoutError(f"{path} is called like {known.name} but lacks its files: it holds {held}", hint=known.where)
    raise LayoutError(
        f"{path} is of no known layout: it holds {held}",
        hint="; ".join(["looked for " + "; ".join(layout.LOOKED_FOR for layout in LAYOUTS), PUBLIC]),
    )


def open_folder(path: Path | str) -> Collection:
    """Open a folder (or a table, or an image) of any known layout as a collection.

    What could not be taken in stands in the collection's `skipped`. An address (`https://...`, `s3://...`) is one
    of shards.

    Raises:
        LayoutError: of no known layout, or nothing in it could be taken in.
        RecordError: a Polyclinic collection that breaks its schema.
    """
    if is_remote(str(path)):
        return open_shards(str(path))
    return recognise(path).layout.read(Path(path))


def _contents(files: Files) -> str:
    endings = Counter(Path(path).suffix.lower() or "(no ending)" for path in files.paths)
    return ", ".join(f"{count} {ending} files" for ending, count in endings.most_common(5))
