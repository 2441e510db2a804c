"""A trunk from the bases of the lungs to the pelvis: wall, bones, vessels and organs, as CT or MR shows them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.abdomen.findings import grow
from polyclinic.phantom.abdomen.organs import Organs
from polyclinic.phantom.abdomen.places import candidate, reach_mm
from polyclinic.phantom.abdomen.tissues import MODALITIES, TISSUES
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Patient, Person, Visit
from polyclinic.phantom.primitives import Vector
from polyclinic.phantom.scanning import magnetic, tomographic
from polyclinic.phantom.settling import settle
from polyclinic.phantom.solids import Floats, Grid, Mask, fill, slope

FIELD_MM, HEIGHT_MM = 384.0, 352.0
# Half the width and depth of the wall of muscle around the organs, its thickness, and that of the fat on it.
WALL_MM, MUSCLE_MM, FAT_MM = (152.0, 100.0), 11.0, 16.0
# The spine: place, radius, and how tall a vertebra is with its disc.
SPINE_MM, SPINE_RADIUS_MM, VERTEBRA_MM, DISC_MM = (0.0, 62.0), 21.0, 34.0, 8.0
BIFURCATION_MM = -62.0


@dataclass(frozen=True)
class Trunk:
    """A patient's trunk without lesions, and where its lesions lie.

    Args:
        volume: (z, y, x) in HU or brightness, before any scanner.
        room: how much of each voxel is within the wall.
        look: index of the modality.
    """

    seed: int
    dials: Dials
    patient: Patient[Person]
    grid: Grid
    volume: Floats
    structures: dict[str, Mask]
    room: Floats
    places: dict[int, Vector]
    look: int

    @classmethod
    def of(cls, seed: int, patient: Patient[Person], dials: Dials) -> Trunk:
        """The trunk of a patient; the seed is the one that the patient was drawn with."""
        rng = stream(seed, patient.index, "anatomy")
        vary = (dials.anatomy * np.clip(rng.standard_normal(8), -2.0, 2.0)).tolist()
        grid = Grid(dials.size, round(FIELD_MM * (1.0 - 0.02 * vary[0]), 2), HEIGHT_MM, math.radians(1.5 * vary[1]))
        look = MODALITIES.index(patient.person.own["modality"])
        frame = _Frame(grid, look, FAT_MM * 1.5 ** vary[2])
        organs = Organs(grid, frame.volume, frame.room, look, rng, vary)
        frame.wall()
        organs.paint()
        frame.spine()
        structures = organs.structures() | {"spine": frame.bones}
        places = settle(seed, patient, candidate, reach_mm)
        return cls(seed, dials, patient, grid, frame.volume, structures, frame.room, places, look)

    def scan(self, visit: Visit) -> tuple[NDArray[np.int16] | NDArray[np.uint16], dict[int, Mask]]:
        """The volume of a visit, and the masks of its lesions by key."""
        volume, masks = self.volume.copy(), {}
        for lesion in visit.lesions:
            rng = stream(self.seed, self.patient.index, "lesion", lesion.key, 1)
            place = self.places[lesion.key]
            masks[lesion.key] = grow(volume, self.grid, self.room, lesion, place, rng, self.look, self.dials.contrast)
        rng = stream(self.seed, self.patient.index, "film", visit.index)
        if MODALITIES[self.look] == "ct":
            return tomographic(volume, self.patient.person, self.dials, rng), masks
        return magnetic(volume, self.grid, self.patient.person, self.dials, rng), masks


class _Frame:
    """What holds the organs."""

    def __init__(self, grid: Grid, look: int, fat_mm: float) -> None:
        self.grid, self.look, self.fat_mm = grid, look, fat_mm
        self.edge = grid.spacing_mm[1]
        self.volume = np.full(grid.shape, TISSUES["air"][look], np.float32)
        self.depth = self._depth()
        self.room = np.broadcast_to(slope(self.depth - MUSCLE_MM, self.edge), grid.shape)
        self.bones = np.zeros(grid.shape, bool)

    def wall(self) -> None:
        """Skin, fat, muscle, ribs, and the fat that the organs lie in."""
        self._fill(slope(self.depth + self.fat_mm + 2.0, self.edge), "skin")
        self._fill(slope(self.depth + self.fat_mm, self.edge), "fat")
        self._fill(slope(self.depth, self.edge), "muscle")
        self._fill(slope(self.depth - MUSCLE_MM, self.edge), "fat")
        for side in (-1.0, 1.0):
            self._fill(self._column((side * 34.0, 92.0), 15.0, 30.0), "muscle")
        self._ribs()

    def spine(self) -> None:
        """Vertebrae with discs between them, the canal, and the great vessels before them."""
        z = self.grid.at[2]
        body, core = self._column(SPINE_MM, SPINE_RADIUS_MM), self._column(SPINE_MM, SPINE_RADIUS_MM - 3.0)
        between = slope(0.5 * DISC_MM - np.abs((z + 200.0) % VERTEBRA_MM - 0.5 * VERTEBRA_MM), 4.0)
        self._fill(body, "bone")
        self._fill(core, "marrow")
        self._fill(body * between, "disc")
        arch = self._column((0.0, 90.0), 13.0) * (1.0 - between)
        self._fill(arch, "bone")
        self._fill(self._column((0.0, 108.0), 12.0, 4.0) * (1.0 - between), "bone")
        self._fill(self._column((0.0, 88.0), 7.5), "canal")
        self.bones |= (np.maximum(body, arch) > 0.5) & (self._column((0.0, 88.0), 7.5) < 0.5)
        self._vessels()

    def _depth(self) -> Floats:
        """Millimetres from the outside of the muscle inwards, the same in each slice."""
        x, y, _ = self.grid.at
        level = (np.abs(x / WALL_MM[0]) ** 2.3 + np.abs(y / WALL_MM[1]) ** 2.3) ** np.float32(1 / 2.3)
        return np.asarray((1.0 - level) * 0.5 * sum(WALL_MM), np.float32)

    def _ribs(self) -> None:
        """Oblique bars in the wall, down to the costal margin, which is higher in front."""
        _, y, z = self.grid.at
        slanted = (z - 0.35 * y) / 30.0
        bar = slope((np.abs(slanted % 1.0 - 0.5) - 0.27) * 30.0, self.edge)
        shell = slope(4.5 - np.abs(self.depth - 6.0), self.edge)
        self._fill(shell * bar * slope(z - 25.0 + 0.9 * y, 20.0), "bone")

    def _vessels(self) -> None:
        """Aorta and vena cava, and below the navel their branches to the legs."""
        z = self.grid.at[2]
        below = np.maximum(BIFURCATION_MM - z, 0.0)
        for middle, radius, tissue in ((9.0, 10.5, "blood"), (-17.0, 12.0, "venous blood")):
            for side in (-1.0, 1.0):
                shifted = middle + side * (0.42 * below + 5.0 * (below > 0))
                narrow = radius - 3.5 * (below > 0)
                away = np.hypot(self.grid.at[0] - shifted, self.grid.at[1] - 31.0 - 0.1 * below)
                self._fill(slope(narrow - away, self.edge), tissue)

    def _column(self, middle: tuple[float, float], depth: float, wide: float | None = None) -> Floats:
        """An upright cylinder through all slices."""
        x, y, _ = self.grid.at
        wide = wide or depth
        level = np.hypot((x - middle[0]) / np.float32(wide), (y - middle[1]) / np.float32(depth))
        return slope((1.0 - level) * min(depth, wide), self.edge)

    def _fill(self, cover: Floats, tissue: str) -> None:
        fill(self.volume[None], cover, (TISSUES[tissue][self.look],))
