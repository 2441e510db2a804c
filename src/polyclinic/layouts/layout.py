"""What a layout is."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from polyclinic.store.collection import Collection


class Layout(Protocol):
    """What a layout's module has; the module itself is the layout."""

    NAME: str
    LOOKED_FOR: str

    def matches(self, path: Path) -> str | None:
        """Why the path is of this layout, None where it is not."""

    def read(self, path: Path) -> Collection:
        """Make the collection."""
