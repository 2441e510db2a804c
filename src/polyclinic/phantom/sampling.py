"""Who a patient is and what befalls them, for domains whose findings come and go one by one.

A domain gives a table of `Kind`s. The chest, whose findings hide one another, draws its own lesions and
shares sizes and fates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from zlib import crc32

import numpy as np

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import Spec
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient, Person, Severity, Visit
from polyclinic.study import Change

SITES, SCANNERS = 4, 3
VISITS = (0.6, 0.22, 0.11, 0.07)
HEALTHY, NEW = 0.1, 0.045
GAP_DAYS = (20, 201)
BORDERLINE_DENSITY = 0.55
PersonT = TypeVar("PersonT", bound=Person)


@dataclass(frozen=True)
class Sizes:
    """What `size_mm` may be for one finding, in steps of `grain`, and where small ends and large begins."""

    least: float
    most: float
    small_to: float
    large_from: float
    grain: float = 1.0

    def clamp(self, size_mm: float) -> float:
        """The nearest size that may be."""
        return float(round(round(min(max(size_mm, self.least), self.most) / self.grain) * self.grain, 6))

    def severity(self, size_mm: float) -> Severity:
        """`small`, `moderate` or `large`.

        Example:
            >>> Sizes(10.0, 29.0, 14.0, 21.0).severity(11.0)
            'small'
        """
        return "small" if size_mm < self.small_to else "large" if size_mm >= self.large_from else "moderate"


@dataclass(frozen=True)
class Course:
    """What becomes of a lesion by the next visit.

    Args:
        resolves, grows, shrinks: chances; what is left over stays the same.
        grown, shrunk: factor on the size, and by how much it varies.
        step: a change of less than this share counts as none.
    """

    resolves: float = 0.2
    grows: float = 0.25
    shrinks: float = 0.23
    grown: tuple[float, float] = (1.2, 0.35)
    shrunk: tuple[float, float] = (0.82, -0.22)
    step: float = 0.1

    def factor(self, draw: float, amount: float) -> float | None:
        """What the size is multiplied by; None where the lesion has resolved."""
        if draw < self.resolves:
            return None
        if draw < round(self.resolves + self.grows, 6):
            return self.grown[0] + self.grown[1] * amount
        if draw < round(self.resolves + self.grows + self.shrinks, 6):
            return self.shrunk[0] + self.shrunk[1] * amount
        return 1.0


def fate(
    lesion: Lesion, sizes: Sizes, course: Course, rng: np.random.Generator, least_mm: float = 0.0
) -> Lesion | None:
    """The lesion at the next visit with its change; None where it has resolved.

    Args:
        least_mm: a lesion that stays is not made smaller than this.
    """
    draw, amount = rng.random(2).tolist()
    factor = course.factor(draw, amount)
    if factor is None:
        return None
    size_mm = max(sizes.clamp(lesion.size_mm * factor), least_mm)
    ratio = size_mm / lesion.size_mm
    change: Change = "worse" if ratio > 1.0 + course.step else "better" if ratio < 1.0 - course.step else "same"
    size_mm = lesion.size_mm if change == "same" else size_mm
    return replace(lesion, size_mm=size_mm, severity=sizes.severity(size_mm), change=change)


@dataclass(frozen=True)
class Kind:
    """How one finding occurs.

    Args:
        share: as `Spec.prevalence` has it.
        hazard: as `Spec.hazard` has it.
        places: (side, zone) pairs, each as likely as any other.
        attributes: what else is said of it, each with its equally likely values.
        many: chance of one lesion, and of at most two; the rest has three.
        weight: multiplies the prevalence dial.
        skew: above 1 makes small ones more common.
    """

    name: str
    share: float
    sizes: Sizes
    places: tuple[tuple[str | None, str | None], ...] = ((None, None),)
    margins: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    many: tuple[float, float] = (1.0, 1.0)
    weight: float = 1.0
    skew: float = 1.0
    hazard: float = 0.0
    course: Course = field(default_factory=Course)


def places(sides: Sequence[str | None], zones: Sequence[str | None]) -> tuple[tuple[str | None, str | None], ...]:
    """All pairs of a side and a zone."""
    return tuple((side, zone) for side in sides for zone in zones)


def sample_person(
    rng: np.random.Generator, own: Mapping[str, tuple[str, ...]], ages: tuple[int, int] | None = (18, 90)
) -> Person:
    """A person with one of each of the domain's own values, each as likely as any other.

    Args:
        ages: None where a domain shows no person; sex and age are then not known.
    """
    u = rng.random(2).tolist()
    site, scanner = int(rng.integers(SITES)), int(rng.integers(SCANNERS))
    chosen = {name: values[int(rng.integers(len(values)))] for name, values in own.items()}
    if ages is None:
        return Person(sex=None, age_years=None, site=site, scanner=scanner, own=chosen)
    age = int(ages[0] + (ages[1] - ages[0]) * u[1] ** 0.8)
    return Person(sex="F" if u[0] < 0.5 else "M", age_years=age, site=site, scanner=scanner, own=chosen)


def sample(domain: str, seed: int, index: int, dials: Dials, kinds: Sequence[Kind], person: Person) -> Patient[Person]:
    """All latents of one patient: the same whatever else is sampled, and whoever asks.

    Patients of the same number in two domains have nothing in common.

    The site follows `kinds[0]` where the confounder is turned up, as that is the domain's confounded finding.
    """
    rng = stream(seed, index, "latents", crc32(domain.encode()))
    sampler = _Sampler(rng, dials, kinds)
    visits = [Visit(0, 0.0, sampler.draw(dials.prevalence / (1.0 - HEALTHY)) if rng.random() >= HEALTHY else ())]
    for number in range(1, 1 + int(np.searchsorted(np.cumsum(VISITS), rng.random()))):
        visits.append(sampler.next(visits[-1], number))
    if dials.confounder > 0:
        ill = any(lesion.name == kinds[0].name for lesion in visits[0].lesions)
        person = confounded(rng, dials.confounder, person, ill)
    return Patient(f"{domain}-{seed}-{index:06d}", index, person, tuple(visits))


def confounded(rng: np.random.Generator, strength: float, person: PersonT, ill: bool) -> PersonT:
    """Site follows disease with the dial's strength: the first site sees the ill."""
    if rng.random() >= strength:
        return person
    return replace(person, site=0 if ill else int(rng.integers(1, SITES)))


