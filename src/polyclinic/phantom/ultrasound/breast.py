"""The breast in layers, and the echoes that come back from it through a probe at the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient, Person, Visit
from polyclinic.phantom.painting import Plane, Point, blob, bumps, clouds, dots, mesh, stroke, turbulence
from polyclinic.phantom.settling import settle
from polyclinic.phantom.ultrasound.findings import FIELD_MM, Mask, Tissue, draw_finding
from polyclinic.phantom.ultrasound.probe import frame_of, scan

LAYERS = ("skin", "fat", "gland", "muscle")
LAYER_DB = {"skin": -15.0, "fat": -33.0, "gland": -21.0, "muscle": -32.0}
# Where fat, gland and muscle begin, as shares of the depth, and how far that varies between people.
BEGINS = ((0.055, 0.02), (0.19, 0.06), (0.79, 0.08))
# Lobules of fat within the gland, by how dense it is.
LOBULES = {"fatty": 9, "mixed": 5, "dense": 1}


@dataclass(frozen=True)
class Breast:
    """A stretch of one breast, and where its lesions lie."""

    seed: int
    dials: Dials
    patient: Patient[Person]
    places: dict[int, Point]

    @classmethod
    def of(cls, seed: int, patient: Patient[Person], dials: Dials) -> Breast:
        """The breast of a patient; the seed is the one that the patient was drawn with."""
        return cls(seed, dials, patient, settle(seed, patient, _spot, _reach))

    def look(self, visit: Visit) -> tuple[NDArray[np.uint8], dict[str, Mask], dict[int, Mask]]:
        """The picture of a visit, the layers' masks by name, and the lesions' by key."""
        tissue, layers = self._tissue()
        masks = {}
        for lesion in visit.lesions:
            rng = stream(self.seed, self.patient.index, "lesion", lesion.key, 1)
            masks[lesion.key] = draw_finding(tissue, lesion, self.places[lesion.key], rng, self.dials.contrast)
        self._contact(tissue, visit)
        rng = stream(self.seed, self.patient.index, "film", visit.index)
        pixels = scan(tissue, self.patient.person, self.dials, rng)
        inside = frame_of(self.dials.size, self.patient.person.scanner)
        free = inside & ~np.any([*masks.values(), np.zeros_like(inside)], axis=0)
        organs = {name: layer & free for name, layer in layers.items()}
        return pixels, organs, {key: mask & inside for key, mask in masks.items()}

    def _tissue(self) -> tuple[Tissue, dict[str, Mask]]:
        """Skin, fat, gland and muscle with the bright sheets between them; lobules and ligaments are no finding."""
        rng, size = stream(self.seed, self.patient.index, "anatomy"), self.dials.size
        depth = mesh(size)[1]
        echo = np.full((size, size), LAYER_DB["skin"], np.float32)
        inside: dict[str, Mask] = {}
        begun = np.ones((size, size), bool)
        for name, (mean, varies) in zip(LAYERS[1:], BEGINS, strict=True):
            level = mean + self.dials.anatomy * varies * (float(rng.random()) - 0.5)
            begins = level + 0.25 * self.dials.anatomy * varies * clouds(rng, size, 4)[:1]
            inside[LAYERS[len(inside)]], begun = begun & (depth < begins), depth >= begins
            cover = np.clip((depth - begins) * 90.0 + 0.5, 0.0, 1.0)
            echo += cover * (LAYER_DB[name] - echo)
            echo += 0.8 * np.exp(-(((depth - begins) / 0.009) ** 2)) * (-12.0 - echo)
        inside[LAYERS[-1]] = begun
        echo += 2.2 * turbulence(rng, size, 5)
        self._strands(echo, inside, rng)
        self._lobules(echo, inside["gland"], rng)
        return Tissue(np.asarray(echo, np.float32), np.zeros((size, size), np.float32)), inside

    def _strands(self, echo: Plane, inside: dict[str, Mask], rng: np.random.Generator) -> None:
        """Ligaments that cross the fat, and fibres along the muscle."""
        size, lines = self.dials.size, []
        for x, lean in zip(rng.random(6).tolist(), rng.normal(0.0, 0.07, 6).tolist(), strict=True):
            lines.append(stroke((x, x + 0.3 * lean, x + lean), (0.05, 0.12, 0.25), (0.002, 0.005, 0.002), size))
        x, y, radius = (np.concatenate(part) for part in zip(*lines, strict=True))
        ligaments = 0.55 * dots(size, x, y, radius) * inside["fat"]
        fibres = np.clip(clouds(rng, size, 46, 3) - 0.6, 0.0, 1.0) * inside["muscle"]
        echo += np.maximum(ligaments, 0.7 * fibres) * (-14.0 - echo)

    def _lobules(self, echo: Plane, gland: Mask, rng: np.random.Generator) -> None:
        size = self.dials.size
        for _ in range(LOBULES[self.patient.person.own["tissue"]]):
            centre, wide = (float(rng.random()), float(rng.uniform(0.25, 0.75))), float(rng.uniform(0.05, 0.11))
            lobule = blob(size, centre, (wide, 0.45 * wide), 0.2 * float(rng.standard_normal()), bumps(rng, 0.06))
            part = echo[lobule.rows, lobule.columns]
            part += lobule.cover(0.5, 0.75) * gland[lobule.rows, lobule.columns] * (LAYER_DB["fat"] + 2.0 - part)

    def _contact(self, tissue: Tissue, visit: Visit) -> None:
        """A stretch where the probe touches badly and everything below it is dim; another one at every visit."""
        where, much = stream(self.seed, self.patient.index, "pose", visit.index).random(2).tolist()
        x = mesh(self.dials.size)[0]
        gap = np.exp(-(((x - where) / 0.05) ** 2)) * (9.0 * self.dials.anatomy * max(0.0, much - 0.5))
        tissue.echo_db[...] -= np.asarray(gap, np.float32)


def _reach(lesion: Lesion) -> float:
    return 0.5 * lesion.size_mm / FIELD_MM


def _spot(lesion: Lesion, draw: list[float]) -> Point:
    """A point in the gland, in the lesion's half of the picture, near the skin or near the muscle."""
    across = 0.19 + 0.24 * draw[0]
    down = (0.32 if lesion.zone == "shallow" else 0.56) + 0.12 * draw[1]
    return (across if lesion.side == "left" else 1.0 - across), down
