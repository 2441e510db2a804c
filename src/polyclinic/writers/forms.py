"""The forms that a collection can be written in, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from polyclinic.store.collection import Collection
from polyclinic.writers import coco, geojson, huggingface, llava, nnunet, parquet, webdataset
from polyclinic.writers.account import Written


class Writer(Protocol):
    """What a form's module has; the module itself is the writer."""

    NAME: str

    def write(self, collection: Collection, out: Path, *, link: bool = False) -> Written:
        """Write a collection to a new folder."""


WRITERS: tuple[Writer, ...] = (coco, nnunet, llava, webdataset, huggingface, parquet, geojson)
FORMS = {writer.NAME: writer for writer in WRITERS}
