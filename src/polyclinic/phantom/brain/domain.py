"""The brain as a domain: what occurs, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polyclinic.phantom.brain.findings import WHOLE, Parts
from polyclinic.phantom.brain.head import Head
from polyclinic.phantom.brain.tissues import PROTOCOLS, SEQUENCES
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import Keys
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import said_of
from polyclinic.phantom.latents import Lesion, Patient, Person, Visit
from polyclinic.phantom.picture import LEAST_PIXELS, Picture, region_of
from polyclinic.phantom.sampling import Course, Kind, Sizes, places, sample, sample_person, spec_of
from polyclinic.phantom.solids import scan_of
from polyclinic.study import Region

__all__ = ["SPEC", "labels", "remarks", "renderer", "sample_patient"]

# Every second patient has all sequences.
OWN = {"protocol": (*PROTOCOLS, "complete", "complete")}
SIDES = ("right", "left")
LOBES = places(SIDES, ("frontal", "parietal", "temporal", "occipital"))
KINDS = (
    Kind(
        "glioma",
        share=0.206,
        sizes=Sizes(20, 60, 30, 45),
        places=LOBES,
        margins=("smooth", "irregular", "ill-defined"),
        attributes={"enhancement": ("ring", "patchy", "none")},
        course=Course(resolves=0.05, grows=0.5, shrinks=0.2),
        hazard=0.035,
    ),
    Kind(
        "meningioma",
        share=0.211,
        sizes=Sizes(16, 45, 25, 35),
        places=places(SIDES, ("frontal", "parietal", "occipital")),
        margins=("smooth",),
        course=Course(resolves=0.05, grows=0.3, shrinks=0.05),
        hazard=0.006,
    ),
    Kind("infarct", share=0.182, sizes=Sizes(22, 60, 32, 45), places=LOBES, hazard=0.012),
    Kind(
        "demyelination",
        share=0.196,
        sizes=Sizes(11, 20, 14, 17),
        places=places(SIDES, ("periventricular",)),
        many=(0.4, 0.75),
    ),
    Kind(
        "haemorrhage",
        share=0.186,
        sizes=Sizes(16, 40, 22, 32),
        places=places(SIDES, ("deep",)),
        course=Course(resolves=0.3, grows=0.1, shrinks=0.4),
        hazard=0.015,
    ),
)
SPEC = spec_of(
    "brain",
    KINDS,
    counted=("demyelination",),
    asked=("enhancement", "margin"),
    compared=True,
    aside=("haemorrhage", "infarct"),
    main=("glioma", "meningioma", "demyelination"),
    clear=("glioma", "meningioma"),
    sides=SIDES,
    zones=("frontal", "parietal", "temporal", "occipital", "deep", "periventricular"),
)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Person]:
    """One head, examined by the same protocol at every visit."""
    person = sample_person(stream(seed, index, "person"), OWN)
    return sample("brain", seed, index, dials or Dials(), KINDS, person)


def renderer(seed: int, patient: Patient[Person], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit: an image for each sequence, all on one grid, the regions on the first."""
    head = Head.of(seed, patient, dials)
    organs = [region_of(name, "organ", mask) for name, mask in head.structures.items() if mask.any()]

    def draw(visit: Visit) -> Picture:
        seen, parts = head.look(visit)
        images = [scan_of(patient, visit, name, voxels, head.grid, "MR") for name, voxels in seen.items()]
        found = [region for lesion in visit.lesions for region in _regions(lesion, parts[lesion.key])]
        return Picture(tuple(images), (*organs, *found))

    return draw


def remarks(patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """Which sequences there are."""
    return said_of(patient, ("protocol",), draws), ()


def labels(patient: Patient[Any]) -> dict[str, str | float | bool]:
    """Sex, age, and for each sequence whether it was taken."""
    taken = PROTOCOLS[patient.person.own["protocol"]]
    return {**patient.person.known, **{name: name in taken for name in SEQUENCES}}


def _regions(lesion: Lesion, parts: Parts) -> list[Region]:
    """The lesion, and after it its parts; nothing that is only a few voxels."""
    shown = {name: mask for name, mask in parts.items() if mask.sum() >= LEAST_PIXELS}
    return [
        region_of(name, "part", mask, {"lesion": lesion.key})
        if name != WHOLE
        else region_of(lesion.name, "finding", mask, lesion.described)
        for name, mask in shown.items()
    ]
