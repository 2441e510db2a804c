"""What is true of a phantom patient before anything is rendered or written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from polyclinic.study import Change

Side = Literal["right", "left"]
Zone = Literal["upper", "middle", "lower"]
Margin = Literal["smooth", "irregular", "ill-defined"]

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


@dataclass(frozen=True)
class Lesion:
    """One finding at one place, as it is at one visit.

    Args:
        key: tells lesions of a patient apart, and the same lesion across visits.
        name: one of `FINDINGS`.
        side: the patient's side; None for cardiomegaly.
        zone: height in the lung; None where the finding has none (cardiomegaly, effusion, pneumothorax).
        size_mm: diameter of a focal lesion, depth of fluid, air or consolidation, heart width for cardiomegaly.
        severity: `small`, `moderate` or `large`, derived from `size_mm` by name.
        density: 0 to 1 of the largest contrast the finding can have.
        margin: how it is bounded; None where that is not said of the finding.
        certain: false where the report hedges; the reference is then neither present nor absent.
        change: against the previous visit; None at the first.
    """

    key: int
    name: str
    side: Side | None
    zone: Zone | None
    size_mm: float
    severity: Literal["small", "moderate", "large"]
    density: float
    margin: Margin | None
    certain: bool = True
    change: Change | None = None


@dataclass(frozen=True)
class Visit:
    """One visit: the lesions there are, and those that have resolved since the previous one."""

    index: int
    time_days: float
    lesions: tuple[Lesion, ...]
    resolved: tuple[Lesion, ...] = ()


@dataclass(frozen=True)
class Habitus:
    """The patient as a person, and incidental anatomy that a report may mention though it is no finding.

    Args:
        inspiration: 0 (low lung volumes) to 1 (deep).
        scoliosis_mm: lateral bow of the spine, signed towards the patient's left.
        aorta: 0 (plain) to 1 (unfolded).
        cardiothoracic_ratio: heart width over chest width, as drawn without cardiomegaly.
        site: hospital; moves exposure, contrast and field of view.
        scanner: machine within the site; moves noise and sharpness.
    """

    sex: Literal["F", "M"]
    age_years: int
    build: float
    inspiration: float
    scoliosis_mm: float
    aorta: float
    cardiothoracic_ratio: float
    site: int
    scanner: int
    view: Literal["PA", "AP"] = "PA"


@dataclass(frozen=True)
class Patient:
    """All latents of one patient: a pure function of domain, seed and index."""

    id: str
    index: int
    habitus: Habitus
    visits: tuple[Visit, ...]
