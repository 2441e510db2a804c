"""The fundus as a domain: what occurs, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import Keys
from polyclinic.phantom.fundus.eye import Eye
from polyclinic.phantom.fundus.findings import FIELD_MM
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import said_of
from polyclinic.phantom.latents import Patient, Person, Visit
from polyclinic.phantom.picture import Picture, photograph
from polyclinic.phantom.sampling import Course, Kind, Sizes, places, sample, sample_person, spec_of

__all__ = ["SPEC", "labels", "remarks", "renderer", "sample_patient"]

OWN = {"eye": ("right", "left"), "pigment": ("light", "medium", "dark")}
QUADRANTS = places(("temporal", "nasal"), ("superior", "inferior"))
CENTRAL = (*QUADRANTS, (None, "macula"))
LASTING = Course(resolves=0.02, grows=0.4, shrinks=0.0, grown=(1.12, 0.12), step=0.05)
KINDS = (
    Kind(
        "haemorrhage",
        share=0.193,
        sizes=Sizes(0.6, 2.0, 0.9, 1.5, 0.1),
        places=CENTRAL,
        attributes={"shape": ("round", "flame-shaped")},
        many=(0.6, 0.85),
        hazard=0.5,
    ),
    Kind("microaneurysms", share=0.19, sizes=Sizes(0.8, 2.4, 1.2, 1.9, 0.1), places=CENTRAL, hazard=0.2),
    Kind("exudate", share=0.191, sizes=Sizes(0.7, 2.6, 1.2, 1.9, 0.1), places=CENTRAL, many=(0.7, 0.9), hazard=0.4),
    Kind("cotton wool spot", share=0.193, sizes=Sizes(0.7, 1.7, 1.0, 1.4, 0.1), places=QUADRANTS, many=(0.7, 0.9)),
    Kind("drusen", share=0.206, sizes=Sizes(1.4, 3.6, 2.0, 2.8, 0.1), places=CENTRAL, course=LASTING, hazard=0.3),
    Kind("cupping", share=0.2, sizes=Sizes(1.1, 1.6, 1.25, 1.45, 0.05), course=LASTING, hazard=0.5),
)
SPEC = spec_of(
    "fundus",
    KINDS,
    counted=("haemorrhage", "cotton wool spot"),
    asked=("shape",),
    compared=True,
    aside=("cupping", "drusen"),
    main=("haemorrhage", "microaneurysms", "exudate", "cotton wool spot"),
    clear=("haemorrhage", "microaneurysms", "exudate", "cotton wool spot", "drusen"),
    sides=("temporal", "nasal"),
    zones=("superior", "inferior", "macula"),
    organ_of={"cupping": "optic disc"},
    outcome="loss of vision",
    per_mm=1000,
    step=100,
)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Person]:
    """One eye of one patient."""
    person = sample_person(stream(seed, index, "person"), OWN)
    return sample("fundus", seed, index, dials or Dials(), KINDS, person)


def renderer(seed: int, patient: Patient[Person], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit of this patient."""
    eye = Eye.of(seed, patient, dials)

    def draw(visit: Visit) -> Picture:
        pixels, organs, lesions = eye.look(visit)
        spacing_mm = (round(FIELD_MM / dials.size, 5),) * 2
        return photograph(patient, visit, pixels, organs, lesions, modality="OP", spacing_mm=spacing_mm)

    return draw


def remarks(patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """Which eye it is; at the end the disc, where nothing is wrong with it."""
    healthy = not any(lesion.name == "cupping" for lesion in visit.lesions)
    return said_of(patient, ("eye",), draws), ("disc_normal",) if draws.chance(0.6) and healthy else ()


def labels(patient: Patient[Any]) -> dict[str, str | float | bool]:
    """Sex, age and the eye's own values."""
    return {**patient.person.known, **patient.person.own}
