"""A Polyclinic collection: `studies.jsonl` and `collection.json`."""

from __future__ import annotations

from pathlib import Path

from polyclinic.store.collection import HEADER, STUDIES, Collection, open_collection

NAME = "collection"
LOOKED_FOR = f"a Polyclinic collection ({HEADER} and {STUDIES})"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    return f"it has {HEADER} and {STUDIES}" if (path / HEADER).is_file() and (path / STUDIES).is_file() else None


def read(path: Path) -> Collection:
    """Open and validate the collection."""
    return open_collection(path)
