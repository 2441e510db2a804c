"""PadChest: radiographs of Alicante with Spanish reports, findings and their places.

Shape: `PADCHEST_chest_x_ray_images_labels_160K*.csv(.gz)` and images in `0/` ... `54/`, or all in one folder. One
Study is one examination.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.drafts import Draft, Drafts, day, placed
from polyclinic.layouts.facts import Facts, facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import cell, head, listed, one_of, rows_of
from polyclinic.store.collection import Collection

NAME = "PadChest"
LOOKED_FOR = "PadChest's table with ImageID, StudyID and LabelsLocalizationsBySentence"
SET = "padchest"
NEEDED = {"ImageID", "StudyID", "PatientID", "Labels"}
BY_SENTENCE = "LabelsLocalizationsBySentence"
VIEWS = {"L": "LL", "AP_horizontal": "AP"}
PLACE = "loc "
# words in the column of labels that say something of the examination, not of a finding
ASIDE = ("normal", "exclude", "unchanged", "suboptimal study")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    table = _table(path)
    return f"{table.name} has PadChest's columns" if table and set(head(table)) >= NEEDED else None


def read(path: Path) -> Collection:
    """One Study an examination, with its report in Spanish."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    for row, where in rows_of(_table(path)):
        _take(drafts, row, where)
    return drafts.intake.collection(drafts.studies(), "images")


def _take(drafts: Drafts, row: Row, where: str) -> None:
    name = row["ImageID"]
    held = next((spot for spot in (f"{row['ImageDir']}/{name}", name) if drafts.intake.files.has(spot)), name)
    image = drafts.intake.image(held, where)
    if image is None:
        return
    draft = drafts.open(row["StudyID"], row["PatientID"])
    written = cell(row, "Projection", "ViewPosition_DICOM")
    time = day(cell(row, "StudyDate_DICOM").partition(".")[0])
    draft.show(placed(image, view=VIEWS.get(written, written), time_days=time))
    draft.note("sex", row["PatientSex_DICOM"])
    draft.note("label method", row["MethodLabel"])
    if report := cell(row, "Report"):
        draft.language, draft.sections = "es", {"report": report}
    _label(draft, drafts.intake.facts, row)


def _label(draft: Draft, facts: Facts, row: Row) -> None:
    """Findings with the place that the same sentence gives; words aside become labels."""
    places: dict[str, str] = {}
    for sentence in listed(row[BY_SENTENCE]):
        words = [str(word).strip() for word in sentence] if isinstance(sentence, list) else []
        spoken = "; ".join(word.removeprefix(PLACE) for word in words if word.startswith(PLACE))
        places |= {word: spoken for word in words if spoken and not word.startswith(PLACE)}
    for written in (str(word).strip() for word in listed(row["Labels"])):
        if written in ASIDE:
            draft.labels["no finding" if written == "normal" else written] = True
        elif written:
            where = {"location": places[written]} if written in places else {}
            draft.say(facts.word(written), True, **where)


def _table(path: Path) -> Path | None:
    return one_of(path, "PADCHEST_chest_x_ray_images_labels*.csv*", "*padchest*.csv*")
