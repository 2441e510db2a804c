"""Whole slides with outlines drawn in ASAP, as CAMELYON16 and CAMELYON17 have them.

Shape: slides anywhere, `<slide>.xml` with outlines for some of them, `stage_labels.csv` (CAMELYON17) and
`reference.csv` (CAMELYON16). A slide without outlines is a Study too; all slides of a `patient_017` are that
subject's. Outlines are scaled from the full slide to the size at which the slide is read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import LayoutError, PolyclinicError
from polyclinic.layouts.columns import number
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.markup import root_is
from polyclinic.layouts.names import plain, split_of
from polyclinic.layouts.outlines import Points, outlined, points_of
from polyclinic.layouts.rows import read_text
from polyclinic.readers.markup import read_xml
from polyclinic.store.collection import Collection
from polyclinic.study import Region, Study

NAME = "slides with ASAP outlines"
LOOKED_FOR = "slides with ASAP's XML outlines (CAMELYON)"
ROOT = "ASAP_Annotations"
AREAS, MARKS = ("Polygon", "Spline", "Rectangle"), ("Dot", "PointSet")
PATIENT = re.compile(r"(patient_\d+)(?:_node_\d+)?")
CLASSES = ("normal", "tumor")
STAGES, REFERENCE = "stage_labels.csv", "reference.csv"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not path.is_dir():
        return None
    files = Files.below(path)
    slides = {stem(slide) for slide in _slides(files)}
    found = [file for file in files.paths if file.endswith(".xml") and PurePosixPath(file).stem in slides]
    return f"{len(found)} slides have outlines of their name" if found and root_is(path / found[0], ROOT) else None


def read(path: Path) -> Collection:
    """One Study a slide, with a Region for each outline."""
    files = Files.below(path)
    intake = Intake(files, facts_of(files))
    outlines = {PurePosixPath(file).stem: file for file in files.paths if file.endswith(".xml")}
    told = _labels(files)
    studies = []
    for slide in _slides(files):
        image = intake.image(slide, slide)
        if image is None:
            continue
        name = stem(slide)
        patient = PATIENT.fullmatch(name)
        subject = patient.group(1) if patient else name
        shape = intake.shape(slide)[-2:]
        file = outlines.get(name)
        studies.append(
            Study(
                id=intake.study_id(slide),
                subject=subject,
                domain=intake.facts.domain,
                images=(image,),
                regions=tuple(_regions(intake, file, slide, (shape[0], shape[1]))) if file else (),
                labels=_class(slide) | told[subject] | told[name],
                source=intake.source(),
                split=next((split for split in map(split_of, slide.split("/")) if split is not None), None),
            )
        )
    slides = {stem(slide) for slide in _slides(files)}
    intake.skipped += [f"{file}: no slide of this name" for name, file in outlines.items() if name not in slides]
    return intake.collection(studies, "slides")


def _slides(files: Files) -> list[str]:
    """Images that are no masks of another image."""
    return [path for path in files.images if not stem(path).endswith("_mask")]


def _regions(intake: Intake, file: str, slide: str, size: tuple[int, int]) -> Iterator[Region]:
    try:
        root = read_xml(intake.files.root / file)
        scale = _scale(intake.files.root / slide, size)
    except PolyclinicError as error:
        intake.skipped.append(f"{file}: {error}")
        return
    for drawn in root.iter("Annotation"):
        called = str(drawn.get("Name"))
        try:
            yield _region(intake, drawn, scale, size)
        except LayoutError as error:
            intake.skipped.append(f"{file} {called}: {error}")


def _region(intake: Intake, drawn: Any, scale: tuple[float, float], size: tuple[int, int]) -> Region:
    group, form = str(drawn.get("PartOfGroup")), drawn.get("Type")
    name = intake.facts.regions.get(group, group)
    ordered = sorted(drawn.iter("Coordinate"), key=lambda one: number(one.get("Order", "")) or 0.0)
    pairs = [(number(one.get("X", "")), number(one.get("Y", ""))) for one in ordered]
    placed = [(x * scale[0], y * scale[1]) for x, y in pairs if x is not None and y is not None]
    if len(placed) != len(pairs) or not placed:
        raise LayoutError("its coordinates are no numbers")
    if form in MARKS:
        return Region(name, intake.facts.kind(name), points=tuple(placed))
    if form not in AREAS:
        raise LayoutError(f"an annotation of type {form!r} is not read")
    ring: Points = points_of(placed)
    return outlined(name, intake.facts.kind(name), [[ring]], size)


def _scale(slide: Path, size: tuple[int, int]) -> tuple[float, float]:
    """Read pixels per full pixel, along x and y: slides are read at a level that fits into memory."""
    import tifffile

    from polyclinic.readers.files import reading

    if not slide.name.lower().endswith((".tif", ".tiff", ".svs")):
        return 1.0, 1.0
    with reading(slide, "TIFF"), tifffile.TiffFile(slide) as file:
        page = file.pages.first
        return size[1] / page.imagewidth, size[0] / page.imagelength


def _class(slide: str) -> dict[str, str | float | bool]:
    """The class by the slide's folder or name, where CAMELYON16 tells it so."""
    words = [*slide.lower().split("/")[:-1], stem(slide).lower().split("_")[0]]
    found = next((word for word in words if word in CLASSES), None)
    return {"class": found} if found else {}


def _labels(files: Files) -> dict[str, dict[str, str | float | bool]]:
    """Labels by patient or slide, from the sets' two tables; `reference.csv` has no head."""
    told: dict[str, dict[str, str | float | bool]] = defaultdict(dict)
    for path in files.paths:
        name = PurePosixPath(path).name
        if name not in (STAGES, REFERENCE):
            continue
        for line in read_text(files.root / path).splitlines():
            cells = [cell.strip() for cell in line.split(",")]
            if len(cells) < 2 or cells[0] == "patient":
                continue
            if name == STAGES:
                told[_bare(cells[0])]["pn_stage" if cells[0].endswith(".zip") else "node_stage"] = cells[1]
            else:
                told[_bare(cells[0])]["class"] = plain(cells[1])
    return told


def _bare(called: str) -> str:
    return stem(called.removesuffix(".zip"))
