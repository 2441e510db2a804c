"""A field of cells: where they lie, what each stain shows of them, and the microscope that counts the light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.cells.nuclei import Ball, unusual, usual
from polyclinic.phantom.cells.stains import STAINS, Layout, glow
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient, Person, Visit
from polyclinic.phantom.painting import Plane, Point, blob, blur, clouds, dots
from polyclinic.phantom.picture import LEAST_PIXELS
from polyclinic.phantom.settling import settle

FIELD_MM = 0.13
FIELD_UM = 1000 * FIELD_MM
GRIDS = {"sparse": 4, "even": 5, "dense": 6}
# Black level and gain of each site's camera; blur of each microscope as a share of the field.
CAMERAS = ((110.0, 2600.0), (220.0, 1700.0), (90.0, 3800.0), (400.0, 2300.0))
BLURS = (0.0030, 0.0045, 0.0060)
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Culture:
    """A patch of a culture, which stains it has, and where its usual and unusual cells lie.

    Args:
        stains: names of the channels, in their order.
        cells: centres of the usual cells.
        places: centres of the cells with findings, by the lesion's key.
    """

    seed: int
    dials: Dials
    patient: Patient[Person]
    stains: tuple[str, ...]
    cells: tuple[Point, ...]
    places: dict[int, Point]

    @classmethod
    def of(cls, seed: int, patient: Patient[Person], dials: Dials) -> Culture:
        """The culture of a patient; the seed is the one that the patient was drawn with."""
        rng = stream(seed, patient.index, "anatomy")
        count = 1 + int(rng.integers(len(STAINS)))
        others = [STAINS[1 + i] for i in rng.permutation(len(STAINS) - 1)[: count - 1]]
        order = rng.permutation(count)
        stains = tuple(["DNA", *others][i] for i in order)
        places = settle(seed, patient, _spot, lambda lesion: 0.085 + 0.3 * lesion.size_mm / FIELD_MM)
        return cls(seed, dials, patient, stains, _grid(rng, patient, places), places)

    def look(self, visit: Visit) -> tuple[NDArray[np.uint16], list[Mask], dict[int, Mask]]:
        """The channels of a visit, the masks of nuclei without a finding, and of lesions by key."""
        size, here = self.dials.size, {lesion.key: lesion for lesion in visit.lesions}
        dna = np.zeros((size, size), np.float32)
        nuclei, lesions = [], {}
        for number, centre in enumerate((*self.cells, *self.places.values())):
            key = None if number < len(self.cells) else list(self.places)[number - len(self.cells)]
            rng = stream(self.seed, self.patient.index, "anatomy", 1, number if key is None else 1000 + key)
            healthy = usual(rng)
            if key is not None and key in here:
                lesions[key] = self._unusual(dna, here[key], centre, healthy)
                continue
            mask = _draw(dna, healthy, centre, 1.0)
            if np.count_nonzero(mask) >= LEAST_PIXELS:
                nuclei.append(mask)
        self._grain(dna)
        warp = stream(self.seed, self.patient.index, "anatomy", 4)
        layout = Layout.of((*self.cells, *self.places.values()), dna, warp)
        planes = [
            glow(stain, layout, stream(self.seed, self.patient.index, "anatomy", 2, STAINS.index(stain)))
            for stain in self.stains
        ]
        return self._count(np.stack(planes), visit), nuclei, lesions

    def _unusual(self, dna: Plane, lesion: Lesion, centre: Point, healthy: tuple[Ball, ...]) -> Mask:
        """A cell with a finding, which at less contrast looks the more like a usual one."""
        share = min(lesion.density * self.dials.contrast, 1.0)
        rng = stream(self.seed, self.patient.index, "lesion", lesion.key, 1)
        _draw(dna, healthy, centre, 1.0 - share)
        return _draw(dna, unusual(lesion, rng), centre, share)

    def _grain(self, dna: Plane) -> None:
        """Chromatin is uneven, and bits of debris shine, which are no finding."""
        rng, size = stream(self.seed, self.patient.index, "anatomy", 3), self.dials.size
        dna *= 1.0 + 0.16 * clouds(rng, size, 40)
        count = int(rng.integers(0, 6))
        x, y = rng.random((2, count))
        dna += 0.6 * dots(size, x, y, rng.uniform(0.003, 0.007, count))

    def _count(self, planes: Plane, visit: Visit) -> NDArray[np.uint16]:
        """Light to counts: uneven lamp, blur, black level, gain, and noise that grows with the light."""
        dials, person = self.dials, self.patient.person
        rng = stream(self.seed, self.patient.index, "film", visit.index)
        black, gain = CAMERAS[person.site % len(CAMERAS)]
        black, gain = black * (1.0 + 1.5 * dials.shift), gain * (1.0 - 0.45 * dials.shift)
        gains = gain * (1.0 + 0.15 * dials.anatomy * np.clip(rng.standard_normal(len(planes)), -2, 2))
        light = blur(planes + 0.02, BLURS[person.scanner % len(BLURS)] + 0.004 * dials.shift)
        light *= 1.0 + 0.07 * dials.anatomy * clouds(rng, dials.size, 2)
        counts = np.clip(light, 0.0, None) * gains[:, None, None]
        if dials.noise > 0:
            grain = rng.standard_normal(counts.shape, dtype=np.float32)
            counts = counts + grain * dials.noise * np.sqrt(4.0 * counts + 180.0)
        return np.clip(counts + black, 0.0, 65535.0).astype(np.uint16)


def _spot(lesion: Lesion, draw: list[float]) -> Point:
    """A point in the lesion's quarter of the field."""
    x, y = 0.1 + 0.32 * draw[0], 0.1 + 0.32 * draw[1]
    return x if lesion.side == "left" else 1.0 - x, y if lesion.zone == "upper" else 1.0 - y


def _grid(rng: np.random.Generator, patient: Patient[Person], places: dict[int, Point]) -> tuple[Point, ...]:
    """A loose grid with gaps, and room for the cells with findings."""
    side = GRIDS[patient.person.own["growth"]]
    jitter, gaps = rng.uniform(-0.28, 0.28, (side, side, 2)), rng.random((side, side))
    turn = 0.5 * (np.arange(side) % 2) - 0.25
    x = (np.arange(side)[None, :] + 0.5 + turn[:, None] + jitter[..., 0]) / side
    y = (np.arange(side)[:, None] + 0.5 + jitter[..., 1]) / side
    kept = gaps > 0.18
    for px, py in places.values():
        kept &= np.hypot(x - px, y - py) > 0.15
    return tuple(zip(x[kept].tolist(), y[kept].tolist(), strict=True))


def _draw(dna: Plane, balls: tuple[Ball, ...], centre: Point, share: float) -> Mask:
    """Add a nucleus to the plane; its mask does not depend on the share."""
    size = dna.shape[0]
    mask = np.zeros((size, size), bool)
    for ball in balls:
        place = (centre[0] + ball.x / FIELD_UM, centre[1] + ball.y / FIELD_UM)
        radii = (ball.radii[0] / FIELD_UM, ball.radii[1] / FIELD_UM)
        patch = blob(size, place, radii, ball.angle, reach=1.0 + ball.edge / 2 + 0.1)
        window = dna[patch.rows, patch.columns]
        np.maximum(window, patch.cover(ball.edge, ball.light * share), out=window)
        mask[patch.rows, patch.columns] |= patch.level <= 1.0
    return mask
