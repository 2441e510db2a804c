"""Grades of diabetic retinopathy: EyePACS, MESSIDOR, MESSIDOR-2 and IDRiD.

Shape: `trainLabels.csv` (image, level) with `train/10_left.jpeg`; MESSIDOR's annotations saved as CSV (Image name,
Retinopathy grade, Risk of macular edema), MESSIDOR-2's `messidor_data.csv`; IDRiD's tables of training and testing
labels below `2. Groundtruths/`, whose images have the same names in both sets. Images lie anywhere below. EyePACS
tells the patient and the eye by the image's name; in the others each image is a subject of its own.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from polyclinic.layouts.asked import split_in
from polyclinic.layouts.columns import number
from polyclinic.layouts.drafts import Draft, Drafts
from polyclinic.layouts.facts import Facts, facts_of_set
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import cell, head, rows_of
from polyclinic.store.collection import Collection

NAME = "fundus grades"
LOOKED_FOR = "EyePACS's, MESSIDOR's or IDRiD's tables of grades"
FORMS = {  # the more special first: IDRiD has MESSIDOR's columns but one
    "messidor": (
        {"Image name", "Ophthalmologic department", "Retinopathy grade"},
        {"image_id", "adjudicated_dr_grade"},
    ),
    "idrid": ({"Image name", "Retinopathy grade"},),
    "eyepacs": ({"image", "level"},),
}
IMAGES = ("image", "Image name", "image_id", "id_code")
GRADES = ("level", "Retinopathy grade", "adjudicated_dr_grade")
EDEMA = ("Risk of macular edema", "adjudicated_dme")
GRADABLE = "adjudicated_gradable"
EYES = ("left", "right")
DEPTHS = ("*.csv", "*/*.csv", "*/*/*.csv")
TEST_TABLE = "retinopathy_solution"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    found = _tables(path)
    return f"{found[0][0].name} has grades as {facts_of_set(found[0][1]).name} writes them" if found else None


def read(path: Path) -> Collection:
    """One Study an image."""
    files = Files.below(path)
    tables = _tables(path)
    drafts = Drafts(Intake(files, facts_of_set(tables[0][1], files)))
    named: dict[str, list[str]] = defaultdict(list)
    for image in files.images:
        named[stem(image)].append(image)
    for table, _ in tables:
        split = "test" if table.stem.startswith(TEST_TABLE) else split_in(Path(table.name))
        for row, where in rows_of(table):
            _take(drafts, row, where, split, named)
    return drafts.intake.collection(drafts.studies(), "images")


def _take(drafts: Drafts, row: Row, where: str, split: str | None, named: dict[str, list[str]]) -> None:
    name = stem(cell(row, *IMAGES))
    spots = named.get(name, [])
    if len(spots) > 1:  # the same name in both sets: the folder's name tells
        spots = [spot for spot in spots if split_in(Path(spot).parent / "x") == split]
    image = drafts.search(spots[0] if len(spots) == 1 else name, where)
    if image is None:
        return
    patient, _, eye = name.rpartition("_")
    sided = eye in EYES and bool(patient)
    ident = name if len(named[name]) == 1 else f"{split}-{name}"
    draft = drafts.open(ident, patient if sided else ident)
    draft.split = split
    draft.show(image)
    if sided:
        draft.labels["eye"] = eye
    _grade(draft, drafts.intake.facts, row)


def _grade(draft: Draft, facts: Facts, row: Row) -> None:
    grade, names = number(cell(row, *GRADES)), facts.classes.get("grade", ())
    draft.note("retinopathy grade", cell(row, *GRADES))
    if grade is not None and 0 <= grade < len(names):
        draft.labels["retinopathy"] = names[int(grade)]
    draft.note("macular edema", cell(row, *EDEMA))
    if gradable := cell(row, GRADABLE):
        draft.labels["gradable"] = number(gradable) == 1


def _tables(path: Path) -> list[tuple[Path, str]]:
    """Tables of grades, each with its set; of several sets only the first one's."""
    found = sorted(table for depth in DEPTHS for table in path.glob(depth)) if path.is_dir() else []
    told = [(table, _set_of(table)) for table in found if table.is_file()]
    known = [(table, name) for table, name in told if name]
    return [pair for pair in known if pair[1] == known[0][1]]


def _set_of(table: Path) -> str:
    columns = set(head(table))
    return next((name for name, forms in FORMS.items() if any(form <= columns for form in forms)), "")
