"""Reports as FHIR R4 DiagnosticReports, held against what the resource demands."""

from __future__ import annotations

import base64
import json
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from polyclinic.study import Report
from polyclinic.writers.fhir import diagnostic_report

REPORT = Report({"findings": "A nodule <5 mm & possible effusion.", "impression": "Nodule."})
FINDINGS = {"effusion": None, "mass": False, "nodule": True}
# FHIR R4, value sets bound as `required`
STATUSES = {
    "DiagnosticReport": {"registered", "partial", "preliminary", "final", "amended", "corrected", "appended"},
    "Observation": {"registered", "preliminary", "final", "amended", "corrected"},
}


@pytest.fixture
def made() -> dict[str, Any]:
    return diagnostic_report(REPORT, FINDINGS, study="a-2", subject="a")


def test_required_fields_are_there(made: dict[str, Any]) -> None:
    for resource in (made, *made["contained"]):
        assert resource["status"] in STATUSES[resource["resourceType"]]
        assert resource["code"]["text"], "code is 1..1"
    assert made["code"]["coding"] == [{"system": "http://loinc.org", "code": "18748-4"}]
    assert made["text"]["status"] == "generated"
    json.dumps(made, allow_nan=False)


def test_what_is_contained_is_referred_to_by_ids_of_its_own(made: dict[str, Any]) -> None:
    ids = [one["id"] for one in made["contained"]]
    assert len(set(ids)) == 3
    assert [one["reference"] for one in made["result"]] == [f"#{ident}" for ident in ids]


def test_an_observation_has_a_value_or_says_why_not(made: dict[str, Any]) -> None:
    by_name = {one["code"]["text"]: one for one in made["contained"]}
    assert (by_name["nodule"]["valueBoolean"], by_name["mass"]["valueBoolean"]) == (True, False)
    assert "valueBoolean" not in by_name["effusion"]
    assert by_name["effusion"]["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert made["conclusionCode"] == [{"text": "nodule"}]


def test_the_narrative_is_xhtml_whatever_the_report_holds(made: dict[str, Any]) -> None:
    root = Xml.fromstring(made["text"]["div"])
    assert root.tag == "{http://www.w3.org/1999/xhtml}div"
    assert "A nodule <5 mm & possible effusion." in "".join(root.itertext())


def test_the_words_are_attached_and_concluded(made: dict[str, Any]) -> None:
    assert base64.b64decode(made["presentedForm"][0]["data"]).decode() == REPORT.text
    assert made["conclusion"] == "Nodule."
    assert made["subject"] == {"identifier": {"system": "urn:polyclinic:subject", "value": "a"}}


def test_an_empty_report_has_nothing_contained() -> None:
    made = diagnostic_report(Report({"findings": "Clear."}), {}, study="s", subject="p")
    assert not {"contained", "result", "conclusion", "conclusionCode"} & made.keys()
