"""MIMIC-CXR-JPG: radiographs with labels, reports and the official split, as PhysioNet gives them.

Shape: `mimic-cxr-2.0.0-metadata.csv.gz`, and beside it `-split`, `-chexpert` or `-negbio`; images and reports lie in
`files/p10/p10000032/s50414267/<dicom>.jpg` and `files/p10/p10000032/s50414267.txt` (`mimic-cxr-reports/files/...` as
well). One Study is one examination; its visits are in order. The CheXpert labels are taken where both are there.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.drafts import Draft, Drafts, day, findings_in, placed
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import Row, read_text
from polyclinic.layouts.sections import sections_of
from polyclinic.layouts.streams import cell, head, one_of, rows_of
from polyclinic.store.collection import Collection

NAME = "MIMIC-CXR-JPG"
LOOKED_FOR = "mimic-cxr-*-metadata.csv with its images"
SET = "mimic_cxr_jpg"
NORMAL = "No Finding"
PLACES = ("files", "", "mimic-cxr-jpg/files")
REPORTS = ("files", "mimic-cxr-reports/files", "reports/files", "", "reports")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    table = _table(path, "metadata")
    return f"{table.name} lists its radiographs" if table and "dicom_id" in head(table) else None


def read(path: Path) -> Collection:
    """One Study an examination, with its images, report and findings."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    splits = {row["dicom_id"]: row["split"] for row, _ in rows_of(_table(path, "split"))}
    for row, where in rows_of(_table(path, "metadata")):
        _take(drafts, row, where, splits)
    _label(path, drafts)
    unreported = sum(not _report(drafts, draft) for draft in drafts if draft.images)
    if unreported:
        drafts.intake.notes.append(f"{unreported} examinations have no report: they come with MIMIC-CXR, apart")
    return drafts.intake.collection(drafts.studies(), "images")


def _take(drafts: Drafts, row: Row, where: str, splits: dict[str, str]) -> None:
    subject, study, dicom = f"p{row['subject_id']}", f"s{row['study_id']}", row["dicom_id"]
    spots = [f"{place}/{subject[:3]}/{subject}/{study}/{dicom}.jpg".lstrip("/") for place in PLACES]
    image = drafts.picture(spots[0], where, *spots[1:])
    if image is None:
        return
    draft = drafts.open(study, subject)
    draft.split = split_of(splits.get(dicom, "")) or draft.split
    time = day(row["StudyDate"], row["StudyTime"])
    draft.show(placed(image, view=cell(row, "ViewPosition"), time_days=time))


def _label(path: Path, drafts: Drafts) -> None:
    facts = drafts.intake.facts
    columns = {column: facts.word(column) for column in facts.findings}
    for row, _ in rows_of(_table(path, "chexpert") or _table(path, "negbio")):
        draft = drafts.get(f"s{row['study_id']}")
        if draft is None:
            continue
        for name, present in findings_in(row, columns).items():
            draft.say(name, present)
        if findings_in(row, {NORMAL: NORMAL}).get(NORMAL):
            draft.labels["no finding"] = True


def _report(drafts: Drafts, draft: Draft) -> bool:
    """Read the examination's report; whether there is one."""
    files, subject = drafts.intake.files, draft.subject
    spots = (f"{place}/{subject[:3]}/{subject}/{draft.id}.txt".lstrip("/") for place in REPORTS)
    held = next((spot for spot in spots if files.has(spot)), None)
    if held is not None:
        draft.sections = sections_of(read_text(files.root / held))
    return held is not None


def _table(path: Path, name: str) -> Path | None:
    return one_of(path, f"mimic-cxr-*-{name}.csv.gz", f"mimic-cxr-*-{name}.csv")
