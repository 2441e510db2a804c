"""A draft of a report with its sentences tied to regions, compared with the reference, and sent on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from polyclinic.errors import UnsupportedError
from polyclinic.metrics.finding_labels import label_report
from polyclinic.replies import plain_region
from polyclinic.serving.workbench.bench import Bench, from_dicom
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.serving.workbench.places import places
from polyclinic.serving.workbench.routes import PREFIX
from polyclinic.serving.workbench.sentences import shown_findings, tied
from polyclinic.study import Region, Report, Study
from polyclinic.writers.dicom_source import NOTICE
from polyclinic.writers.fhir import diagnostic_report

MOST_TEXT, MOST_SECTIONS, MOST_REGIONS = 20_000, 16, 256
Json = dict[str, Any]
Form = Literal["text", "json", "dicom-sr", "fhir"]
Language = Literal["en", "zh", "ar"]
Ident = Annotated[str, Field(max_length=512)]
Number = Annotated[int, Field(ge=0)]
Sections = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=MOST_TEXT)]],
    Field(max_length=MOST_SECTIONS),
]


class Wanted(BaseModel):
    """A draft that is asked for; the first model that is open writes it where none is named."""

    model_config = ConfigDict(extra="forbid")
    study: Ident
    image: Number = 0
    index: Number = 0
    language: Language = "en"
    model: Annotated[str | None, Field(max_length=512)] = None


class Placed(BaseModel):
    """Where a finding is."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    name: Annotated[str, Field(max_length=128)]
    box: tuple[float, float, float, float]


class Written(BaseModel):
    """A report as it was edited."""

    model_config = ConfigDict(extra="forbid")
    study: Ident
    language: Language = "en"
    sections: Sections
    regions: Annotated[list[Placed], Field(max_length=MOST_REGIONS)] = []

    @property
    def report(self) -> Report:
        """The record of it."""
        return Report(self.sections, self.language)

    @property
    def placed(self) -> list[Region]:
        """Where its findings are."""
        return [Region(one.name, "finding", box=one.box) for one in self.regions]


class Sent(Written):
    """A report that goes on; of a volume, its boxes lie in one slice."""

    form: Form
    image: Number = 0
    index: Number = 0


def draft(model: LoadingModel, study: Study, image: int, language: str) -> Json:
    """A report with its regions, section by section in sentences.

    Args:
        study: as the model is shown it.
        image: number of the shown image in the Study that it is of.
    """
    reports: list[Report] = model.call("report", "report", [study], language)
    report = reports[0]
    regions = [replace(region, image=image) for region in places(model, study, shown_findings(report.text, language))]
    said = in_sentences(report, regions)
    return {"model": model.name, "phantom_trained": model.notice.phantom_trained, "language": language} | {
        "sections": said,
        "regions": [plain_region(region) for region in regions],
    }


def in_sentences(report: Report, regions: Sequence[Region]) -> dict[str, list[Json]]:
    """The report's sections, each in sentences that know their regions."""
    parts = report.sections.items()
    return {name: [one.plain for one in tied(text, regions, report.language)] for name, text in parts}


def differences(reference: Report, written: Report) -> list[Json]:
    """What each of two reports says of every finding that either speaks of; those that differ come first.

    A finding that a report passes over counts as denied by it, as in the scores of reports. Each is read in its own
    language.

    Example:
        >>> there, here = Report({"findings": "Mass. No nodule."}), Report({"findings": "Nodule."})
        >>> [row["name"] for row in differences(there, here) if not row["same"]]
        ['mass', 'nodule']
    """
    there, here = (label_report(report.text, report.language) for report in (reference, written))
    rows = [
        {"name": name, "reference": _said(there, name), "written": _said(here, name)}
        | {"same": there.get(name, False) == here.get(name, False)}
        for name in dict.fromkeys([*there, *here])
    ]
    return sorted(rows, key=lambda row: bool(row["same"]))


def _said(labels: Mapping[str, bool | None], name: str) -> str:
    if name not in labels:
        return "not mentioned"
    return {True: "present", False: "absent", None: "uncertain"}[labels[name]]


