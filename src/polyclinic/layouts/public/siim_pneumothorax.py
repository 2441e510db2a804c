"""SIIM-ACR Pneumothorax Segmentation: DICOM radiographs with masks as run lengths.

Shape: `train-rle.csv` or `stage_2_train.csv` with ImageId and EncodedPixels (-1 where there is none), and
`dicom-images-train/*/*/<ImageId>.dcm`. Several rows of one image are several masks.
"""

from __future__ import annotations

import math
from pathlib import Path

from polyclinic.layouts.drafts import Drafts
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import head, one_of, rows_of
from polyclinic.store.collection import Collection
from polyclinic.study import Mask, Region

NAME = "SIIM pneumothorax"
LOOKED_FOR = "SIIM's train-rle.csv with its radiographs"
SET = "siim_pneumothorax"
NEEDED = {"ImageId", "EncodedPixels"}
TABLES = ("train-rle.csv", "stage_2_train.csv", "*train*rle*.csv", "*rle*.csv")
FINDING = "pneumothorax"
NONE = "-1"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    table = one_of(path, *TABLES)
    return f"{table.name} has masks as run lengths" if table and set(head(table)) >= NEEDED else None


def read(path: Path) -> Collection:
    """One Study an image."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    for row, where in rows_of(one_of(path, *TABLES)):
        name = row["ImageId"]
        if name not in drafts and (image := drafts.search(name, where)) is not None:
            drafts.open(name, name).show(image)
        _take(drafts, row, where)
    return drafts.intake.collection(drafts.studies(), "images")


def _take(drafts: Drafts, row: Row, where: str) -> None:
    draft, written = drafts.get(row["ImageId"]), row["EncodedPixels"].strip()
    if draft is None:
        return
    if written in ("", NONE):
        if written:
            draft.say(FINDING, False)
        return
    mask = mask_of(written, drafts.intake.shape(draft.images[0].path)[1:])
    if mask is None:
        drafts.intake.skipped.append(f"{where}: its run lengths do not fit the image")
        return
    draft.say(FINDING, True)
    draft.regions.append(Region(FINDING, "finding", mask=mask))


def mask_of(written: str, size: tuple[int, ...]) -> Mask | None:
    """A mask from pairs of gap and run, each gap counted from the end of the run before, down the columns.

    That is the record's own order, so the pairs only get the background that follows them.

    Example:
        >>> mask_of("1 2", (2, 3)).counts
        (1, 2, 3)
    """
    try:
        runs = [int(word) for word in written.split()]
    except ValueError:
        return None
    rest = math.prod(size) - sum(runs)
    if len(runs) % 2 or rest < 0 or min(runs, default=0) < 0:
        return None
    return Mask(tuple(size), tuple([*runs, rest] if rest or not runs else runs))
