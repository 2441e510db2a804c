"""A section of a glandular tissue: stroma, glands and their nuclei, the stains, and what the cutting does to it.

Colours come from optical densities: each stain takes its share of red, green and blue (Beer-Lambert).

Source: the stains' densities follow Ruifrok and Johnston 2001.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.camera import shoot
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.histology.findings import FIELD_UM, Noise, Stained, nuclei, put, stain_finding
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient, Person, Visit
from polyclinic.phantom.painting import Plane, Point, blob, bumps, clouds, mesh
from polyclinic.phantom.settling import settle

# Optical densities of haematoxylin, eosin and blood in red, green and blue.
DENSITIES = np.array([[0.82, 0.92, 0.36], [0.10, 0.76, 0.30], [0.22, 1.15, 0.95]], np.float32)
# How strongly each site stains with haematoxylin and eosin.
SITES = ((1.0, 1.0), (1.2, 0.8), (0.8, 1.2), (1.1, 1.15))
SHIFTED = (1.5, 0.55)
# Glands to a side, half their width and their lumen's share of it, and how much their outline wobbles.
ORGANS = {"colon": (3, 39.0, 0.36, 0.05), "stomach": (4, 28.0, 0.30, 0.08), "prostate": (2, 54.0, 0.62, 0.14)}
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Tissue:
    """A patient's tissue, and where its lesions lie."""

    seed: int
    dials: Dials
    patient: Patient[Person]
    places: dict[int, Point]

    @classmethod
    def of(cls, seed: int, patient: Patient[Person], dials: Dials) -> Tissue:
        """The tissue of a patient; the seed is the one that the patient was drawn with."""
        side_um = FIELD_UM * dials.fields
        return cls(seed, dials, patient, settle(seed, patient, partial(_spot, side_um), partial(_reach, side_um)))

    def look(self, visit: Visit) -> tuple[NDArray[np.uint8], list[Mask], dict[int, Mask]]:
        """The section of a visit, the masks of glands that are left whole, and of lesions by key."""
        size = self.dials.size
        stains = self._stroma(size)
        glands = self._glands(stains)
        masks: dict[int, Mask] = {}
        for lesion in visit.lesions:
            rng = stream(self.seed, self.patient.index, "lesion", lesion.key, 1)
            masks[lesion.key] = stain_finding(stains, lesion, self.places[lesion.key], rng, self.dials.contrast)
        taken = np.any([*masks.values(), np.zeros((size, size), bool)], axis=0)
        whole = [gland for gland in glands if (gland & taken).sum() < 0.2 * gland.sum()]
        picture = self._light(stains, visit)
        rng = stream(self.seed, self.patient.index, "film", visit.index)
        return shoot(picture, self.patient.person, self.dials, rng), whole, masks

    def _stroma(self, size: int) -> Stained:
        """Wavy collagen with spindle-shaped nuclei and a few round ones."""
        rng = stream(self.seed, self.patient.index, "anatomy")
        way = math.pi * float(rng.random())
        stains = fibres(*mesh(size), way, lambda cells: clouds(rng, size, cells))
        spindles, round_ones = rng.random((2, 46)), rng.random((2, 22))
        cover = nuclei(size, spindles, 1.7, rng, stretch=4.5, way=way + math.pi / 2)
        np.maximum(cover, nuclei(size, round_ones, 2.5, rng), out=cover)
        stains[0] += 0.85 * cover
        return stains

    def _glands(self, stains: Stained) -> list[Mask]:
        """Rings of epithelium around lumens, their nuclei in a row at the base; drawn into the stains."""
        rng, size = stream(self.seed, self.patient.index, "anatomy", 1), stains.shape[-1]
        side, half_um, lumen, wobble = ORGANS[self.patient.person.own["organ"]]
        jitter = rng.uniform(-0.2, 0.2, (side, side, 2)) * self.dials.anatomy
        found = []
        for row in range(side):
            for column in range(side):
                shift = 0.5 * (row % 2) - 0.25
                centre = (
                    (column + 0.5 + shift + float(jitter[row, column, 0])) / side,
                    (row + 0.5 + float(jitter[row, column, 1])) / side,
                )
                radius = half_um / FIELD_UM * (0.85 + 0.25 * float(rng.random()))
                found.append(draw_gland(stains, centre, radius, lumen, bumps(rng, wobble), rng))
        return [mask for mask in found if mask.sum() > 0.01 * size * size]

    def _light(self, stains: Stained, visit: Visit) -> Plane:
        """White light through the stains, of each section's own thickness; folds, tears and ink on some."""
        rng = stream(self.seed, self.patient.index, "pose", visit.index)
        size = self.dials.size
        u = rng.random(8).tolist()
        strength = self.strength(u[0])
        if u[1] < 0.15:
            x, y = mesh(size)
            line = math.cos(3.1 * u[2]) * (x - u[3]) + math.sin(3.1 * u[2]) * (y - u[4]) + 0.012 * clouds(rng, size, 4)
            stains = stains * (1.0 + 0.8 * np.exp(-((line / 0.018) ** 2)))
        if u[1] > 0.85:
            tear = blob(size, (u[2], u[3]), (0.03 + 0.05 * u[4], 0.015 + 0.02 * u[5]), 3.1 * u[6], bumps(rng, 0.12))
            stains = stains * (1.0 - tear.whole_cover(0.15, size))
        return lit(stains, strength)

    def strength(self, thickness: float) -> tuple[float, float, float]:
        """How strongly haematoxylin, eosin and blood stain, by the site and the section's thickness, 0 to 1."""
        shift = self.dials.shift
        usual = np.array(SITES[self.patient.person.site % len(SITES)])
        site = usual * (1.0 - shift) + shift * np.array(SHIFTED)
        thick = 1.0 + 0.12 * self.dials.anatomy * (2.0 * thickness - 1.0)
        return float(site[0] * thick), float(site[1] * thick), thick