def as_text(report: Report) -> str:
    """Sections under their names, with what the text is not at the end."""
    parts = [f"{name.upper()}\n{text.strip()}" for name, text in report.sections.items() if text.strip()]
    return "\n\n".join([*parts, NOTICE]) + "\n"


def stated_regions(report: Report, placed: Sequence[Region]) -> list[Region]:
    """The findings that a report states or leaves open, each with its box where there is one."""
    labels = label_report(report.text, report.language)
    found = []
    for name, present in labels.items():
        if present is False:
            continue
        told = {"stated as": "present" if present else "uncertain"}
        own = [region for region in placed if region.name == name] or [Region(name)]
        found += [replace(region, attributes=told) for region in own]
    return found


def as_dicom(bench: Bench, sent: Sent) -> bytes:
    """A structured report on the Study's own DICOM image.

    Raises:
        UnsupportedError: the image is no DICOM file.
        UsageError: the report states nothing.
    """
    from polyclinic.writers.dicom_sr import write_measurements

    image = bench.image(sent.study, sent.image)
    if not from_dicom(image):
        raise UnsupportedError("a structured report refers to a DICOM image, which this is not", hint="send FHIR")
    placed = [in_slice(region, sent.index) for region in sent.placed] if image.is_volume else sent.placed
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.dcm"
        write_measurements(path, stated_regions(sent.report, placed), bench.collection.root / image.path)
        return path.read_bytes()


def in_slice(region: Region, index: int) -> Region:
    """The Region of a flat image as one of the volume that the image is a slice of.

    Example:
        >>> in_slice(Region("nodule", box=(1, 2, 3, 4)), 7).box
        (1, 2, 7, 3, 4, 8)
    """
    if region.box is None:
        return region
    x0, y0, x1, y1 = region.box
    return replace(region, box=(x0, y0, index, x1, y1, index + 1))


def as_fhir(bench: Bench, sent: Sent) -> Json:
    """A DiagnosticReport."""
    study, report = bench.study(sent.study), sent.report
    findings = label_report(report.text, report.language)
    return diagnostic_report(report, findings, study=study.id, subject=study.subject)


def _export(bench: Bench, sent: Sent) -> Response:
    plain = {"study": sent.study, "language": sent.language, "sections": dict(sent.sections)}
    forms: Mapping[Form, Callable[[], Response]] = {
        "text": lambda: Response(as_text(sent.report), media_type="text/plain; charset=utf-8"),
        "json": lambda: JSONResponse(plain | {"regions": [one.model_dump() for one in sent.regions]}),
        "fhir": lambda: JSONResponse(as_fhir(bench, sent), media_type="application/fhir+json"),
        "dicom-sr": lambda: Response(as_dicom(bench, sent), media_type="application/dicom"),
    }
    bench.study(sent.study)
    return forms[sent.form]()


def router(bench: Bench) -> APIRouter:
    """The endpoints of the page."""
    routes = APIRouter(prefix=PREFIX, tags=["workbench"])

    @routes.post("/draft")
    def drafted(wanted: Wanted) -> Json:
        """A draft in sentences that know their regions."""
        (model,) = bench.chosen([wanted.model] if wanted.model else [])[:1]
        return draft(model, bench.shown(wanted.study, wanted.image, wanted.index), wanted.image, wanted.language)

    @routes.post("/compare")
    def compared(written: Written) -> Json:
        """The report in sentences again, the reference, and the findings that differ; none where there is none."""
        reference = bench.study(written.study).report
        told: Json = {"sections": in_sentences(written.report, written.placed), "reference": None, "findings": []}
        if reference is None:
            return told
        return told | {"reference": dict(reference.sections), "findings": differences(reference, written.report)}

    @routes.post("/export", response_class=Response)
    def exported(sent: Sent) -> Response:
        """The report as text, JSON, a DICOM structured report or a FHIR DiagnosticReport."""
        return _export(bench, sent)

    return routes
