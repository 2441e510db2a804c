"""The back of an eye: retina, vessels, optic disc and macula, the same at every visit, and what is drawn on it.

Everything is laid out for a right eye, whose disc lies to the right of the macula; a left eye is its mirror image.
Distances are shares of the picture's side, which spans `FIELD_MM` on the retina.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.camera import shoot
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.fundus.findings import FIELD_MM, draw_finding
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient, Person, Visit
from polyclinic.phantom.painting import Plane, Point, blob, canvas, dots, lay, mesh, tint, turbulence
from polyclinic.phantom.settling import settle

RADIUS = 0.475
FOVEA_X, DISC_X, DISC_RADIUS = 0.46, 0.79, 0.064
# Red, green and blue of the retina, by pigment.
RETINA = {"light": (0.86, 0.43, 0.17), "medium": (0.74, 0.33, 0.12), "dark": (0.56, 0.24, 0.10)}
ARTERY, VEIN = (0.86, 0.50, 0.62), (0.62, 0.30, 0.50)
Masks = dict[str, NDArray[np.bool_]]
Line = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
TRUNKS = ((-1, -1), (-1, 1), (1, -1), (1, 1))  # (temporal or nasal, up or down)


@dataclass(frozen=True)
class Eye:
    """An eye without its lesions, and where those lie.

    Args:
        vessels: how much arteries and veins cover each pixel.
        cup: radius of the healthy cup, as a share of the disc's.
    """

    seed: int
    dials: Dials
    patient: Patient[Person]
    fovea: Point
    disc: Point
    cup: float
    vessels: tuple[Plane, Plane]
    places: dict[int, Point]

    @classmethod
    def of(cls, seed: int, patient: Patient[Person], dials: Dials) -> Eye:
        """The eye of a patient; the seed is the one that the patient was drawn with."""
        rng = stream(seed, patient.index, "anatomy")
        u = np.clip(rng.standard_normal(6), -2.0, 2.0) * dials.anatomy
        fovea = (FOVEA_X + 0.008 * float(u[0]), 0.5 + 0.01 * float(u[1]))
        disc = (DISC_X + 0.012 * float(u[2]), 0.49 + 0.014 * float(u[3]))
        cup = 0.38 + 0.06 * float(u[4])
        vessels = _vessels(rng, disc, dials.size, dials.anatomy)
        places = settle(seed, patient, lambda lesion, draw: _spot(lesion, draw, fovea, disc), _reach)
        return cls(seed, dials, patient, fovea, disc, cup, vessels, places)

    def look(self, visit: Visit) -> tuple[NDArray[np.uint8], Masks, dict[int, Any]]:
        """The photograph of a visit, the organs' masks by name, and the lesions' by key."""
        size = self.dials.size
        picture = self._retina(size)
        masks: dict[int, Any] = {}
        behind = [lesion for lesion in visit.lesions if lesion.name == "drusen"]
        before = [lesion for lesion in visit.lesions if lesion.name not in ("drusen", "cupping")]
        self._lesions(picture, behind, masks)
        for cover, factors in zip(self.vessels, (ARTERY, VEIN), strict=True):
            tint(picture, cover, factors)
        disc = self._disc(picture, visit, masks)
        self._lesions(picture, before, masks)
        circle = blob(size, (0.5, 0.5), (RADIUS, RADIUS), reach=2.0).whole_cover(0.02, size)
        self._film(picture, visit)
        picture *= circle
        organs = {
            "optic disc": disc,
            "macula": blob(size, self.fovea, (0.1, 0.1)).whole_inside(size),
            "vessels": np.maximum(*self.vessels) * circle > 0.5,
        }
        inside = circle > 0.5
        masks = {key: mask & inside for key, mask in masks.items()}
        rng = stream(self.seed, self.patient.index, "film", visit.index)
        pixels = shoot(picture, self.patient.person, self.dials, rng)
        pixels *= blob(size, (0.5, 0.5), (RADIUS + 0.01, RADIUS + 0.01), reach=2.0).whole_inside(size)
        if self.patient.person.own["eye"] == "left":
            pixels = pixels[:, :, ::-1].copy()
            organs = {name: mask[:, ::-1] for name, mask in organs.items()}
            masks = {key: mask[:, ::-1] for key, mask in masks.items()}
        return pixels, organs, masks

    def _retina(self, size: int) -> Plane:
        """Choroid seen through the retina: mottled, darker at the macula and towards the rim."""
        rng = stream(self.seed, self.patient.index, "anatomy", 1)
        colour = np.array(RETINA[self.patient.person.own["pigment"]], np.float32)
        mottle = turbulence(rng, size, 7, 3)
        picture = canvas(size, (1.0, 1.0, 1.0)) * colour[:, None, None]
        x, y = mesh(size)
        rim = ((x - 0.5) ** 2 + (y - 0.5) ** 2) / RADIUS**2
        picture *= 1.0 + 0.05 * mottle * np.array([0.5, 1.0, 1.2], np.float32)[:, None, None] - 0.22 * rim * rim
        glow = np.exp(-((x - self.disc[0]) ** 2 + (y - self.disc[1]) ** 2) / 0.05)
        picture += 0.10 * glow * np.array([0.6, 1.0, 0.5], np.float32)[:, None, None]
        away = (x - self.fovea[0]) ** 2 + (y - self.fovea[1]) ** 2
        dark = 0.34 * np.exp(-away / 0.0075) + 0.16 * np.exp(-away / 0.0006)
        tint(picture, np.asarray(dark, np.float32), (0.45, 0.1, 0.1))
        return picture

    def _disc(self, picture: Plane, visit: Visit, masks: dict[int, Any]) -> NDArray[np.bool_]:
        """The optic disc and its cup, which glaucoma widens; the vessels show through."""
        size, contrast = self.dials.size, min(self.dials.contrast, 1.5)
        patch = blob(size, self.disc, (DISC_RADIUS * 0.92, DISC_RADIUS), wobble=(0.03, 0.02))
        thin = 1.0 - 0.55 * np.maximum(*self.vessels)[patch.rows, patch.columns]
        lay(picture, patch.cover(0.3, 0.85) * thin, (0.96, 0.72, 0.38), patch)
        cupping = next((lesion for lesion in visit.lesions if lesion.name == "cupping"), None)
        cup = DISC_RADIUS * self.cup
        if cupping is not None:
            wide = cupping.size_mm / FIELD_MM / 2
            cup += (wide - cup) * min(1.0, contrast * (1.0 if cupping.certain else 0.6))
            masks[cupping.key] = blob(size, self.disc, (wide * 0.92, wide)).whole_inside(size)
        inner = blob(size, self.disc, (cup * 0.92, cup))
        lay(picture, inner.cover(0.35, 0.75), (1.0, 0.9, 0.68), inner)
        return patch.whole_inside(size)

    def _lesions(self, picture: Plane, lesions: list[Lesion], masks: dict[int, Any]) -> None:
        for lesion in lesions:
            rng = stream(self.seed, self.patient.index, "lesion", lesion.key, 1)
            masks[lesion.key] = draw_finding(picture, lesion, self.places[lesion.key], rng, self.dials.contrast)

    def _film(self, picture: Plane, visit: Visit) -> None:
        """What is no finding: a sheen over a young retina, and specks of dust on the lens."""
        rng = stream(self.seed, self.patient.index, "pose", visit.index)
        size, u = self.dials.size, rng.random(8).tolist()
        if u[0] < 0.4:
            turn = 2.0 * math.pi * u[1]
            sheen = blob(size, (0.5 + 0.3 * math.cos(turn), 0.5 + 0.3 * math.sin(turn)), (0.16, 0.05), turn + 1.57)
            lay(picture, sheen.cover(1.2, 0.12), (0.9, 0.85, 0.7), sheen)
        for i in range(int(3 * u[2])):
            centre = (0.2 + 0.6 * u[3 + i], 0.2 + 0.6 * u[5 + i])
            speck = blob(size, centre, (0.016, 0.014))
            lay(picture, speck.cover(1.5, 0.35), (0.45, 0.36, 0.3), speck)


def _reach(lesion: Lesion) -> float:
    return 0.0 if lesion.name == "cupping" else 0.55 * lesion.size_mm / FIELD_MM


def _spot(lesion: Lesion, draw: list[float], fovea: Point, disc: Point) -> Point:
    """A point in the lesion's quadrant around the fovea, inside the field and off the disc."""
    if lesion.zone is None:
        return disc
    spread = _reach(lesion)
    if lesion.zone == "macula":
        turn, far = 2.0 * math.pi * draw[0], 0.055 * draw[1]
        return fovea[0] + far * math.cos(turn), fovea[1] + far * math.sin(turn)
    across, down = (1 if lesion.side == "nasal" else -1), (-1 if lesion.zone == "superior" else 1)
    turn = math.radians(18.0 + 54.0 * draw[0])
    edge = RADIUS - 0.03 - spread - (0.04 if across > 0 else 0.0)
    far = 0.13 + spread * 0.6 + max(0.0, edge - 0.15) * draw[1]
    x, y = fovea[0] + across * far * math.cos(turn), fovea[1] + down * far * math.sin(turn)
    gap = math.dist((x, y), disc)
    push = DISC_RADIUS + spread + 0.01
    if gap < push:
        x, y = x - 0.7 * (push - gap), y + down * (push - gap)
    return x, y


