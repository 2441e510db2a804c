"""Read pileups as a domain: what occurs, and what is said of it.

A variant has no diameter. What stands in its place, as `size_mm`, is its allele fraction in percent: it is what grows
and shrinks from visit to visit, and what a report gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import Keys
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import said_of
from polyclinic.phantom.latents import Lesion, Patient, Person, Visit
from polyclinic.phantom.picture import Picture, photograph
from polyclinic.phantom.pileup.reads import BASES, LENGTHS
from polyclinic.phantom.pileup.sequencing import DEPTHS, Stretch
from polyclinic.phantom.sampling import Course, Kind, Sizes, places, sample, sample_person, spec_of

__all__ = ["SPEC", "labels", "remarks", "renderer", "sample_patient"]

OWN = {"depth": tuple(DEPTHS)}
QUARTERS = places(("left", "right"), ("outer", "inner"))
FRACTION = Sizes(12.0, 100.0, 25.0, 80.0)
GENOTYPES = {"small": "mosaic", "moderate": "heterozygous", "large": "homozygous"}
CLONE = Course(resolves=0.12, grows=0.4, shrinks=0.2)
KINDS = (
    Kind(
        "substitution",
        share=0.241,
        sizes=FRACTION,
        places=QUARTERS,
        attributes={"base": BASES},
        many=(0.65, 0.9),
        weight=1.2,
        hazard=0.008,
        course=CLONE,
    ),
    Kind(
        "insertion",
        share=0.197,
        sizes=FRACTION,
        places=QUARTERS,
        attributes={"length": tuple(LENGTHS)},
        many=(0.8, 1.0),
        course=CLONE,
    ),
    Kind(
        "deletion",
        share=0.197,
        sizes=FRACTION,
        places=QUARTERS,
        attributes={"length": tuple(LENGTHS)},
        many=(0.8, 1.0),
        hazard=0.006,
        course=CLONE,
    ),
    Kind("breakpoint", share=0.197, sizes=FRACTION, places=QUARTERS, hazard=0.01, course=CLONE),
)
SPEC = spec_of(
    "pileup",
    KINDS,
    counted=("substitution", "deletion"),
    asked=("genotype", "base", "length"),
    aside=("breakpoint",),
    main=("substitution", "insertion", "deletion"),
    clear=tuple(kind.name for kind in KINDS),
    sides=("left", "right"),
    zones=("outer", "inner"),
    outcome="relapse",
    step=1,
)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Person]:
    """One stretch of one person's genome; genotypes follow from the allele fractions."""
    person = sample_person(stream(seed, index, "person"), OWN)
    patient = sample("pileup", seed, index, dials or Dials(), KINDS, person)
    return replace(patient, visits=tuple(_genotyped(visit) for visit in patient.visits))


def _genotyped(visit: Visit) -> Visit:
    def of(lesions: tuple[Lesion, ...]) -> tuple[Lesion, ...]:
        return tuple(
            replace(lesion, attributes={**lesion.attributes, "genotype": GENOTYPES[lesion.severity]})
            for lesion in lesions
        )

    return replace(visit, lesions=of(visit.lesions), resolved=of(visit.resolved))


def renderer(seed: int, patient: Patient[Person], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit of this patient."""
    stretch = Stretch.of(seed, patient, dials)

    def draw(visit: Visit) -> Picture:
        pixels, tracks, variants = stretch.look(visit)
        return photograph(patient, visit, pixels, tracks, variants, modality="OT")

    return draw


def remarks(patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """How many reads there are."""
    return said_of(patient, ("depth",), draws), ()


def labels(patient: Patient[Any]) -> dict[str, str | float | bool]:
    """Sex, age and how many reads there are."""
    return {**patient.person.known, **patient.person.own}
