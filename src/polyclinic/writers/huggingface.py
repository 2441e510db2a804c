"""Hugging Face's image folder, as `load_dataset("imagefolder", data_dir=OUT)` reads it: a folder and a table a split.

```text
train/metadata.jsonl   train/<study>.png   test/metadata.jsonl   test/<study>.png
```

A row is an image: `file_name`, `study`, `subject`, texts, labels, `questions`, and `objects` with boxes (x, y, width,
height) and categories. Masks become boxes.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from polyclinic.errors import PolyclinicError
from polyclinic.store.collection import Collection
from polyclinic.store.export import new_folder
from polyclinic.study import Study
from polyclinic.writers.account import Stems, Written, without
from polyclinic.writers.pictures import place_picture
from polyclinic.writers.rows import Columns, rows_of

NAME = "huggingface"
KEPT = ("report", "captions", "turns", "labels", "regions")
TABLE = "metadata.jsonl"


def write(collection: Collection, out: Path, *, link: bool = False) -> Written:
    """Write a collection as an image folder.

    Raises:
        UsageError: `out` is there already, and not empty.
    """
    written, stems = Written(), Stems()
    columns = Columns.over(collection)
    with new_folder(out) as building, ExitStack() as opened:
        tables: dict[str, IO[str]] = {}
        for study in collection:
            split = collection.header.splits.of(study)
            if split not in tables:
                (building / split).mkdir()
                tables[split] = opened.enter_context((building / split / TABLE).open("w", encoding="utf-8"))
            count_lost(study, written)
            placed = Placing(collection.root, building / split, stems.of(study.id), link)
            written.studies += _study(study, placed, tables[split], columns, written)
    return written


def count_lost(study: Study, written: Written) -> None:
    """Count what rows have no place for."""
    written.leave_parts(study, KEPT)
    if masks := sum(region.mask is not None for region in study.regions):
        written.leave("masks: only their boxes are written", study.id, masks)
    if points := sum(region.mask is None and region.box is None for region in study.regions):
        written.leave("region: points alone", study.id, points)


class Placing:
    """Where the pictures of one Study go."""

    def __init__(self, root: Path, folder: Path, stem: str, link: bool) -> None:
        self.root, self.folder, self.stem, self.link = root, folder, stem, link

    def place(self, study: Study, at: int, written: Written) -> str | None:
        """The name of an image's file; None, and a count, where it cannot be written."""
        image, stem = study.images[at], self.stem if at == 0 else f"{self.stem}.{at}"
        try:
            return place_picture(image, self.root, self.folder, stem, link=self.link)
        except PolyclinicError as error:
            written.leave(f"image: {without(error, image.path)}", study.id)
            return None


def _study(study: Study, placed: Placing, table: IO[str], columns: Columns, written: Written) -> bool:
    taken = False
    try:
        rows = list(rows_of(study, columns))
    except PolyclinicError as error:
        written.leave(f"study: {error}", study.id)
        return False
    for at, row in rows:
        name = placed.place(study, at, written)
        if name is not None:
            table.write(json.dumps({"file_name": name} | row, ensure_ascii=False) + "\n")
            taken = True
    return taken
