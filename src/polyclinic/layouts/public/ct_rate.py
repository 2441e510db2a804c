"""CT-RATE: chest CT volumes with reports and eighteen abnormalities.

Shape, below the folder or its `dataset/`: `train/train_1/train_1_a/train_1_a_1.nii.gz` (`train_fixed/`, `valid/` as
well), `radiology_text_reports/*reports.csv`, `multi_abnormality_labels/*labels.csv`, `metadata/*metadata.csv`. One
Study is one scan with its reconstructions. The volumes that are there decide; rows without one are counted.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from polyclinic.layouts.columns import number
from polyclinic.layouts.drafts import Draft, Drafts, findings_in
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import cell, head, listed, rows_of
from polyclinic.store.collection import Collection

NAME = "CT-RATE"
LOOKED_FOR = "CT-RATE's radiology_text_reports with VolumeName"
SET = "ct_rate"
VOLUME = re.compile(r"((train|valid)_\d+)_[a-z]+_\d+")
KEY = "VolumeName"
SECTIONS = {
    "ClinicalInformation_EN": "indication",
    "Technique_EN": "technique",
    "Findings_EN": "findings",
    "Impressions_EN": "impression",
}
REPORTS, LABELS, METADATA = (
    "radiology_text_reports/*.csv",
    "multi_abnormality_labels/*.csv",
    "metadata/*metadata*.csv",
)


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    found = [table for pattern in (REPORTS, LABELS) for table in _tables(path, pattern) if KEY in head(table)]
    return f"{found[0].name} names volumes" if found else None


def read(path: Path) -> Collection:
    """One Study a scan."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    for volume in files.images:
        _take(drafts, volume)
    facts, absent = drafts.intake.facts, set[str]()
    columns = {column: facts.word(column) for column in facts.findings}
    for row, draft in _known(drafts, path, REPORTS, absent):
        draft.sections = {name: said for column, name in SECTIONS.items() if (said := cell(row, column))}
    for row, draft in _known(drafts, path, LABELS, absent):
        for name, present in findings_in(row, columns).items():
            draft.say(name, present)
    for row, draft in _known(drafts, path, METADATA, absent):
        _measure(draft, row)
    if absent:
        drafts.intake.notes.append(f"{len(absent)} scans of the tables have no volume here")
    return drafts.intake.collection(drafts.studies(), "volumes")


def _take(drafts: Drafts, volume: str) -> None:
    name = PurePosixPath(volume).name
    found = VOLUME.match(name)
    if found is None:
        return
    image = drafts.intake.image(volume, volume)
    if image is not None:
        draft = drafts.open(_scan(name), found[1])
        draft.split = split_of(found[2])
        draft.show(image)


def _known(drafts: Drafts, path: Path, pattern: str, absent: set[str]) -> Iterator[tuple[Row, Draft]]:
    for table in _tables(path, pattern):
        for row, _ in rows_of(table):
            scan = _scan(row[KEY])
            draft = drafts.get(scan)
            if draft is None:
                absent.add(scan)
            else:
                yield row, draft


def _measure(draft: Draft, row: Row) -> None:
    """Sex and age, and the spacing of a volume whose own header only says 1 mm."""
    draft.note("sex", row["PatientSex"])
    draft.note("age", row["PatientAge"].rstrip("Y"))
    plane, depth = listed(row["XYSpacing"]), number(row["ZSpacing"])
    if depth is None or len(plane) != 2 or not all(isinstance(side, int | float) for side in plane):
        return
    for index, image in enumerate(draft.images):
        if PurePosixPath(image.path).name == row[KEY] and set(image.spacing_mm or (1.0,)) == {1.0}:
            draft.images[index] = dataclasses.replace(image, spacing_mm=(depth, float(plane[1]), float(plane[0])))


def _scan(name: str) -> str:
    """`train_1_a` of `train_1_a_2.nii.gz`."""
    return name.partition(".")[0].rpartition("_")[0]


def _tables(path: Path, pattern: str) -> list[Path]:
    return sorted(table for above in ("", "dataset/") for table in path.glob(f"{above}{pattern}") if table.is_file())