def _vessels(rng: np.random.Generator, disc: Point, size: int, variety: float) -> tuple[Plane, Plane]:
    """Arteries and veins: arcades around the macula, shorter ones to the nose, and their branches."""
    planes = []
    for vein in (False, True):
        lines = [_trunk(rng, disc, way, vein, variety) for way in TRUNKS]
        lines += [_branch(rng, line, variety) for line in lines for _ in range(4)]
        x, y, radius = (np.concatenate(parts) for parts in zip(*(_dense(line, size) for line in lines), strict=True))
        planes.append(dots(size, x, y, radius))
    return planes[0], planes[1]


def _trunk(rng: np.random.Generator, disc: Point, way: tuple[int, int], vein: bool, variety: float) -> Line:
    """One of the four main vessels: x, y and radius along it."""
    across, down = way
    steps = 44 if across < 0 else 24
    bend = np.linspace(0.0, 1.0, steps)
    first = math.radians(62.0 + 7.0 * vein)
    last = math.radians(-28.0 if across < 0 else 18.0)
    turn = first + (last - first) * bend**0.8 + variety * np.cumsum(rng.normal(0.0, 0.085, steps))
    step = 0.0165
    x = disc[0] + np.cumsum(across * step * np.cos(turn)) + 0.008 * vein
    y = disc[1] + np.cumsum(down * step * np.sin(turn))
    radius = (0.0072 if vein else 0.0054) * (1.0 - 0.62 * bend)
    return x, y, radius


