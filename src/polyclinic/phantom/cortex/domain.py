"""Pictures and the cortex that sees them as a domain: what occurs, and what is said of it.

Findings are the shapes that a picture shows. Their size is in degrees of visual angle, as `size_mm`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from polyclinic.phantom.cortex.shapes import COLOURS
from polyclinic.phantom.cortex.viewing import GROUNDS, VIEWERS, Series, cortex_for
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import Keys
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import said_of
from polyclinic.phantom.latents import Patient, Person, Visit
from polyclinic.phantom.picture import Picture, photograph
from polyclinic.phantom.sampling import Kind, Sizes, places, sample, sample_person, spec_of

__all__ = ["SPEC", "labels", "remarks", "renderer", "sample_patient"]

OWN = {"viewer": VIEWERS, "ground": tuple(GROUNDS)}
QUARTERS = places(("left", "right"), ("upper", "lower"))
SIZES = Sizes(3.0, 6.0, 4.0, 6.0)
# A picture shows more shapes than a patient has illnesses.
SHOWN = 1.5
LOOKS = {"colour": tuple(COLOURS), "texture": ("plain", "striped")}
KINDS = (
    Kind("star", share=0.282, sizes=SIZES, places=QUARTERS, attributes=LOOKS, many=(0.8, 1.0), weight=SHOWN),
    Kind("circle", share=0.277, sizes=SIZES, places=QUARTERS, attributes=LOOKS, many=(0.6, 0.9), weight=SHOWN),
    Kind("square", share=0.277, sizes=SIZES, places=QUARTERS, attributes=LOOKS, many=(0.7, 0.9), weight=SHOWN),
    Kind("triangle", share=0.277, sizes=SIZES, places=QUARTERS, attributes=LOOKS, weight=SHOWN),
    Kind("cross", share=0.277, sizes=SIZES, places=QUARTERS, attributes=LOOKS, weight=SHOWN, hazard=0.01),
)
SPEC = spec_of(
    "cortex",
    KINDS,
    counted=("circle", "square"),
    asked=("colour", "texture"),
    compared=True,
    aside=("triangle", "cross"),
    main=("star", "circle", "square"),
    clear=tuple(kind.name for kind in KINDS),
    sides=("left", "right"),
    zones=("upper", "lower"),
    outcome="lapse of attention",
    step=1,
)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Person]:
    """One series of pictures, which is shown to one of a few viewers."""
    person = sample_person(stream(seed, index, "person"), OWN, ages=None)
    return sample("cortex", seed, index, dials or Dials(), KINDS, person)


def renderer(seed: int, patient: Patient[Person], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit of this series and measures the response to it."""
    series, cortex = Series.of(seed, patient, dials), cortex_for(seed, patient, sample_patient)

    def draw(visit: Visit) -> Picture:
        pixels, shapes, picture = series.look(visit)
        seen = photograph(patient, visit, pixels, {}, shapes, modality="XC")
        return replace(seen, signals=series.responses(visit, picture, cortex))

    return draw


def remarks(patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """On what ground the shapes are."""
    return said_of(patient, ("ground",), draws), ()


def labels(patient: Patient[Any]) -> dict[str, str | float | bool]:
    """Who sees the pictures, and on what ground the shapes are."""
    return dict(patient.person.own)
