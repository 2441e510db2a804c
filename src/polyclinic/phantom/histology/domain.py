"""Histology as a domain: what occurs, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import Keys
from polyclinic.phantom.histology.findings import FIELD_MM
from polyclinic.phantom.histology.section import Section
from polyclinic.phantom.histology.tissue import Tissue
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import said_of
from polyclinic.phantom.latents import Patient, Person, Visit
from polyclinic.phantom.picture import Picture, photograph, region_of
from polyclinic.phantom.sampling import Course, Kind, Sizes, places, sample, sample_person, spec_of
from polyclinic.study import Image

__all__ = ["SPEC", "labels", "remarks", "renderer", "sample_patient"]

OWN = {"organ": ("colon", "stomach", "prostate")}
QUARTERS = places(("left", "right"), ("upper", "lower"))
ANYWHERE = (*QUARTERS, (None, "centre"))
UM = 0.001
GROWING = Course(resolves=0.1, grows=0.45, shrinks=0.15, grown=(1.15, 0.2))
KINDS = (
    Kind(
        "tumour",
        share=0.193,
        sizes=Sizes(60 * UM, 120 * UM, 80 * UM, 100 * UM, 5 * UM),
        places=ANYWHERE,
        margins=("smooth", "irregular"),
        attributes={"grade": ("well", "poorly")},
        course=GROWING,
        hazard=16.0,
    ),
    Kind(
        "lymphocytes",
        share=0.193,
        sizes=Sizes(40 * UM, 90 * UM, 55 * UM, 75 * UM, 5 * UM),
        places=QUARTERS,
        margins=("ill-defined",),
        many=(0.6, 0.9),
        hazard=-4.0,
    ),
    Kind(
        "necrosis",
        share=0.193,
        sizes=Sizes(50 * UM, 110 * UM, 70 * UM, 90 * UM, 5 * UM),
        places=ANYWHERE,
        hazard=8.0,
    ),
    Kind("haemorrhage", share=0.191, sizes=Sizes(40 * UM, 100 * UM, 60 * UM, 80 * UM, 5 * UM), places=QUARTERS),
    Kind(
        "calcification",
        share=0.192,
        sizes=Sizes(25 * UM, 60 * UM, 35 * UM, 50 * UM, 5 * UM),
        places=QUARTERS,
        many=(0.7, 0.9),
    ),
)
SPEC = spec_of(
    "histology",
    KINDS,
    counted=("calcification", "lymphocytes"),
    asked=("grade", "margin"),
    compared=True,
    aside=("calcification", "haemorrhage"),
    main=("tumour", "necrosis", "lymphocytes"),
    clear=("tumour", "necrosis"),
    sides=("left", "right"),
    zones=("upper", "lower", "centre"),
    per_mm=1000,
    step=10,
)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Person]:
    """One tissue of one patient, of which each visit is a section."""
    dials = dials or Dials()
    person = sample_person(stream(seed, index, "person"), OWN)
    patient = sample("histology", seed, index, dials, KINDS, person)
    return patient if dials.fields == 1 else replace(patient, visits=tuple(_grown(patient.visits, dials.fields)))


def _grown(visits: Iterable[Visit], times: int) -> Iterator[Visit]:
    """The visits with lesions so many times larger, as a slide has them."""
    for visit in visits:
        lesions, resolved = (
            tuple(replace(lesion, size_mm=round(lesion.size_mm * times, 6)) for lesion in some)
            for some in (visit.lesions, visit.resolved)
        )
        yield replace(visit, lesions=lesions, resolved=resolved)


def renderer(seed: int, patient: Patient[Person], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit of this patient: a patch, or a slide where the dials ask for several fields."""
    tissue = Tissue.of(seed, patient, dials)

    def slide(visit: Visit) -> Picture:
        section = Section(tissue, visit)
        name = f"images/{patient.id}-v{visit.index + 1}.svs"
        spacing_mm = (section.pixel_um / 1000,) * 2
        image = Image(name, modality="SM", spacing_mm=spacing_mm, time_days=visit.time_days, load=section)
        return Picture((image,), tuple(section.regions()))

    def draw(visit: Visit) -> Picture:
        pixels, glands, lesions = tissue.look(visit)
        spacing_mm = (round(FIELD_MM / dials.size, 8),) * 2
        regions = [region_of("gland", "organ", mask) for mask in glands]
        return photograph(patient, visit, pixels, {}, lesions, regions, modality="SM", spacing_mm=spacing_mm)

    return draw if dials.fields == 1 else slide


def remarks(patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """Which organ it is from."""
    return said_of(patient, ("organ",), draws), ()


def labels(patient: Patient[Any]) -> dict[str, str | float | bool]:
    """Sex, age and organ."""
    return {**patient.person.known, **patient.person.own}