def _branch(rng: np.random.Generator, trunk: Line, variety: float) -> Line:
    """A branch that leaves a trunk at an acute angle and thins out."""
    x, y, radius = trunk
    at = int(rng.integers(3, len(x) - 6))
    steps = int(rng.integers(9, 20))
    lean = math.radians(38.0) * (1 if rng.random() < 0.5 else -1)
    way = np.sign(x[at] - x[at - 1]) or 1.0, np.sign(y[at] - y[at - 1]) or 1.0
    heading = math.atan2(abs(y[at] - y[at - 1]), abs(x[at] - x[at - 1])) + lean
    wander = heading - lean * 0.6 * np.linspace(0.0, 1.0, steps) + np.cumsum(rng.normal(0.0, 0.1, steps)) * variety
    bx = x[at] + np.cumsum(way[0] * 0.014 * np.cos(wander))
    by = y[at] + np.cumsum(way[1] * 0.014 * np.sin(wander))
    return bx, by, radius[at] * 0.62 * np.linspace(1.0, 0.35, steps)


def _dense(line: Line, size: int) -> tuple[NDArray[np.float64], ...]:
    """Points half a pixel apart along a line."""
    x, y, radius = line
    at = np.arange(0.0, len(x) - 1, 1.0 / max(1.0, 0.0165 * size * 1.6))
    index = np.arange(len(x))
    return tuple(np.interp(at, index, values) for values in (x, y, radius))
