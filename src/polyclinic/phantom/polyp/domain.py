"""Colonoscopy as a domain: what occurs, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import Keys
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import said_of
from polyclinic.phantom.latents import Patient, Person, Visit
from polyclinic.phantom.picture import Picture, photograph
from polyclinic.phantom.polyp.bowel import Bowel
from polyclinic.phantom.polyp.findings import FIELD_MM
from polyclinic.phantom.sampling import Course, Kind, Sizes, places, sample, sample_person, spec_of

__all__ = ["SPEC", "labels", "remarks", "renderer", "sample_patient"]

OWN = {"segment": ("rectum", "sigmoid", "transverse", "ascending")}
QUARTERS = places(("left", "right"), ("upper", "lower"))
GROWING = Course(resolves=0.12, grows=0.5, shrinks=0.0, grown=(1.2, 0.25))
KINDS = (
    Kind(
        "adenoma",
        share=0.231,
        sizes=Sizes(5.0, 15.0, 7.0, 11.0),
        places=QUARTERS,
        attributes={"shape": ("sessile", "pedunculated"), "texture": ("smooth", "granular", "lobed")},
        many=(0.7, 0.92),
        weight=1.2,
        course=GROWING,
        hazard=0.08,
    ),
    Kind(
        "hyperplastic polyp",
        share=0.192,
        sizes=Sizes(4.0, 7.0, 5.0, 6.0),
        places=QUARTERS,
        attributes={"colour": ("pale", "pink")},
        many=(0.6, 0.9),
    ),
    Kind("ulcer", share=0.19, sizes=Sizes(5.0, 13.0, 7.0, 10.0), places=QUARTERS, hazard=0.05),
    Kind("bleeding", share=0.189, sizes=Sizes(6.0, 16.0, 9.0, 13.0), places=QUARTERS, hazard=0.02),
    Kind("diverticulum", share=0.192, sizes=Sizes(4.0, 8.0, 5.0, 7.0), places=QUARTERS, many=(0.6, 0.85)),
)
SPEC = spec_of(
    "polyp",
    KINDS,
    counted=("adenoma", "diverticulum"),
    asked=("shape", "texture", "colour"),
    compared=True,
    aside=("bleeding", "diverticulum"),
    main=("adenoma", "hyperplastic polyp", "ulcer"),
    clear=("adenoma", "hyperplastic polyp", "ulcer", "bleeding"),
    sides=("left", "right"),
    zones=("upper", "lower"),
    outcome="bowel cancer",
    step=1,
)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Person]:
    """One stretch of bowel of one patient."""
    person = sample_person(stream(seed, index, "person"), OWN, ages=(40, 90))
    return sample("polyp", seed, index, dials or Dials(), KINDS, person)


def renderer(seed: int, patient: Patient[Person], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit of this patient."""
    bowel = Bowel.of(seed, patient, dials)

    def draw(visit: Visit) -> Picture:
        pixels, organs, lesions = bowel.look(visit)
        spacing_mm = (round(FIELD_MM / dials.size, 5),) * 2
        return photograph(patient, visit, pixels, organs, lesions, modality="ES", spacing_mm=spacing_mm)

    return draw


def remarks(patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """Which stretch of the bowel it is."""
    return said_of(patient, ("segment",), draws), ()


def labels(patient: Patient[Any]) -> dict[str, str | float | bool]:
    """Sex, age and the stretch of the bowel."""
    return {**patient.person.known, **patient.person.own}
