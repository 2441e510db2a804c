"""Cells as a domain: what occurs, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polyclinic.phantom.cells.culture import FIELD_MM, Culture
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import Keys
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import said_of
from polyclinic.phantom.latents import Patient, Person, Visit
from polyclinic.phantom.picture import Picture, photograph, region_of
from polyclinic.phantom.sampling import Kind, Sizes, places, sample, sample_person, spec_of

__all__ = ["SPEC", "labels", "remarks", "renderer", "sample_patient"]

OWN = {"growth": ("sparse", "even", "dense")}
QUARTERS = places(("left", "right"), ("upper", "lower"))
UM = 0.001
KINDS = (
    Kind(
        "mitosis",
        share=0.193,
        sizes=Sizes(10 * UM, 16 * UM, 12 * UM, 14.5 * UM, UM),
        places=QUARTERS,
        attributes={"phase": ("prophase", "metaphase", "anaphase")},
        many=(0.5, 0.8),
    ),
    Kind(
        "apoptosis",
        share=0.195,
        sizes=Sizes(9 * UM, 17 * UM, 11 * UM, 14 * UM, UM),
        places=QUARTERS,
        many=(0.55, 0.85),
        hazard=60.0,
    ),
    Kind("binucleation", share=0.19, sizes=Sizes(19 * UM, 28 * UM, 22 * UM, 25 * UM, UM), places=QUARTERS),
    Kind(
        "micronucleus", share=0.195, sizes=Sizes(4 * UM, 8 * UM, 5 * UM, 7 * UM, UM), places=QUARTERS, many=(0.7, 0.9)
    ),
    Kind(
        "giant nucleus", share=0.188, sizes=Sizes(20 * UM, 32 * UM, 23 * UM, 28 * UM, UM), places=QUARTERS, hazard=20.0
    ),
)
NUCLEAR = tuple(kind.name for kind in KINDS)
SPEC = spec_of(
    "cells",
    KINDS,
    counted=("mitosis", "apoptosis", "micronucleus"),
    asked=("phase",),
    aside=("mitosis", "apoptosis"),
    main=("binucleation", "micronucleus", "giant nucleus"),
    clear=NUCLEAR,
    sides=("left", "right"),
    zones=("upper", "lower"),
    outcome="death of the culture",
    per_mm=1000,
    step=1,
)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Person]:
    """One field of one culture, whose visits are days of looking at it."""
    person = sample_person(stream(seed, index, "person"), OWN, ages=None)
    return sample("cells", seed, index, dials or Dials(), KINDS, person)


def renderer(seed: int, patient: Patient[Person], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit of this culture."""
    culture = Culture.of(seed, patient, dials)

    def draw(visit: Visit) -> Picture:
        pixels, nuclei, lesions = culture.look(visit)
        return photograph(
            patient,
            visit,
            pixels,
            {},
            lesions,
            [region_of("nucleus", "cell", mask) for mask in nuclei],
            ending="tif",
            modality="GM",
            channels=culture.stains,
            spacing_mm=(round(FIELD_MM / dials.size, 8),) * 2,
        )

    return draw


def remarks(patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """How densely the cells grow."""
    return said_of(patient, ("growth",), draws), ()


def labels(patient: Patient[Any]) -> dict[str, str | float | bool]:
    """How densely the cells grow."""
    return dict(patient.person.own)
