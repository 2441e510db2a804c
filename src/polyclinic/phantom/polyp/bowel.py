"""The inside of the bowel as a relief that the endoscope's own lamp lights: folds, vessels, lumen, and wet gloss."""

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
    bumps,
    canvas,
    clouds,
    dots,
    lay,
    mesh,
    stroke,
    tint,
    turbulence,
)
from polyclinic.phantom.polyp.findings import FIELD_MM, Wall, draw_finding
from polyclinic.phantom.settling import settle

MUCOSA = ((0.86, 0.50, 0.40), (0.82, 0.42, 0.33), (0.90, 0.58, 0.45))
# Half width of the picture and how far its corners are cut, at each site; the rest of the frame is black.
FRAMES = ((0.48, 0.78), (0.5, 0.72), (0.47, 0.84), (0.49, 0.94))
AMBIENT, STEEP = 0.34, 1.9
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Bowel:
    """A patient's stretch of bowel, and where its lesions lie.

    Args:
        lumen: centre of the dark passage ahead.
        wide: its radius.
    """

    seed: int
    dials: Dials
    patient: Patient[Person]
    lumen: Point
    wide: float
    places: dict[int, Point]

    @classmethod
    def of(cls, seed: int, patient: Patient[Person], dials: Dials) -> Bowel:
        """The bowel of a patient; the seed is the one that the patient was drawn with."""
        u = 0.5 + dials.anatomy * (stream(seed, patient.index, "anatomy").random(3) - 0.5)
        lumen = (0.5 + 0.2 * (float(u[0]) - 0.5), 0.5 + 0.2 * (float(u[1]) - 0.5))
        wide = 0.05 + 0.07 * float(u[2])
        return cls(seed, dials, patient, lumen, wide, settle(seed, patient, _spot, _reach))

    def look(self, visit: Visit) -> tuple[NDArray[np.uint8], dict[str, Mask], dict[int, Mask]]:
        """The picture of a visit, the organs' masks by name, and the lesions' by key."""
        wall = self._wall()
        masks = {}
        for lesion in visit.lesions:
            rng = stream(self.seed, self.patient.index, "lesion", lesion.key, 1)
            masks[lesion.key] = draw_finding(wall, lesion, self.places[lesion.key], rng, self.dials.contrast)
        self._residue(wall, visit)
        picture = self._lit(wall, visit)
        size = self.dials.size
        frame = self._frame()
        picture *= frame
        lumen = blob(size, self.lumen, (self.wide * 1.15, self.wide * 1.05)).whole_inside(size)
        covered = np.any([*masks.values(), np.zeros_like(lumen)], axis=0)
        rng = stream(self.seed, self.patient.index, "film", visit.index)
        pixels = shoot(picture, self.patient.person, self.dials, rng)
        pixels *= frame > 0.5
        return pixels, {"lumen": lumen & ~covered}, {key: mask & (frame > 0.5) for key, mask in masks.items()}

    def _wall(self) -> Wall:
        """Mucosa with its vessels, laid in folds that grow closer towards the lumen."""
        rng, size = stream(self.seed, self.patient.index, "anatomy", 1), self.dials.size
        x, y = mesh(size)
        away = np.hypot(x - self.lumen[0], y - self.lumen[1]) + 0.02
        depth = np.log(away / self.wide)
        folds = np.sin(5.2 * depth + 0.9 * clouds(rng, size, 3) + 6.0 * float(rng.random()))
        ripple = np.clip(away / 0.4, 0.1, 1.0) * (0.55 + 0.2 * clouds(rng, size, 3))
        height = 0.030 * ripple * (0.6 * folds + 0.4 * folds**5) + 0.006 * turbulence(rng, size, 6)
        colour = canvas(size, MUCOSA[int(rng.integers(len(MUCOSA)))])
        tint(colour, np.clip(0.22 + 0.16 * turbulence(rng, size, 4), 0.0, 1.0), (0.92, 0.72, 0.66))
        self._vessels(colour, rng)
        return Wall(np.asarray(height, np.float32), colour, np.zeros((size, size), np.float32))

    def _vessels(self, colour: Plane, rng: np.random.Generator) -> None:
        size, lines = self.dials.size, []
        for _ in range(7):
            x, y, turn = rng.random(3).tolist()
            heading = 6.3 * turn + np.cumsum(rng.normal(0.0, 0.4, 10))
            path = x + np.cumsum(0.035 * np.cos(heading)), y + np.cumsum(0.035 * np.sin(heading))
            lines.append(stroke(*path, np.linspace(0.0035, 0.0012, 10), size))
        x, y, radius = (np.concatenate(part) for part in zip(*lines, strict=True))
        tint(colour, 0.5 * dots(size, x, y, radius), (0.72, 0.42, 0.42))

    def _residue(self, wall: Wall, visit: Visit) -> None:
        """Stool and bubbles, which are no finding and lie otherwise at every visit."""
        rng, size = stream(self.seed, self.patient.index, "pose", visit.index), self.dials.size
        u = rng.random(2)
        for _ in range(int(3.2 * u[0] ** 2 * self.dials.anatomy)):
            centre, radii = rng.uniform(0.2, 0.8, 2).tolist(), rng.uniform(0.012, 0.035, 2).tolist()
            crumb = blob(size, centre, radii, 1.0, bumps(rng, 0.2))
            lay(wall.colour, crumb.cover(0.4, 0.85), (0.62, 0.47, 0.14), crumb)
            wall.height[crumb.rows, crumb.columns] += crumb.cover(1.2, 0.006)
        for _ in range(int(14 * u[1] ** 3)):
            centre, radius = rng.uniform(0.15, 0.85, 2).tolist(), float(rng.uniform(0.006, 0.014))
            bubble = blob(size, centre, (radius, radius))
            lay(wall.colour, 0.5 * np.exp(-(((bubble.level - 0.85) / 0.2) ** 2)), (1.0, 0.93, 0.88), bubble)

    def _lit(self, wall: Wall, visit: Visit) -> Plane:
        """Light from beside the lens: bright near by, dark ahead, and mirrored by what is wet."""
        rng, size = stream(self.seed, self.patient.index, "pose", visit.index, 1), self.dials.size
        x, y = mesh(size)
        slope_y, slope_x = np.gradient(wall.height, 1.0 / size)
        slope_x, slope_y = STEEP * slope_x, STEEP * slope_y
        upright = 1.0 / np.sqrt(1.0 + slope_x**2 + slope_y**2)
        lamp = 0.35 + 0.1 * rng.standard_normal(2)
        light = upright * (1.0 - slope_x * lamp[0] - slope_y * lamp[1])
        away = np.hypot(x - self.lumen[0], y - self.lumen[1])
        near = np.clip((away / (self.wide + 0.02) - 0.55) / 2.6, 0.03, 1.0) ** 0.8
        near = np.maximum(near * (1.12 - 0.9 * np.clip(np.hypot(x - 0.5, y - 0.5) - 0.36, 0.0, 1.0)), 0.8 * wall.nearer)
        picture = wall.colour * (near * np.clip(AMBIENT + 0.68 * light, 0.05, 1.5))
        gloss = np.clip(light / np.sqrt(1.0 + float(lamp @ lamp)), 0.0, 1.0) ** 40 * near
        wet = np.clip(gloss * (0.75 + 0.8 * clouds(rng, size, 22)) - 0.62, 0.0, 0.5) * 2.6
        lay(picture, np.asarray(np.clip(wet, 0.0, 0.95), np.float32), (1.0, 0.98, 0.95))
        return np.asarray(picture, np.float32)

    def _frame(self) -> Plane:
        """1 within the picture, 0 in the corners that the endoscope leaves black."""
        half, cut = FRAMES[self.patient.person.site % len(FRAMES)]
        x, y = (np.abs(axis - 0.5) for axis in mesh(self.dials.size))
        inside = np.minimum(np.minimum(half - x, half - y), (cut - x - y) * 0.7)
        return np.asarray(np.clip(inside * self.dials.size + 0.5, 0.0, 1.0), np.float32)


def _reach(lesion: Lesion) -> float:
    return 0.5 * lesion.size_mm / FIELD_MM


def _spot(lesion: Lesion, draw: list[float]) -> Point:
    """A point on the wall in the lesion's quarter of the picture, off the lumen."""
    turn, far = np.radians(22.0 + 46.0 * draw[0]), 0.27 + 0.07 * draw[1]
    across, down = far * float(np.cos(turn)), far * float(np.sin(turn))
    return 0.5 + across * (1 if lesion.side == "right" else -1), 0.5 + down * (1 if lesion.zone == "lower" else -1)
