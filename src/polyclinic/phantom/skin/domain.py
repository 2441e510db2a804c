"""The skin as a domain: what occurs, and what is said of it."""

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
from polyclinic.phantom.skin.findings import FIELD_MM
from polyclinic.phantom.skin.surface import Skin

__all__ = ["SPEC", "labels", "remarks", "renderer", "sample_patient"]

OWN = {"area": ("back", "arm", "leg", "abdomen"), "tone": ("light", "medium", "dark")}
ANYWHERE = (*places(("left", "right"), ("upper", "lower")), (None, "centre"))
GROWING = Course(resolves=0.06, grows=0.5, shrinks=0.0, grown=(1.12, 0.2), step=0.05)
LASTING = Course(resolves=0.05, grows=0.2, shrinks=0.0, grown=(1.1, 0.1), step=0.05)
KINDS = (
    Kind(
        "melanoma",
        share=0.195,
        sizes=Sizes(5.0, 11.0, 7.0, 9.0),
        places=ANYWHERE,
        margins=("irregular", "ill-defined"),
        attributes={"colour": ("brown and black", "brown and blue-grey", "brown and red")},
        course=GROWING,
        hazard=0.16,
    ),
    Kind(
        "naevus",
        share=0.243,
        sizes=Sizes(3.0, 7.0, 4.0, 6.0),
        places=ANYWHERE,
        margins=("smooth", "ill-defined"),
        attributes={"colour": ("light brown", "dark brown"), "texture": ("network", "globules", "even")},
        many=(0.55, 0.85),
        weight=1.2,
        course=LASTING,
    ),
    Kind(
        "keratosis",
        share=0.206,
        sizes=Sizes(5.0, 11.0, 7.0, 9.0),
        places=ANYWHERE,
        margins=("sharp",),
        attributes={"colour": ("tan", "dark brown")},
        course=LASTING,
    ),
    Kind(
        "carcinoma",
        share=0.205,
        sizes=Sizes(4.0, 10.0, 6.0, 8.0),
        places=ANYWHERE,
        margins=("ill-defined",),
        attributes={"colour": ("pink", "pearly white")},
        course=GROWING,
        hazard=0.06,
    ),
    Kind(
        "haemangioma",
        share=0.193,
        sizes=Sizes(3.0, 7.0, 4.0, 6.0),
        places=ANYWHERE,
        margins=("smooth", "sharp"),
        attributes={"colour": ("red", "purple")},
        many=(0.75, 0.95),
    ),
)
SPEC = spec_of(
    "skin",
    KINDS,
    counted=("naevus",),
    asked=("colour", "margin", "texture"),
    compared=True,
    aside=("haemangioma", "keratosis"),
    main=("melanoma", "carcinoma", "naevus"),
    clear=("melanoma", "carcinoma", "naevus", "keratosis", "haemangioma"),
    sides=("left", "right"),
    zones=("upper", "lower", "centre"),
    outcome="metastasis",
    step=1,
)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Person]:
    """One field of skin of one patient."""
    person = sample_person(stream(seed, index, "person"), OWN)
    return sample("skin", seed, index, dials or Dials(), KINDS, person)


def renderer(seed: int, patient: Patient[Person], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit of this patient."""
    skin = Skin.of(seed, patient, dials)

    def draw(visit: Visit) -> Picture:
        pixels, lesions = skin.look(visit)
        spacing_mm = (round(FIELD_MM / dials.size, 5),) * 2
        return photograph(patient, visit, pixels, {}, lesions, modality="XC", spacing_mm=spacing_mm)

    return draw


def remarks(patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """Where on the body it is."""
    return said_of(patient, ("area",), draws), ()


def labels(patient: Patient[Any]) -> dict[str, str | float | bool]:
    """Sex, age, where on the body, and the tone of the skin."""
    return {**patient.person.known, **patient.person.own}
