"""What each part of a Study teaches."""

import dataclasses

import numpy as np
import pytest

from polyclinic.curate.instructions import (
    Instruction,
    annotated,
    derive,
    match_text,
    parse_report,
    report_text,
    survey,
)
from polyclinic.study import Finding, Image, Mask, Region, Report, Study, Turn

MASK = Mask.from_array(np.eye(8))
LUNG = Region("lung", "organ", box=(0, 0, 8, 8), mask=MASK)
NODULE = Region("nodule", "finding", box=(1, 1, 3, 3), mask=MASK)
FULL = Study(
    id="a2",
    subject="a",
    images=(Image("a.png"),),
    prior="a1",
    report=Report({"comparison": "Prior film.", "findings": "A nodule.", "impression": "Nodule."}),
    findings=(
        Finding("nodule", present=True, change="new"),
        Finding("effusion", present=False),
        Finding("mass", present=None),
    ),
    regions=(LUNG, NODULE),
    labels={"sex": "F", "age": 60, "smoker": True},
    turns=(Turn("Where is it?", "right", evidence=(NODULE,)), Turn("Changed?", "new", prior=True)),
)
PLAIN = Study(id="b", subject="b", images=(Image("b.png"),), regions=(LUNG,), labels={"sex": "M", "smoker": False})
KNOWN = survey([FULL, PLAIN])


def of(origin: str, study: Study = FULL) -> list[Instruction]:
    return [instruction for instruction in derive(study, KNOWN) if instruction.origin == origin]


def test_survey_knows_names_and_values() -> None:
    assert KNOWN.concepts == ("lung", "nodule", "effusion", "mass")
    assert KNOWN.masks == KNOWN.boxes == ("lung", "nodule")
    assert KNOWN.labels == {"sex": ("F", "M"), "smoker": ("no", "yes")}


def test_findings_become_questions_and_hedged_ones_do_not() -> None:
    assert [(i.prompt, i.target) for i in of("findings")] == [("Is there nodule?", "yes"), ("Is there effusion?", "no")]


def test_labels_become_closed_questions() -> None:
    assert [(i.prompt, i.target, i.options) for i in of("labels")] == [
        ("What is the sex?", "F", ("F", "M")),
        ("What is the smoker?", "yes", ("no", "yes")),
    ]


def test_masks_become_segment_turns() -> None:
    assert [(i.prompt, len(i.regions)) for i in of("masks")] == [("lung", 1), ("nodule", 1)]
    assert [i.prompt for i in of("masks", PLAIN)] == ["lung"], "nobody looked for nodules there"


def test_boxes_become_find_count_and_region_turns() -> None:
    asked = [(i.task, i.prompt, i.target) for i in of("boxes")]
    assert ("find", "nodule", "") in asked
    assert ("answer", "How many nodule are there?", "1") in asked
    assert ("answer", "What is in this box?", "nodule") in asked


def test_turns_keep_evidence_and_need_a_prior_only_where_there_is_one() -> None:
    assert [i.prompt for i in of("turns")] == ["Where is it?", "Changed?"]
    assert of("turns")[0].regions == (NODULE,)
    assert [i.prompt for i in of("turns", dataclasses.replace(FULL, prior=None))] == ["Where is it?"]


def test_changes_are_asked_where_the_source_asks_nothing_of_the_kind() -> None:
    assert of("prior") == []
    (change,) = of("prior", dataclasses.replace(FULL, turns=()))
    assert (change.target, change.prior) == ("new", True)


def test_reports_are_written_and_matched_without_what_the_image_cannot_tell() -> None:
    report, match = of("report")
    assert report.target == "findings: A nodule.\nimpression: Nodule."
    assert match.target == match_text(FULL) == "A nodule. Nodule."


@pytest.mark.parametrize("sections", [{"findings": "One. Two: three.", "impression": "Four."}, {"caption": "Five."}])
def test_reports_come_back(sections: dict[str, str]) -> None:
    assert parse_report(report_text(Report(sections)), "en").sections == sections


def test_absence_is_known_by_statement_or_by_company() -> None:
    drawn = dataclasses.replace(PLAIN, regions=(LUNG, dataclasses.replace(NODULE, name="mass")))
    known = survey([FULL, drawn])
    assert annotated(FULL, "nodule", known, masks=True) is True
    assert annotated(FULL, "mass", known, masks=True) is None, "hedged"
    assert annotated(drawn, "nodule", known, masks=True) is False, "another finding was drawn"
    assert annotated(PLAIN, "nodule", known, masks=True) is None, "only organs were drawn"
