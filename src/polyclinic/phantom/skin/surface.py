"""A field of skin under the dermatoscope: its relief, freckles and hairs, and the gel and lens before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.camera import shoot
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient, Person, Visit
from polyclinic.phantom.painting import (
    Plane,
    Point,
    blob,
    canvas,
    clouds,
    dots,
    lay,
    mesh,
    stroke,
    tint,
    turbulence,
)
from polyclinic.phantom.settling import settle
from polyclinic.phantom.skin.findings import FIELD_MM, draw_finding

TONES = {"light": (0.91, 0.71, 0.64), "medium": (0.80, 0.58, 0.47), "dark": (0.55, 0.37, 0.28)}
MOST_HAIRS, MOST_FRECKLES = 9, 14


@dataclass(frozen=True)
class Skin:
    """A patient's field of skin, and where its lesions lie."""

    seed: int
    dials: Dials
    patient: Patient[Person]
    places: dict[int, Point]

    @classmethod
    def of(cls, seed: int, patient: Patient[Person], dials: Dials) -> Skin:
        """The skin of a patient; the seed is the one that the patient was drawn with."""
        return cls(seed, dials, patient, settle(seed, patient, _spot, _reach))

    def look(self, visit: Visit) -> tuple[NDArray[np.uint8], dict[int, NDArray[np.bool_]]]:
        """The photograph of a visit, and the lesions' masks by key."""
        picture = self._bare()
        masks = {}
        for lesion in visit.lesions:
            rng = stream(self.seed, self.patient.index, "lesion", lesion.key, 1)
            masks[lesion.key] = draw_finding(picture, lesion, self.places[lesion.key], rng, self.dials.contrast)
        self._relief(picture)
        self._hairs(picture, visit)
        self._lens(picture, visit)
        rng = stream(self.seed, self.patient.index, "film", visit.index)
        return shoot(picture, self.patient.person, self.dials, rng), masks

    def _bare(self) -> Plane:
        """Skin with its blotches of blood and pigment, and freckles, which are no finding."""
        size, rng = self.dials.size, stream(self.seed, self.patient.index, "anatomy")
        picture = canvas(size, TONES[self.patient.person.own["tone"]])
        blush, brown = turbulence(rng, size, 4), turbulence(rng, size, 6)
        tint(picture, np.clip(0.10 * blush + 0.06, 0.0, 0.5), (0.95, 0.68, 0.66))
        tint(picture, np.clip(0.07 * brown + 0.04, 0.0, 0.5), (0.72, 0.55, 0.40))
        count = int(MOST_FRECKLES * rng.random() ** 2 * self.dials.anatomy)
        x, y = rng.random((2, count))
        tint(picture, dots(size, x, y, rng.uniform(0.003, 0.011, count)) * 0.35, (0.72, 0.52, 0.38))
        return picture

    def _relief(self, picture: Plane) -> None:
        """The fine criss-cross of the skin's furrows, which runs over everything."""
        size, rng = self.dials.size, stream(self.seed, self.patient.index, "anatomy", 1)
        furrows = clouds(rng, size, 40, 14) + clouds(rng, size, 14, 40)
        picture *= 1.0 + 0.007 * furrows

    def _hairs(self, picture: Plane, visit: Visit) -> None:
        """Hairs lie otherwise at every visit; on light skin some are fair."""
        rng, size = stream(self.seed, self.patient.index, "pose", visit.index), self.dials.size
        u = rng.random(3)
        count = int(MOST_HAIRS * u[0] ** 2 * self.dials.anatomy + 0.5)
        way = 2 * np.pi * u[1]
        lines = [_hair(rng, way, size) for _ in range(count)]
        if not lines:
            return
        x, y, radius = (np.concatenate(part) for part in zip(*lines, strict=True))
        cover = dots(size, x, y, radius)
        if u[2] < 0.25 and self.patient.person.own["tone"] == "light":
            lay(picture, cover * 0.5, (0.97, 0.88, 0.76))
        else:
            lay(picture, cover * 0.8, (0.16, 0.10, 0.08))

    def _lens(self, picture: Plane, visit: Visit) -> None:
        """Dark corners, bubbles in the gel, and a glare on some pictures."""
        rng, size = stream(self.seed, self.patient.index, "pose", visit.index, 1), self.dials.size
        x, y = mesh(size)
        u = rng.random(12).tolist()
        away = (x - 0.5) ** 2 + (y - 0.5) ** 2
        picture *= 1.0 - (0.35 + 0.9 * (u[0] < 0.3)) * np.clip(away - 0.12, 0.0, None)
        for i in range(int(3.4 * u[1] ** 2)):
            centre, wide = (u[2 + 3 * i], u[3 + 3 * i]), 0.012 + 0.018 * u[4 + 3 * i]
            bubble = blob(size, centre, (wide, wide))
            ring = np.exp(-(((bubble.level - 0.9) / 0.16) ** 2))
            lay(picture, 0.35 * ring, (1.0, 0.96, 0.93), bubble)
        if u[11] < 0.2:
            glare = blob(size, (u[2], u[3]), (0.2, 0.13), 3.0 * u[4])
            lay(picture, glare.cover(1.6, 0.16), (1.0, 0.97, 0.95), glare)


def _reach(lesion: Lesion) -> float:
    return 0.5 * lesion.size_mm / FIELD_MM


def _spot(lesion: Lesion, draw: list[float]) -> Point:
    """A point in the lesion's quarter of the picture, or about its centre."""
    if lesion.zone == "centre":
        return 0.5 + 0.12 * (draw[0] - 0.5), 0.5 + 0.12 * (draw[1] - 0.5)
    spread = min(_reach(lesion), 0.2) + 0.01
    across = 0.08 + (0.5 - spread - 0.08) * draw[0]
    down = 0.08 + (0.5 - spread - 0.08) * draw[1]
    return 0.5 + across * (1 if lesion.side == "right" else -1), 0.5 + down * (1 if lesion.zone == "lower" else -1)


def _hair(rng: np.random.Generator, way: float, size: int) -> tuple[Plane, Plane, Plane]:
    """A long bent stroke about a direction that the hairs share."""
    x, y, turn, bend, long, thick = rng.random(6).tolist()
    t = np.linspace(-0.5, 0.5, 14)
    heading = way + 0.9 * (turn - 0.5) + 2.2 * (bend - 0.5) * t
    step = (0.3 + 0.6 * long) / 13
    radius = np.full(14, 0.0016 + 0.0016 * thick)
    return stroke(x + np.cumsum(step * np.cos(heading)), y + np.cumsum(step * np.sin(heading)), radius, size)
