"""What is true of a phantom patient before anything is rendered or written, in whatever domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from polyclinic.study import Change

Severity = Literal["small", "moderate", "large"]


@dataclass(frozen=True)
class Lesion:
    """One finding at one place, as it is at one visit.

    Args:
        key: tells lesions of a patient apart, and the same lesion across visits.
        name: one of the domain's findings.
        side: the patient's side or the half of the picture; None where the finding has none.
        zone: the part within the side; None where the finding has none.
        size_mm: diameter of a focal lesion, else the depth or width that grows with it.
        severity: derived from `size_mm` by name.
        density: 0 to 1 of the largest contrast the finding can have.
        margin: how it is bounded; None where that is not said of the finding.
        certain: false where the report hedges; the reference is then neither present nor absent.
        change: against the previous visit; None at the first.
        attributes: what else is said of it (colour, shape), by name.
    """

    key: int
    name: str
    side: str | None
    zone: str | None
    size_mm: float
    severity: Severity
    density: float
    margin: str | None
    certain: bool = True
    change: Change | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Key of its place among a language's places; empty for a finding without one.

        Example:
            >>> Lesion(1, "nodule", "left", "upper", 12.0, "small", 0.8, "smooth").place
            'left-upper'
        """
        return "-".join(part for part in (self.side, self.zone) if part)

    @property
    def described(self) -> dict[str, str | float]:
        """Everything that a region says of its lesion."""
        known: dict[str, str | float | None] = {
            "side": self.side,
            "zone": self.zone,
            "size_mm": self.size_mm,
            "severity": self.severity,
            "density": self.density,
            "margin": self.margin,
            "key": self.key,
            "certain": "yes" if self.certain else "no",
            **self.attributes,
        }
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True)
class Visit:
    """One visit: the lesions there are, and those that have resolved since the previous one."""

    index: int
    time_days: float
    lesions: tuple[Lesion, ...]
    resolved: tuple[Lesion, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom or what is looked at, and where.

    Args:
        sex: None where a domain shows no person, as `cells` does.
        site: hospital or laboratory; moves the look of its pictures.
        scanner: machine within the site; moves noise and sharpness.
        own: what is this domain's own to say of it (which eye, which stain), by name.
    """

    sex: Literal["F", "M"] | None
    age_years: int | None
    site: int
    scanner: int
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, str | float | bool]:
        """Sex and age, where there is a person."""
        held: dict[str, str | int | None] = {"sex": self.sex, "age": self.age_years}
        return {name: value for name, value in held.items() if value is not None}


PersonT_co = TypeVar("PersonT_co", bound=Person, covariant=True)


@dataclass(frozen=True)
class Patient(Generic[PersonT_co]):
    """All latents of one patient: a pure function of domain, seed and index."""

    id: str
    index: int
    person: PersonT_co
    visits: tuple[Visit, ...]

    @property
    def worst(self) -> tuple[Lesion, ...]:
        """Every lesion of the patient's life at the largest that it becomes."""
        largest: dict[int, Lesion] = {}
        for lesion in (lesion for visit in self.visits for lesion in visit.lesions):
            known = largest.get(lesion.key)
            if known is None or lesion.size_mm > known.size_mm:
                largest[lesion.key] = lesion
        return tuple(largest.values())