def fibres(x: Plane, y: Plane, way: float, noise: Noise) -> Stained:
    """Wavy collagen that runs across a direction, without nuclei.

    Args:
        x, y: places, in fields.
        noise: smooth noise of so many bumps to a field.
    """
    waves = 70.0 * (math.cos(way) * x + math.sin(way) * y) + 3.2 * noise(4)
    eosin = 0.32 + 0.20 * (0.5 + 0.5 * np.sin(waves)) + 0.07 * noise(12)
    return np.stack([0.05 + 0.0 * eosin, eosin, 0.0 * eosin]).astype(np.float32)


def lit(stains: Stained, strength: Sequence[float]) -> Plane:
    """White light that has passed the stains.

    Args:
        strength: how strongly haematoxylin, eosin and blood stain.
    """
    density = np.einsum("s,syx,sc->cyx", np.asarray(strength, np.float32), stains, DENSITIES)
    return np.asarray(0.97 * np.exp(-1.35 * density), np.float32)


def draw_gland(
    stains: Stained, centre: Point, radius: float, lumen: float, wobble: list[float], rng: np.random.Generator
) -> Mask:
    """One gland: pale mucous cells around an empty lumen, a row of dark nuclei at the base."""
    size = stains.shape[-1]
    patch = blob(size, centre, (radius, radius * 0.9), 0.0, wobble, reach=1.2)
    put(stains, patch, patch.cover(0.08), (0.16, 0.30, 0.0))
    hollow = np.clip((lumen - patch.level) / 0.08 + 0.5, 0.0, 1.0)
    put(stains, patch, hollow, (0.0, 0.015, 0.0))
    count = int(2 * math.pi * radius * FIELD_UM / 5.2)
    turn = 2 * math.pi * (np.arange(count) + rng.uniform(-0.25, 0.25, count)) / count
    far = np.ones(count)
    for i in range(0, len(wobble), 2):
        far += wobble[i] * np.cos((i // 2 + 2) * turn) + wobble[i + 1] * np.sin((i // 2 + 2) * turn)
    far *= rng.uniform(0.78, 0.92, count)
    at = np.stack([centre[0] + radius * far * np.cos(turn), centre[1] + 0.9 * radius * far * np.sin(turn)])
    cover = nuclei(size, at, 2.4, rng, stretch=1.7, way=turn)
    stains[0] = np.maximum(stains[0], 0.95 * cover)
    return patch.whole_inside(size)


def _reach(side_um: float, lesion: Lesion) -> float:
    """Half of a lesion's width as a share of the picture's side."""
    return 500.0 * lesion.size_mm / side_um


def _spot(side_um: float, lesion: Lesion, draw: list[float]) -> Point:
    """A point in the lesion's quarter of the section, or about its centre."""
    if lesion.zone == "centre":
        return 0.5 + 0.14 * (draw[0] - 0.5), 0.5 + 0.14 * (draw[1] - 0.5)
    spread = min(_reach(side_um, lesion), 0.22)
    across, down = (0.08 + max(0.0, 0.4 - spread) * draw[axis] for axis in (0, 1))
    return 0.5 + across * (1 if lesion.side == "right" else -1), 0.5 + down * (1 if lesion.zone == "lower" else -1)