class _Sampler:
    """Draws lesions; keys count up over a patient's life."""

    def __init__(self, rng: np.random.Generator, dials: Dials, kinds: Sequence[Kind]) -> None:
        self.rng, self.dials, self.kinds = rng, dials, {kind.name: kind for kind in kinds}
        self.keys = 0

    def draw(self, chance: float, held: frozenset[str] = frozenset()) -> tuple[Lesion, ...]:
        """Lesions of kinds that are not held yet, each kind with this chance times its weight."""
        coins = self.rng.random(len(self.kinds)).tolist()
        chosen = [
            kind
            for kind, coin in zip(self.kinds.values(), coins, strict=True)
            if coin < chance * kind.weight and kind.name not in held
        ]
        while len(chosen) > max(self.dials.most_kinds - len(held), 0):
            chosen.pop(int(self.rng.integers(len(chosen))))
        return tuple(lesion for kind in chosen for lesion in self._lesions(kind))

    def next(self, before: Visit, number: int) -> Visit:
        """What has become of each lesion, and what is new."""
        fates = [(item, self._fate(item)) for item in before.lesions]
        gone = tuple(replace(item, change="resolved") for item, now in fates if now is None)
        held = frozenset(item.name for item in before.lesions)
        new = tuple(replace(item, change="new") for item in self.draw(NEW * self.dials.prevalence / 0.2, held))
        time = before.time_days + float(self.rng.integers(*GAP_DAYS))
        return Visit(number, time, tuple(now for _, now in fates if now is not None) + new, gone)

    def _fate(self, lesion: Lesion) -> Lesion | None:
        kind = self.kinds[lesion.name]
        return fate(lesion, kind.sizes, kind.course, self.rng)

    def _lesions(self, kind: Kind) -> list[Lesion]:
        """One to three of a kind, all certain or none, each in a place of its own while there are enough."""
        number, doubt = self.rng.random(2).tolist()
        count = 1 + (number > kind.many[0]) + (number > kind.many[1])
        order = self.rng.permutation(len(kind.places)).tolist()
        certain = bool(doubt >= self.dials.uncertain)
        return [self._lesion(kind, kind.places[order[i % len(order)]], certain) for i in range(count)]

    def _lesion(self, kind: Kind, place: tuple[str | None, str | None], certain: bool) -> Lesion:
        self.keys += 1
        u = self.rng.random(3 + len(kind.attributes)).tolist()
        sizes = kind.sizes
        size_mm = sizes.clamp(sizes.least + (sizes.most - sizes.least) * u[0] ** kind.skew)
        said = {name: _pick(values, draw) for (name, values), draw in zip(kind.attributes.items(), u[3:], strict=True)}
        return Lesion(
            key=self.keys,
            name=kind.name,
            side=place[0],
            zone=place[1],
            size_mm=size_mm,
            severity=sizes.severity(size_mm),
            density=round(0.7 + 0.3 * u[1], 2) if certain else BORDERLINE_DENSITY,
            margin=_pick(kind.margins, u[2]) if kind.margins else None,
            certain=certain,
            attributes=said,
        )


def _pick(values: Sequence[str], draw: float) -> str:
    return values[int(len(values) * draw)]


def spec_of(name: str, kinds: Sequence[Kind], **facts: Any) -> Spec:
    """A domain's facts from its kinds; the first of them is the confounded one."""
    return Spec(
        name=name,
        findings=tuple(kind.name for kind in kinds),
        prevalence={kind.name: kind.share for kind in kinds},
        hazard={kind.name: kind.hazard for kind in kinds if kind.hazard},
        confounded=kinds[0].name,
        several=tuple(kind.name for kind in kinds if kind.many[0] < 1.0),
        **facts,
    )
