"""Quilt-1M: histology frames of teaching videos and figures, with the sentences spoken over them.

Shape: `quilt_1M_lookup.csv` with image_path, caption, subset, split, pathology, roi_text, magnification and more;
images anywhere below. The subject is the video, which is the part of an image's name before `_image_`.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.asked import Asked
from polyclinic.layouts.drafts import Draft
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import cell, head, listed, one_of, rows_of
from polyclinic.store.collection import Collection

NAME = "Quilt-1M"
LOOKED_FOR = "quilt_1M_lookup.csv with its images"
SET = "quilt"
NEEDED = {"image_path", "caption", "subset"}
FRAME = "_image_"
LABELS = ("subset", "magnification", "not_histology", "single_wsi")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    table = _table(path)
    return f"{table.name} has Quilt's columns" if table and set(head(table)) >= NEEDED else None


def read(path: Path) -> Collection:
    """One Study an image; its captions are the caption and what is said of its regions."""
    files = Files.below(path)
    asked = Asked(Intake(files, facts_of_set(SET, files)))
    for row, where in rows_of(_table(path)):
        name = row["image_path"]
        video, found, _ = stem(name).partition(FRAME)
        image = asked.drafts.search(name, where)
        draft = asked.about(image, split_of(row["split"]), video if found else "")
        if draft is not None:
            _describe(draft, row)
    return asked.drafts.intake.collection(asked.drafts.studies(), "images")


def _describe(draft: Draft, row: Row) -> None:
    spoken = [str(text).strip() for text in listed(row["roi_text"])]
    draft.captions += [text for text in (cell(row, "caption"), *spoken) if text]
    for name in LABELS:
        draft.note(name.replace("_", " "), row[name])
    kinds = [str(kind) for kind in listed(row["pathology"])]
    draft.note("pathology", ", ".join(kinds) or row["pathology"])


def _table(path: Path) -> Path | None:
    return one_of(path, "quilt_1[Mm]_lookup*.csv", "quilt*.csv")
