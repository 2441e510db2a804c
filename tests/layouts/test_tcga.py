"""TCGA: slides by case, outcomes from clinical tables in several forms, and what is not told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.layouts import open_folder, recognise
from polyclinic.layouts.tcga import outcome
from polyclinic.study import Outcome

Paint = Callable[..., Path]
DEAD, ALIVE, NONE = "TCGA-CR-7395", "TCGA-AA-0001", "TCGA-AA-0002"
HEAD = ("case_submitter_id", "vital_status", "days_to_death", "days_to_last_follow_up", "age_at_index", "gender")


def clinical(tmp_path: Path, *rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> None:
    (tmp_path / "clinical.tsv").write_text("\n".join("\t".join(row) for row in (head, *rows)) + "\n")


def slides(paint: Paint, *cases: str) -> None:
    for case in cases:
        paint(f"slides/{case}-01A-01-TS1.0a1b.tif")


def test_outcomes(tmp_path: Path, paint: Paint) -> None:
    slides(paint, DEAD, ALIVE, NONE)
    paint(f"slides/{DEAD}-01Z-00-DX1.0a1c.tif")
    paint("slides/other.tif")
    rows = [
        (DEAD, "Dead", "412", "'--", "61", "male"),
        (ALIVE, "Alive", "'--", "90", "50", "not reported"),
        (ALIVE, "Alive", "'--", "700", "50", "not reported"),
        ("TCGA-AA-9999", "Alive", "'--", "3", "'--", "female"),
    ]
    clinical(tmp_path, *rows)
    assert recognise(tmp_path).layout.NAME == "TCGA"
    held = open_folder(tmp_path)
    alive, none, dead = held
    assert (dead.id, len(dead.images), dead.outcome) == (DEAD, 2, Outcome(412.0, True))
    assert dead.labels == {"age": 61.0, "sex": "male"}
    assert (alive.outcome, alive.labels) == (Outcome(700.0, False), {"age": 50.0})
    assert (none.outcome, none.labels) == (None, {})
    assert held.skipped == (
        "slides/other.tif: its name is no TCGA barcode",
        f"{NONE}: the clinical table does not have this case, so its outcome is unknown",
    )
    assert held.header.note == "1 cases of the clinical table have no slide here"


def test_dotted_and_pan_cancer_columns(tmp_path: Path, paint: Paint) -> None:
    slides(paint, DEAD, ALIVE)
    head = ("cases.submitter_id", "demographic.vital_status", "demographic.days_to_death")
    clinical(tmp_path, (DEAD, "Dead", "5"), (ALIVE, "Dead", "'--"), head=head)
    held = open_folder(tmp_path)
    assert held.by_id[DEAD].outcome == Outcome(5.0, True)
    assert held.skipped == (f"{ALIVE}: the clinical table tells no time of death or last follow-up",)
    clinical(tmp_path, (DEAD, "1", "5"), (ALIVE, "0", "7"), head=("bcr_patient_barcode", "OS", "OS.time"))
    assert [study.outcome for study in open_folder(tmp_path)] == [Outcome(7.0, False), Outcome(5.0, True)]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, None),
        ({"vital_status": ["Dead"]}, None),
        ({"vital_status": ["Dead"], "days_to_last_follow_up": ["9"]}, None),
        ({"vital_status": ["Alive"], "days_to_last_follow_up": ["-3"]}, None),
        ({"vital_status": ["Not Reported"], "days_to_last_follow_up": ["9"]}, None),
        ({"vital_status": ["Dead"], "days_to_death": ["0"]}, Outcome(0.0, True)),
    ],
)
def test_what_is_an_outcome(told: dict[str, list[str]], expected: Outcome | None) -> None:
    assert outcome(told) == expected
