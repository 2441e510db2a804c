"""The abdomen as a domain: what occurs, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polyclinic.phantom.abdomen.trunk import Trunk
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import Keys
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import said_of
from polyclinic.phantom.latents import Patient, Person, Visit
from polyclinic.phantom.picture import LEAST_PIXELS, Picture, region_of
from polyclinic.phantom.sampling import Course, Kind, Sizes, places, sample, sample_person, spec_of
from polyclinic.phantom.solids import scan_of

__all__ = ["SPEC", "labels", "remarks", "renderer", "sample_patient"]

# Two of three patients have CT.
OWN = {"modality": ("ct", "ct", "mr")}
SIDES = ("right", "left")
GROWING = Course(resolves=0.06, grows=0.5, shrinks=0.2)
Places = tuple[tuple[str | None, str | None], ...]


def _tumour(organ: str, share: float, where: Places, least: float = 24, most: float = 64, hazard: float = 0.02) -> Kind:
    third = (most - least) / 3
    return Kind(
        f"{organ} tumour",
        share=share,
        sizes=Sizes(least, most, round(least + third), round(most - third)),
        places=where,
        margins=("smooth", "irregular"),
        attributes={"brightness": ("low", "high")},
        weight=0.6,
        hazard=hazard,
        course=GROWING,
    )


KINDS = (
    _tumour("liver", 0.111, places(SIDES, ("lobe",)), most=72, hazard=0.024),
    _tumour("pancreas", 0.119, places((None,), ("head", "body", "tail")), 22, 48, 0.04),
    _tumour("kidney", 0.121, places(SIDES, ("upper", "lower"))),
    _tumour("colon", 0.119, places(SIDES, ("colon",)), 24, 56),
    _tumour("stomach", 0.131, places((None,), ("fundus", "antrum")), 24, 56, 0.026),
    _tumour("spleen", 0.125, ((None, "spleen"),), hazard=0.01),
    _tumour("bladder", 0.124, places(SIDES, ("wall",)), 22, 44, 0.014),
    _tumour("adrenal", 0.133, places(SIDES, ("adrenal",)), 22, 52, 0.008),
    Kind(
        "cyst",
        share=0.199,
        sizes=Sizes(22, 50, 30, 40),
        places=places(SIDES, ("lobe", "kidney")),
        many=(0.5, 0.8),
        course=Course(resolves=0.05, grows=0.15, shrinks=0.05),
    ),
)
SPEC = spec_of(
    "abdomen",
    KINDS,
    counted=("cyst",),
    asked=("brightness", "margin"),
    compared=True,
    aside=("cyst", "adrenal tumour", "spleen tumour"),
    main=("liver tumour", "pancreas tumour", "kidney tumour", "colon tumour", "stomach tumour", "bladder tumour"),
    clear=tuple(kind.name for kind in KINDS),
    sides=SIDES,
    zones=tuple(dict.fromkeys(zone for kind in KINDS for _, zone in kind.places if zone)),
)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Person]:
    """One trunk, examined by the same modality at every visit."""
    person = sample_person(stream(seed, index, "person"), OWN)
    return sample("abdomen", seed, index, dials or Dials(), KINDS, person)


def renderer(seed: int, patient: Patient[Person], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit of this patient: one volume and the regions in it."""
    trunk = Trunk.of(seed, patient, dials)
    organs = [region_of(name, "organ", mask) for name, mask in trunk.structures.items() if mask.any()]
    name, modality = ("ct", "CT") if patient.person.own["modality"] == "ct" else ("t2", "MR")

    def draw(visit: Visit) -> Picture:
        voxels, masks = trunk.scan(visit)
        found = [
            region_of(lesion.name, "finding", masks[lesion.key], lesion.described)
            for lesion in visit.lesions
            if masks[lesion.key].sum() >= LEAST_PIXELS
        ]
        return Picture((scan_of(patient, visit, name, voxels, trunk.grid, modality),), (*organs, *found))

    return draw


def remarks(patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """Whether it is CT or MR."""
    return said_of(patient, ("modality",), draws), ()


def labels(patient: Patient[Any]) -> dict[str, str | float | bool]:
    """Sex, age and modality."""
    return {**patient.person.known, **patient.person.own}
