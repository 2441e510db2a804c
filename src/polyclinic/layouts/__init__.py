"""Layouts: the forms in which people keep images with text, labels, boxes and masks, each to a `Collection`.

One small file a layout, with `NAME`, `LOOKED_FOR`, `matches(path)` (the reason, or None) and `read(path)`.
The first that matches reads the folder.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from polyclinic.errors import LayoutError
from polyclinic.layouts import (
    acdc,
    camelyon,
    cases,
    cell_painting,
    coco,
    conversations,
    decathlon,
    folder_per_class,
    geojson,
    image_folders,
    image_masks,
    native,
    nsd,
    polyps,
    questions,
    single_image,
    table,
    tcga,
    voc,
)
from polyclinic.layouts.files import Files
from polyclinic.layouts.tabular import broken
from polyclinic.store.collection import Collection

__all__ = ["LAYOUTS", "Recognition", "open_folder", "recognise"]


class Layout(Protocol):
    """What a layout's module has; the module itself is the layout."""

    NAME: str
    LOOKED_FOR: str

    def matches(self, path: Path) -> str | None:
        """Why the path is of this layout, None where it is not."""

    def read(self, path: Path) -> Collection:
        """Make the collection."""


LAYOUTS: tuple[Layout, ...] = (
    native,
    single_image,
    acdc,
    camelyon,
    nsd,
    tcga,
    cell_painting,
    geojson,
    cases,
    decathlon,
    image_folders,
    coco,
    conversations,
    questions,
    table,
    voc,
    polyps,
    image_masks,
    folder_per_class,
)


@dataclass(frozen=True)
class Recognition:
    """Which layout a path is of, and why."""

    layout: Layout
    reason: str


def recognise(path: Path) -> Recognition:
    """Find the layout of a folder or file.

    Raises:
        LayoutError: missing, empty, or of no known layout; says what was looked for and what was found.
    """
    if not path.exists():
        raise LayoutError(f"{path} is missing", hint="give a folder, a table, or an image")
    files = Files.below(path) if path.is_dir() else None
    for layout in LAYOUTS:
        reason = layout.matches(path)
        if reason is not None:
            return Recognition(layout, reason)
    if wrong := broken(path):
        raise LayoutError(f"{path}: its tables cannot be read: {'; '.join(wrong)}")
    raise LayoutError(
        f"{path} is of no known layout: it holds {_contents(files) if files else f'one {path.suffix or chr(63)} file'}",
        hint="looked for " + "; ".join(layout.LOOKED_FOR for layout in LAYOUTS),
    )


def open_folder(path: Path) -> Collection:
    """Open a folder (or a table, or an image) of any known layout as a collection.

    What could not be taken in stands in the collection's `skipped`.

    Raises:
        LayoutError: of no known layout, or nothing in it could be taken in.
        RecordError: a Polyclinic collection that breaks its schema.
    """
    return recognise(path).layout.read(path)


def _contents(files: Files) -> str:
    endings = Counter(Path(path).suffix.lower() or "(no ending)" for path in files.paths)
    return ", ".join(f"{count} {ending} files" for ending, count in endings.most_common(5))
