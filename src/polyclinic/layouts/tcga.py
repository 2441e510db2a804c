"""TCGA slides with a clinical table: one Study a case, with its outcome.

Shape: `TCGA-CR-7395-01A-01-TS1.<uuid>.svs` anywhere, and a table (TSV, CSV) with the case's barcode, vital status,
`days_to_death` and `days_to_last_follow_up`, as the GDC portal exports it (names with a dotted prefix are read too), or
`OS` and `OS.time` as the pan-cancer clinical resource has them. Several rows of a case count as one; the latest
follow-up counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from polyclinic.layouts.columns import number
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import missing, plain
from polyclinic.layouts.rows import Table
from polyclinic.layouts.tabular import tables_of
from polyclinic.store.collection import Collection
from polyclinic.study import Image, Outcome, Study

NAME = "TCGA"
LOOKED_FOR = "TCGA slides with a clinical table"
BARCODE = re.compile(r"(TCGA-[A-Z0-9]{2}-[A-Z0-9]{4})(?:-.*)?", re.IGNORECASE)
CASE = ("case_submitter_id", "submitter_id", "bcr_patient_barcode", "patient", "patient_id", "case_id")
STATUS = ("vital_status",)
DEATH = ("days_to_death",)
FOLLOW_UP = ("days_to_last_follow_up", "days_to_last_followup", "days_to_follow_up")
OVERALL, OVERALL_TIME = ("os",), ("os_time",)
LABELS: Mapping[str, tuple[str, ...]] = {
    "age": ("age_at_index", "age_at_initial_pathologic_diagnosis"),
    "sex": ("gender", "sex_at_birth", "sex"),
    "stage": ("ajcc_pathologic_stage", "ajcc_pathologic_tumor_stage", "tumor_stage", "figo_stage"),
    "grade": ("tumor_grade", "histological_grade"),
    "diagnosis": ("primary_diagnosis", "histological_type"),
    "project": ("project_id", "type"),
}

Facts = dict[str, list[str]]


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not path.is_dir():
        return None
    slides = [image for image in Files.below(path).images if BARCODE.fullmatch(stem(image))]
    told = [table for table in tables_of(path) if slides and _case_column(table) and _tells_outcome(table)]
    return f"{told[0].path.name} tells what became of the cases of {len(slides)} slides" if told else None


def read(path: Path) -> Collection:
    """One Study a case that has slides; cases without slides are counted."""
    files = Files.below(path)
    intake = Intake(files, facts_of(files))
    clinical = _clinical(path)
    cases: dict[str, list[str]] = defaultdict(list)
    for slide in files.images:
        found = BARCODE.fullmatch(stem(slide))
        if found:
            cases[found.group(1).upper()].append(slide)
        else:
            intake.skipped.append(f"{slide}: its name is no TCGA barcode")
    if lacking := len(clinical.keys() - cases.keys()):
        intake.notes.append(f"{lacking} cases of the clinical table have no slide here")
    studies = [
        _study(intake, case, images, clinical.get(case))
        for case, slides in cases.items()
        if (images := [image for slide in slides if (image := intake.image(slide, slide)) is not None])
    ]
    return intake.collection(studies, "slides")


def outcome(told: Facts) -> Outcome | None:
    """Time to death, or to the last follow-up of somebody alive; None where either is not told.

    Example:
        >>> outcome({"vital_status": ["Alive"], "days_to_last_follow_up": ["90", "410"]})
        Outcome(time_days=410.0, event=False, name='death')
    """
    status = _first(told, STATUS).lower()
    overall = number(_first(told, OVERALL))
    if status in ("dead", "deceased"):
        days = _days(told, DEATH)
    elif status in ("alive", "living"):
        days = _days(told, FOLLOW_UP)
    else:
        days = _days(told, OVERALL_TIME) if overall in (0.0, 1.0) else []
    event = status in ("dead", "deceased") or (not status and overall == 1.0)
    return Outcome(max(days), event) if days and max(days) >= 0 else None


def _study(intake: Intake, case: str, images: list[Image], told: Facts | None) -> Study:
    if told is None:
        intake.skipped.append(f"{case}: the clinical table does not have this case, so its outcome is unknown")
    known = outcome(told or {})
    if told is not None and known is None:
        intake.skipped.append(f"{case}: the clinical table tells no time of death or last follow-up")
    return Study(
        id=intake.name(case),
        subject=case,
        domain=intake.facts.domain,
        images=tuple(images),
        labels=dict(_labels(told or {})),
        outcome=known,
        source=intake.source(),
    )


def _clinical(path: Path) -> dict[str, Facts]:
    """All cells by case and plain column name, over all tables."""
    found: dict[str, Facts] = defaultdict(lambda: defaultdict(list))
    for table in tables_of(path):
        column = _case_column(table)
        for row in table.rows if column else ():
            barcode = BARCODE.fullmatch(row[column or ""])
            if barcode is None:
                continue
            for name, cell in row.cells.items():
                if not missing(cell) and cell.strip("'-[] "):
                    found[barcode.group(1).upper()][_plain(name)].append(cell)
    return found


def _plain(column: str) -> str:
    """A column's name without the GDC's prefix (`demographic.vital_status`); `OS.time` keeps its dot's place."""
    head, dot, tail = column.partition(".")
    return plain(tail if dot and plain(head) != "os" else column)


def _case_column(table: Table) -> str | None:
    """The column that holds barcodes: the best named of those whose first cell is one."""
    by_name = {_plain(column): column for column in table.columns}
    held = [by_name[name] for name in CASE if name in by_name]
    return next((c for c in held if table.rows and BARCODE.fullmatch(table.rows[0][c])), None)


def _tells_outcome(table: Table) -> bool:
    names = {_plain(column) for column in table.columns}
    return bool(names & {*STATUS, *OVERALL})


def _first(told: Facts, names: tuple[str, ...]) -> str:
    return next((told[name][0] for name in names if told.get(name)), "")


def _days(told: Facts, names: tuple[str, ...]) -> list[float]:
    return [days for name in names for cell in told.get(name, ()) if (days := number(cell)) is not None]


def _labels(told: Facts) -> Iterator[tuple[str, str | float]]:
    for label, names in LABELS.items():
        cell = _first(told, names)
        if cell and cell.lower() != "not reported":
            value = number(cell)
            yield label, cell if value is None else value
