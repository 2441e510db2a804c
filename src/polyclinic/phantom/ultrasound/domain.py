"""Ultrasound of the breast as a domain: what occurs, and what is said of it."""

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
from polyclinic.phantom.sampling import Course, Kind, Sizes, places, sample, sample_person, spec_of
from polyclinic.phantom.ultrasound.breast import Breast
from polyclinic.phantom.ultrasound.findings import FIELD_MM

__all__ = ["SPEC", "labels", "remarks", "renderer", "sample_patient"]

OWN = {"breast": ("left", "right"), "tissue": ("fatty", "mixed", "dense")}
QUARTERS = places(("left", "right"), ("shallow", "deep"))
MASS = Sizes(7.0, 16.0, 9.0, 13.0)
KINDS = (
    Kind(
        "malignant mass",
        share=0.238,
        sizes=MASS,
        places=QUARTERS,
        margins=("spiculated", "angular", "indistinct"),
        attributes={"orientation": ("upright", "level"), "posterior": ("shadow", "none")},
        weight=1.2,
        course=Course(resolves=0.05, grows=0.6, shrinks=0.1),
        hazard=0.09,
    ),
    Kind(
        "benign mass",
        share=0.183,
        sizes=MASS,
        places=QUARTERS,
        attributes={
            "shape": ("oval", "lobed"),
            "echo": ("hypoechoic", "hyperechoic"),
            "posterior": ("none", "enhancement"),
        },
        many=(0.75, 0.93),
        course=Course(resolves=0.1, grows=0.2, shrinks=0.15),
    ),
    Kind(
        "cyst",
        share=0.183,
        sizes=Sizes(5.0, 13.0, 7.0, 11.0),
        places=QUARTERS,
        attributes={"shape": ("round", "oval")},
        many=(0.6, 0.85),
    ),
    Kind("dilated duct", share=0.183, sizes=Sizes(8.0, 15.0, 10.0, 13.0), places=QUARTERS, hazard=0.01),
    Kind("calcification", share=0.183, sizes=Sizes(5.0, 12.0, 7.0, 10.0), places=QUARTERS, hazard=0.03),
)
SPEC = spec_of(
    "ultrasound",
    KINDS,
    counted=("cyst", "benign mass"),
    asked=("margin", "orientation", "posterior", "shape", "echo"),
    compared=True,
    aside=("dilated duct", "calcification"),
    main=("malignant mass", "benign mass", "cyst"),
    clear=("malignant mass", "benign mass", "cyst", "calcification"),
    sides=("left", "right"),
    zones=("shallow", "deep"),
    outcome="breast cancer",
    step=1,
)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Person]:
    """One stretch of one breast."""
    person = sample_person(stream(seed, index, "person"), OWN, ages=(25, 90))
    return sample("ultrasound", seed, index, dials or Dials(), KINDS, person)


def renderer(seed: int, patient: Patient[Person], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit of this patient."""
    breast = Breast.of(seed, patient, dials)

    def draw(visit: Visit) -> Picture:
        pixels, organs, lesions = breast.look(visit)
        spacing_mm = (round(FIELD_MM / dials.size, 5),) * 2
        return photograph(patient, visit, pixels, organs, lesions, modality="US", spacing_mm=spacing_mm)

    return draw


def remarks(patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """Which breast it is, and of what tissue."""
    return said_of(patient, ("breast", "tissue"), draws), ()


def labels(patient: Patient[Any]) -> dict[str, str | float | bool]:
    """Sex, age, the breast and its tissue."""
    return {**patient.person.known, **patient.person.own}
