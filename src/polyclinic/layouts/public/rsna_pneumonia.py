"""RSNA Pneumonia Detection Challenge: DICOM radiographs with boxes of lung opacity.

Shape: `stage_2_train_labels.csv` (a row a box), `stage_2_detailed_class_info.csv`, `stage_2_train_images/<id>.dcm` and
`stage_2_test_images/<id>.dcm`, which have no labels. With `pneumonia-challenge-dataset-mappings*.json` beside them the
subject is ChestX-ray14's patient; without it each image is its own.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.columns import number
from polyclinic.layouts.drafts import Draft, Drafts
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import Row, read_table
from polyclinic.layouts.streams import head, one_of, rows_of
from polyclinic.store.collection import Collection
from polyclinic.study import Region

NAME = "RSNA pneumonia"
LOOKED_FOR = "stage_2_train_labels.csv with its radiographs"
SET = "rsna_pneumonia"
NEEDED = {"patientId", "x", "y", "width", "height", "Target"}
FINDING = "lung opacity"
IMAGES = ("stage_2_{}_images", "{}_images", "{}")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    table = _table(path)
    return f"{table.name} has boxes by patientId" if table and set(head(table)) >= NEEDED else None


def read(path: Path) -> Collection:
    """One Study an image."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    patients = _patients(path)
    for row, where in rows_of(_table(path)):
        name = row["patientId"]
        if _known(drafts, name, patients.get(name, name), where):
            _take(drafts.open(name, name), row, where, drafts.intake.skipped)
    for row, _ in rows_of(one_of(path, "stage_2_detailed_class_info.csv", "*class_info*.csv")):
        if (draft := drafts.get(row["patientId"])) is not None:
            draft.note("class", row["class"])
    _add_test(drafts, patients)
    return drafts.intake.collection(drafts.studies(), "images")


def _known(drafts: Drafts, name: str, subject: str, where: str, part: str = "train") -> bool:
    """Whether the image is there; taken in where it was not."""
    if name in drafts:
        return True
    spots = [f"{folder.format(part)}/{name}.dcm" for folder in IMAGES]
    image = drafts.picture(spots[0], where, *spots[1:])
    if image is None:
        return False
    drafts.open(name, subject).show(image)
    return True


def _take(draft: Draft, row: Row, where: str, skipped: list[str]) -> None:
    target = number(row["Target"])
    if target is None:
        skipped.append(f"{where}: no target")
        return
    draft.split = "train"
    draft.say(FINDING, target == 1)
    sides = [side for column in ("x", "y", "width", "height") if (side := number(row[column])) is not None]
    if len(sides) == 4:
        x, y, width, height = sides
        draft.regions.append(Region(FINDING, "finding", box=(x, y, x + width, y + height)))
    elif target == 1:
        skipped.append(f"{where}: no box")


def _add_test(drafts: Drafts, patients: dict[str, str]) -> None:
    for path in drafts.intake.files.paths:
        folder, _, name = path.rpartition("/")
        if folder == IMAGES[0].format("test") and name.endswith(".dcm"):
            key = stem(name)
            if _known(drafts, key, patients.get(key, key), path, "test"):
                drafts.open(key, key).split = "test"


def _patients(path: Path) -> dict[str, str]:
    """Image -> patient of ChestX-ray14, whose image names start with the patient's number."""
    table = one_of(path, "pneumonia-challenge-dataset-mappings*.json")
    rows = read_table(table).rows if table else ()
    return {row["subset_img_id"]: row["img_id"].partition("_")[0] for row in rows if row["img_id"]}


def _table(path: Path) -> Path | None:
    return one_of(path, "stage_2_train_labels.csv", "stage_1_train_labels.csv")
