"""What is a chest's own among the latents: its findings, and the build of its patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from polyclinic.phantom.latents import Person

Side = str
Zone = str
Margin = str

SIDES: tuple[Side, ...] = ("right", "left")
ZONES: tuple[Zone, ...] = ("upper", "middle", "lower")
FINDINGS = (
    "atelectasis",
    "cardiomegaly",
    "effusion",
    "infiltration",
    "mass",
    "nodule",
    "pneumonia",
    "pneumothorax",
)


@dataclass(frozen=True, kw_only=True)
class Habitus(Person):
    """The patient's build, and incidental anatomy that a report may mention though it is no finding.

    Args:
        inspiration: 0 (low lung volumes) to 1 (deep).
        scoliosis_mm: lateral bow of the spine, signed towards the patient's left.
        aorta: 0 (plain) to 1 (unfolded).
        cardiothoracic_ratio: heart width over chest width, as drawn without cardiomegaly.
    """

    build: float
    inspiration: float
    scoliosis_mm: float
    aorta: float
    cardiothoracic_ratio: float
    view: Literal["PA", "AP"] = "PA"
