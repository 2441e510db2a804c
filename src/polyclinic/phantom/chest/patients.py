"""Who a phantom patient is and what befalls them: all latents, drawn from (seed, index) alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from polyclinic.phantom.chest.latents import FINDINGS, ZONES, Habitus, Margin, Side, Zone
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient, Severity, Visit
from polyclinic.phantom.sampling import (
    BORDERLINE_DENSITY,
    HEALTHY,
    NEW,
    SCANNERS,
    SITES,
    VISITS,
    Course,
    Sizes,
    confounded,
    fate,
)

# Share of visits, at the default dials, in which a finding is present and certain; questions are balanced by it.
PREVALENCE: dict[str, float] = {
    "atelectasis": 0.181,
    "cardiomegaly": 0.195,
    "effusion": 0.181,
    "infiltration": 0.183,
    "mass": 0.183,
    "nodule": 0.19,
    "pneumonia": 0.178,
    "pneumothorax": 0.185,
}

MARGINS: dict[str, tuple[Margin, ...]] = {
    "mass": ("smooth", "irregular"),
    "nodule": ("smooth", "irregular"),
    "infiltration": ("ill-defined",),
    "pneumonia": ("ill-defined",),
}
ZONELESS = ("cardiomegaly", "effusion", "pneumothorax")
# Above 1 makes small ones more common.
SKEW = {"effusion": 1.5}
FOCAL = Course()
HEART = Course(0.06, 0.39, 0.23, (1.06, 0.08), (0.94, -0.05), 0.03)
# Where fluid and a large heart leave no lung to see.
COVERED: dict[str, tuple[Zone, ...]] = {"effusion": ("lower",), "cardiomegaly": ("lower", "middle")}


SIZES: dict[str, Sizes] = {
    "atelectasis": Sizes(40.0, 95.0, 55.0, 75.0),
    "cardiomegaly": Sizes(130.0, 215.0, 152.0, 172.0),
    "effusion": Sizes(24.0, 120.0, 40.0, 58.0),
    "infiltration": Sizes(45.0, 95.0, 58.0, 76.0),
    "mass": Sizes(30.0, 70.0, 41.0, 54.0),
    "nodule": Sizes(10.0, 29.0, 14.0, 21.0),
    "pneumonia": Sizes(45.0, 105.0, 60.0, 82.0),
    "pneumothorax": Sizes(12.0, 48.0, 20.0, 32.0),
}


def chest_width_mm(habitus: Habitus) -> float:
    """Inner width of the chest at its widest."""
    return 243.0 + 38.0 * habitus.build + (16.0 if habitus.sex == "M" else 0.0)


def severity(name: str, size_mm: float) -> Severity:
    """`small`, `moderate` or `large` for a size, by finding.

    Example:
        >>> severity("nodule", 11.0), severity("nodule", 25.0)
        ('small', 'large')
    """
    return SIZES[name].severity(size_mm)


def sample_patient(seed: int, index: int, dials: Dials | None = None) -> Patient[Habitus]:
    """All latents of one patient: the same whatever else is sampled, and whoever asks."""
    dials = dials or Dials()
    rng = stream(seed, index, "latents")
    habitus = _habitus(rng, dials)
    sampler = _Sampler(rng, dials, habitus)
    visits = [Visit(0, 0.0, sampler.first())]
    for number in range(1, 1 + int(np.searchsorted(np.cumsum(VISITS), rng.random()))):
        visits.append(sampler.next(visits[-1], number))
    if dials.confounder > 0:
        ill = any(lesion.name == "pneumonia" for lesion in visits[0].lesions)
        habitus = confounded(rng, dials.confounder, habitus, ill)
    return Patient(f"chest-{seed}-{index:06d}", index, habitus, tuple(visits))


def _habitus(rng: np.random.Generator, dials: Dials) -> Habitus:
    u = 0.5 + dials.anatomy * (rng.random(9) - 0.5)
    sex = "F" if rng.random() < 0.5 else "M"
    bow = rng.normal(0.0, 6.0) if u[0] < 0.75 else rng.normal(0.0, 16.0)
    return Habitus(
        sex="F" if sex == "F" else "M",
        age_years=int(18 + 72 * u[1] ** 0.8),
        build=round(float(u[2]), 3),
        inspiration=round(float(1.0 - u[3] ** 2), 3),
        scoliosis_mm=round(float(np.clip(bow, -32.0, 32.0)) * dials.anatomy, 1),
        aorta=round(float(np.clip(0.7 * u[1] + 0.5 * u[4] - 0.25, 0.0, 1.0)), 3),
        cardiothoracic_ratio=round(float(0.38 + 0.12 * u[5]), 3),
        site=int(rng.integers(SITES)),
        scanner=int(rng.integers(SCANNERS)),
        view="AP" if u[6] > 0.85 else "PA",
    )


@dataclass
class _Sampler:
    """Draws lesions; keys count up over a patient's life, of which `life` remembers every lesion."""

    rng: np.random.Generator
    dials: Dials
    habitus: Habitus
    keys: int = 0
    life: list[Lesion] = field(default_factory=list)

    def first(self) -> tuple[Lesion, ...]:
        if self.rng.random() < HEALTHY:
            return ()
        return self._draw(self.dials.prevalence / (1.0 - HEALTHY), held=())

    def next(self, before: Visit, number: int) -> Visit:
        """What has become of each lesion, and what is new."""
        fates = [(lesion, self._fate(lesion)) for lesion in before.lesions]
        kept = tuple(fate for _, fate in fates if fate is not None)
        gone = tuple(replace(lesion, change="resolved") for lesion, fate in fates if fate is None)
        held = tuple({lesion.name for lesion in before.lesions})
        new = tuple(replace(lesion, change="new") for lesion in self._draw(NEW, held))
        time = before.time_days + float(self.rng.integers(20, 201))
        return Visit(number, time, kept + new, gone)

    def _draw(self, chance: float, held: tuple[str, ...]) -> tuple[Lesion, ...]:
        drawn = [lesion for name in self._kinds(chance, held) for lesion in self._lesions(name)]
        drawn = [lesion for lesion in drawn if not any(_covers(lesion, known) for known in self.life)]
        self.life += drawn
        return tuple(self._in_view(lesion) for lesion in drawn)

    def _in_view(self, lesion: Lesion) -> Lesion:
        """A focal lesion in a zone that nothing covers; the first draw stands wherever it can."""
        free = [zone for zone in ZONES if not any(_covers(other, replace(lesion, zone=zone)) for other in self.life)]
        settled = (
            lesion if lesion.zone is None or lesion.zone in free else replace(lesion, zone=free[lesion.key % len(free)])
        )
        self.life[self.life.index(lesion)] = settled
        return settled

    def _kinds(self, chance: float, held: tuple[str, ...]) -> list[str]:
        """Names of findings to make: independent, but for effusion with a large heart and collapse with effusion."""
        coins = dict(zip(FINDINGS, self.rng.random(len(FINDINGS)).tolist(), strict=True))
        chosen = {name for name in FINDINGS if coins[name] < chance and name not in held}
        for name, companion in (("effusion", "cardiomegaly"), ("atelectasis", "effusion")):
            raised = chance * (1.6 if companion in chosen else 1.0 - 0.6 * chance / (1.0 - chance))
            chosen.discard(name)
            if coins[name] < raised and name not in held:
                chosen.add(name)
        room = self.dials.most_kinds - len(held)
        names = [name for name in FINDINGS if name in chosen]
        while len(names) > max(room, 0):
            names.pop(int(self.rng.integers(len(names))))
        return names

    def _lesions(self, name: str) -> list[Lesion]:
        many = {"nodule": (0.62, 0.86), "effusion": (0.82, 1.0)}.get(name, (1.0, 1.0))
        draw = self.rng.random()
        count = 1 + (draw > many[0]) + (draw > many[1])
        lesions = [self._lesion(name) for _ in range(count)]
        if name == "effusion" and count == 2:
            lesions[0], lesions[1] = replace(lesions[0], side="right"), replace(lesions[1], side="left")
        certain = lesions[0].certain
        return [
            replace(item, certain=certain, density=item.density if certain else BORDERLINE_DENSITY) for item in lesions
        ]

    def _lesion(self, name: str) -> Lesion:
        self.keys += 1
        u = self.rng.random(6)
        certain = bool(u[5] >= self.dials.uncertain)
        sizes = SIZES[name]
        size_mm = sizes.clamp(sizes.least + (sizes.most - sizes.least) * float(u[0]) ** SKEW.get(name, 1.0))
        if name == "cardiomegaly":
            ratio = 0.57 + 0.14 * float(u[0]) if certain else 0.525 + 0.02 * float(u[0])
            size_mm = sizes.clamp(chest_width_mm(self.habitus) * ratio)
        side: Side = "right" if u[1] < 0.5 else "left"
        margins = MARGINS.get(name)
        return Lesion(
            key=self.keys,
            name=name,
            side=None if name == "cardiomegaly" else side,
            zone=None if name in ZONELESS else ZONES[int(3 * u[2])],
            size_mm=size_mm,
            severity=sizes.severity(size_mm),
            density=round(0.7 + 0.3 * float(u[3]), 2),
            margin=margins[int(len(margins) * u[4])] if margins else None,
            certain=certain,
        )

    def _fate(self, lesion: Lesion) -> Lesion | None:
        """The lesion at the next visit with its change; None where it has resolved."""
        if lesion.name != "cardiomegaly":
            return fate(lesion, SIZES[lesion.name], FOCAL, self.rng)
        least_mm = float(round(0.565 * chest_width_mm(self.habitus))) if lesion.certain else 0.0
        return fate(lesion, SIZES[lesion.name], HEART, self.rng, least_mm)


def _covers(cover: Lesion, lesion: Lesion) -> bool:
    """Whether fluid or a large heart would hide a focal lesion."""
    zones = COVERED.get(cover.name, ())
    side = "left" if cover.name == "cardiomegaly" else cover.side
    return lesion.side == side and lesion.zone in zones
