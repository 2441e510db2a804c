"""A head: skull, cortex with its furrows, white matter, ventricles, deep nuclei and cerebellum, as MR shows them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.brain.findings import Parts, grow
from polyclinic.phantom.brain.places import candidate, reach_mm
from polyclinic.phantom.brain.tissues import PROTOCOLS, SEQUENCES, TISSUES
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Patient, Person, Visit
from polyclinic.phantom.primitives import Vector, rotation
from polyclinic.phantom.scanning import magnetic
from polyclinic.phantom.settling import settle
from polyclinic.phantom.solids import Floats, Grid, Mask, Solid, fill, mist, slope, solid

FIELD_MM, HEIGHT_MM = 208.0, 176.0
# Furrows: bumps of noise along a side, depth and width in mm; the cortex is that thick on both of their sides.
FURROWS, FURROW_DEPTH_MM, FURROW_HALF_MM, CORTEX_MM = 24, 14.0, 1.0, 3.6
# Distance in mm for each unit of the noise whose zeros are the furrows.
FURROW_SLOPE_MM = 4.8
CENTRE: Vector = (0.0, 2.0, 8.0)
BRAIN_MM, SKULL_MM, SCALP_MM = (64.0, 81.0, 61.0), (71.0, 88.0, 68.0), (77.0, 95.0, 75.0)


@dataclass(frozen=True)
class Head:
    """A patient's head without lesions, and where its lesions lie.

    Args:
        signals: (sequence, z, y, x), all of them, before any scanner.
        structures: masks of what is there in health, by name.
        room: how much of each voxel is within the skull.
    """

    seed: int
    dials: Dials
    patient: Patient[Person]
    grid: Grid
    signals: Floats
    structures: dict[str, Mask]
    room: Floats
    places: dict[int, Vector]

    @classmethod
    def of(cls, seed: int, patient: Patient[Person], dials: Dials) -> Head:
        """The head of a patient; the seed is the one that the patient was drawn with."""
        rng = stream(seed, patient.index, "anatomy")
        vary = (dials.anatomy * np.clip(rng.standard_normal(4), -2.0, 2.0)).tolist()
        grid = Grid(dials.size, round(FIELD_MM * (1.0 - 0.02 * vary[0]), 2), HEIGHT_MM, math.radians(2.5 * vary[1]))
        signals, structures, room = _Build(grid, rng, vary, patient.person.age_years or 50).head()
        return cls(seed, dials, patient, grid, signals, structures, room, settle(seed, patient, candidate, reach_mm))

    def look(self, visit: Visit) -> tuple[dict[str, NDArray[np.uint16]], dict[int, Parts]]:
        """The sequences that were taken, and each lesion's parts by its key."""
        signals, parts = self.signals.copy(), {}
        for lesion in visit.lesions:
            rng = stream(self.seed, self.patient.index, "lesion", lesion.key, 1)
            parts[lesion.key] = grow(
                signals, self.grid, self.room, lesion, self.places[lesion.key], rng, self.dials.contrast
            )
        taken = PROTOCOLS[self.patient.person.own["protocol"]]
        seen = {name: self._scanned(signals[i], visit, i) for i, name in enumerate(SEQUENCES) if name in taken}
        return seen, parts

    def _scanned(self, signal: Floats, visit: Visit, number: int) -> NDArray[np.uint16]:
        rng = stream(self.seed, self.patient.index, "film", visit.index, number)
        return magnetic(signal, self.grid, self.patient.person, self.dials, rng)


