"""A folder of shards: `collection.json`, `index.parquet` and tar files."""

from __future__ import annotations

from pathlib import Path

from polyclinic.store.collection import HEADER, Collection
from polyclinic.store.index import INDEX
from polyclinic.store.shards import is_shards
from polyclinic.store.shelf import open_shards

NAME = "shards"
LOOKED_FOR = f"shards ({HEADER}, {INDEX} and tar files)"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    return f"it has {HEADER} and {INDEX}" if is_shards(path) else None


def read(path: Path | str) -> Collection:
    """Open the shards of a folder or an address; Studies are read as they are asked for."""
    return open_shards(path)
