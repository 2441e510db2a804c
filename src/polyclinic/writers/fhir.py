"""A report as a FHIR R4 DiagnosticReport, with an Observation inside for each finding that it speaks of.

Source: HL7 FHIR R4 (4.0.1), resources DiagnosticReport and Observation. Nothing is known of the patient but the
collection's own names, so subject and study are logical references: an identifier and no address.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from typing import Any

from polyclinic.study import Report
from polyclinic.writers.dicom_source import NOTICE

LOINC, IMAGING_REPORT = "http://loinc.org", "18748-4"
ABSENT_REASONS = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
SYSTEM = "urn:polyclinic"
CONCLUSIONS = ("impression", "conclusion")
Json = dict[str, Any]


def diagnostic_report(report: Report, findings: Mapping[str, bool | None], *, study: str, subject: str) -> Json:
    """The resource; its status is `preliminary`, as nobody has signed it.

    Args:
        findings: name -> stated (True), denied (False) or left open (None).
        study: id of the Study.
        subject: id of the subject.
    """
    observed = [_observation(number, name, present) for number, (name, present) in enumerate(findings.items(), 1)]
    made: Json = {
        "resourceType": "DiagnosticReport",
        "language": report.language,
        "meta": {"tag": [{"system": SYSTEM, "code": "research", "display": NOTICE}]},
        "text": {"status": "generated", "div": _narrative(report)},
        "status": "preliminary",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}]}],
        "code": {"coding": [{"system": LOINC, "code": IMAGING_REPORT}], "text": "Diagnostic imaging study"},
        "subject": _named("subject", subject),
        "imagingStudy": [_named("study", study)],
        "presentedForm": [_attached(report)],
    }
    if observed:
        made |= {"contained": observed, "result": [{"reference": f"#{one['id']}"} for one in observed]}
    conclusion = next((report.sections[name] for name in CONCLUSIONS if report.sections.get(name)), None)
    coded = [{"text": name} for name, present in findings.items() if present]
    return made | ({"conclusion": conclusion} if conclusion else {}) | ({"conclusionCode": coded} if coded else {})


def _observation(number: int, name: str, present: bool | None) -> Json:
    """A finding as an Observation; one that is left open has no value, and says that it is unknown."""
    told: Mapping[str, Any] = {"valueBoolean": present}
    if present is None:
        told = {"dataAbsentReason": {"coding": [{"system": ABSENT_REASONS, "code": "unknown"}], "text": "uncertain"}}
    named = {"resourceType": "Observation", "id": f"finding-{number}", "status": "preliminary"}
    return {**named, "code": {"text": name}, **told}


def _named(kind: str, value: str) -> Json:
    return {"identifier": {"system": f"{SYSTEM}:{kind}", "value": value}}


def _attached(report: Report) -> Json:
    data = base64.b64encode(report.text.encode()).decode()
    return {"contentType": "text/plain; charset=utf-8", "language": report.language, "data": data}


def _narrative(report: Report) -> str:
    """The text that a reader has to be shown, as XHTML."""
    parts = [f"<p><b>{html.escape(name)}</b> {html.escape(text)}</p>" for name, text in report.sections.items()]
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{"".join(parts)}<p>{html.escape(NOTICE)}</p></div>'