class _Build:
    """Lays tissue over tissue, from the scalp inwards."""

    def __init__(self, grid: Grid, rng: np.random.Generator, vary: list[float], age: int) -> None:
        self.grid, self.rng, self.vary = grid, rng, vary
        self.wide = max(0.75, 1.0 + 0.008 * (age - 50) + 0.1 * vary[2])
        self.signals = np.zeros((len(SEQUENCES), *grid.shape), np.float32)

    def head(self) -> tuple[Floats, dict[str, Mask], Floats]:
        """Signals, structures, and the room within the skull."""
        room, bone = self._shell()
        white, cortex = self._cerebrum(room)
        cerebellum = self._hindbrain(room)
        self._nuclei()
        ventricles = self._ventricles()
        apart = ventricles | cerebellum
        structures = {
            "skull": bone,
            "grey matter": cortex & ~apart,
            "white matter": white & ~apart,
            "cerebellum": cerebellum & ~ventricles,
            "ventricles": ventricles,
        }
        return self.signals, structures, room

    def _level(self, radii: Vector, below: float, centre: Vector = CENTRE) -> Floats:
        """An ellipsoid whose lower half reaches another depth, for the whole grid."""
        x, y, z = self.grid.at
        z = z - np.float32(centre[2])
        z = z / np.where(z > 0, np.float32(radii[2]), np.float32(below))
        egg = 1.0 + np.float32(0.0011) * (y - centre[1])
        flat = ((x - centre[0]) / (radii[0] * egg)) ** 2 + ((y - centre[1]) / radii[1]) ** 2
        return np.sqrt(flat.astype(np.float32) + z * z)

    def _shell(self) -> tuple[Floats, Mask]:
        """Scalp, skull with its marrow, and the fluid and soft tissue within."""
        edge = self.grid.spacing_mm[1]
        outer, inner = self._level(SCALP_MM, 130.0), self._level(SKULL_MM, 90.0)
        fill(self.signals, slope((1.0 - outer) * 77.0, edge), TISSUES["scalp"])
        bone = slope((1.0 - inner) * 73.0, edge)
        fill(self.signals, bone, TISSUES["skull"])
        fill(self.signals, slope(2.0 - np.abs((0.965 - inner) * 73.0), edge) * 0.9, TISSUES["marrow"])
        room = slope((0.935 - inner) * 73.0, edge)
        low = slope(-38.0 - self.grid.at[2], 12.0)
        fill(self.signals, room, TISSUES["fluid"])
        fill(self.signals, room * low, TISSUES["muscle"])
        return room, (inner <= 1.0) & (room <= 0.5)

    def _cerebrum(self, room: Floats) -> tuple[Mask, Mask]:
        """White matter under a cortex that follows the furrows and the cleft between the hemispheres."""
        x, edge = self.grid.at[0], self.grid.spacing_mm[1]
        level = self._level(BRAIN_MM, 42.0)
        depth = (1.0 - level) * 66.0
        core = self._level((40.0, 46.0, 26.0), 60.0, (0.0, 4.0, 2.0))
        cleft = np.abs(x) + np.maximum(1.0 - core, 0.0) * 60.0
        furrow = np.abs(mist(self.rng, self.grid, FURROWS)) * FURROW_SLOPE_MM
        shelf = np.maximum(np.minimum(depth, cleft) - FURROW_DEPTH_MM, 0.0)
        away = np.minimum(np.minimum(depth, cleft), np.hypot(furrow, shelf) + FURROW_HALF_MM * 0.3)
        brain = slope(away - FURROW_HALF_MM * self.wide, edge) * (depth > 0) * room
        inner = slope(away - FURROW_HALF_MM - CORTEX_MM, edge) * (depth > 0) * room
        fill(self.signals, brain, TISSUES["grey"])
        fill(self.signals, inner, TISSUES["white"])
        self._sinus(level)
        return inner > 0.5, (brain > 0.5) & (inner <= 0.5)

    def _sinus(self, level: Floats) -> None:
        """The sagittal sinus runs in the midline, under the skull."""
        x, _, z = self.grid.at
        line = np.hypot(x, (level - 1.06) * 64.0)
        fill(self.signals, slope(3.2 - line, self.grid.spacing_mm[1]) * (z > 0), TISSUES["sinus"])

    def _hindbrain(self, room: Floats) -> Mask:
        """Cerebellum in leaves, and the brain stem."""
        lobes = [solid(self.grid, (side * 24.0, 54.0, -38.0), (27.0, 27.0, 21.0)) for side in (-1, 1)]
        mask = np.zeros(self.grid.shape, bool)
        for lobe in lobes:
            held = room[lobe.box]
            fill(self.signals, lobe.cover() * held, TISSUES["grey"], lobe.box)
            leaves = 0.5 + 0.5 * np.cos(lobe.level * 22.0)
            fill(self.signals, lobe.cover(share=0.86) * leaves * held * 0.7, TISSUES["white"], lobe.box)
            mask |= lobe.inside()
        self._paint(solid(self.grid, (0.0, 24.0, -38.0), (13.0, 12.0, 34.0)), "white")
        return mask & (room > 0.5)

    def _nuclei(self) -> None:
        for side in (-1.0, 1.0):
            self._paint(solid(self.grid, (side * 11.0, 12.0, 6.0), (8.5, 13.0, 10.0)), "deep grey")
            turn = rotation(about_z=side * -18.0)
            self._paint(solid(self.grid, (side * 26.0, -2.0, 5.0), (6.0, 17.0, 11.0), turn), "deep grey")
            self._paint(solid(self.grid, (side * 14.5, -19.0, 12.0), (5.0, 10.0, 9.0)), "deep grey")

    def _ventricles(self) -> Mask:
        mask = np.zeros(self.grid.shape, bool)
        for body in self._horns():
            self._paint(body, "fluid")
            mask |= body.inside()
        return mask

    def _horns(self) -> Iterator[Solid]:
        grid, wide = self.grid, self.wide
        for side in (-1.0, 1.0):
            lopsided = wide * (1.0 + 0.08 * side * self.vary[3])
            front, back = rotation(about_z=side * 14.0), rotation(about_z=side * -24.0)
            yield solid(grid, (side * 9.0, -18.0, 17.0), (4.6 * lopsided, 20.0, 9.0), front)
            yield solid(grid, (side * 10.0, 8.0, 22.0), (4.6 * lopsided, 24.0, 7.0))
            yield solid(grid, (side * 19.0, 33.0, 12.0), (5.8 * lopsided, 19.0, 10.0), back)
        yield solid(grid, (0.0, 8.0, 6.0), (2.4 * wide, 13.0, 9.0))
        yield solid(grid, (0.0, 39.0, -34.0), (7.0, 5.0, 9.0))

    def _paint(self, body: Solid, tissue: str) -> None:
        fill(self.signals, body.cover(), TISSUES[tissue], body.box)
