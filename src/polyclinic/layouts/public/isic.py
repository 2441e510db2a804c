"""ISIC's challenges and HAM10000: dermoscopic images with diagnosis, site, sex and age.

Shape: tables in the folder or one deeper, joined by image: `HAM10000_metadata.csv`,
`ISIC_2019_Training_Metadata.csv`, `*_GroundTruth.csv` (one column a class), ISIC 2020's `train.csv`, the archive's
`metadata.csv`; images anywhere below. The subject is the patient, else the lesion, else the image.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.asked import split_in
from polyclinic.layouts.columns import number
from polyclinic.layouts.drafts import Draft, Drafts
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import cell, head, rows_of
from polyclinic.store.collection import Collection

NAME = "ISIC"
LOOKED_FOR = "ISIC's or HAM10000's tables with image and lesion, patient or classes"
SET = "isic"
IMAGES = ("image_id", "image", "image_name", "isic_id")
TOLD_BY = {"lesion_id", "patient_id", "dx", "MEL"}
CLASSES = ("MEL", "NV", "BCC", "AK", "AKIEC", "BKL", "DF", "VASC", "SCC")
DIAGNOSES = ("dx", "diagnosis", "diagnosis_3", "diagnosis_2", "diagnosis_1")
LABELS = {
    "sex": ("sex",),
    "age": ("age", "age_approx"),
    "site": ("localization", "anatom_site_general", "anatom_site_general_challenge"),
    "confirmed by": ("dx_type", "diagnosis_confirm_type"),
    "malignancy": ("benign_malignant",),
}
PREFIX = "ISIC_"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    tables = _tables(path)
    return f"{tables[0].name} lists ISIC images" if tables else None


def read(path: Path) -> Collection:
    """One Study an image."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    for table in _tables(path):
        split = split_in(Path(table.name))
        for row, where in rows_of(table):
            draft = _draft(drafts, stem(cell(row, *IMAGES)), where)
            if draft is not None:
                draft.split = split or draft.split
                _describe(drafts, draft, row)
    return drafts.intake.collection(drafts.studies(), "images")


def _draft(drafts: Drafts, name: str, where: str) -> Draft | None:
    if name in drafts:
        return drafts.get(name)
    image = drafts.search(name, where)
    if image is None:
        return None
    draft = drafts.open(name, name)
    draft.show(image)
    return draft


def _describe(drafts: Drafts, draft: Draft, row: Row) -> None:
    facts = drafts.intake.facts
    hot = [name for name in CLASSES if number(row[name]) == 1]
    written = cell(row, *DIAGNOSES) or (hot[0] if len(hot) == 1 else "")
    draft.note("diagnosis", facts.word(written) if written else "")
    for name, columns in LABELS.items():
        draft.note(name, cell(row, *columns))
    lesion = cell(row, "lesion_id") if draft.subject == draft.id else draft.subject
    draft.subject = cell(row, "patient_id") or lesion or draft.id


def _tables(path: Path) -> list[Path]:
    found = (
        sorted([*path.glob("*.csv"), *path.glob("*/*.csv"), *path.glob("HAM10000_metadata")]) if path.is_dir() else []
    )
    return [table for table in found if table.is_file() and _is_one(table)]


def _is_one(table: Path) -> bool:
    columns = set(head(table))
    if not columns & set(IMAGES) or not columns & TOLD_BY:
        return False
    first = next(rows_of(table), None)
    return first is not None and cell(first[0], *IMAGES).startswith(PREFIX)
