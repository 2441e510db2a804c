"""The chest: from a patient's latents to the scene of one visit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from polyclinic.phantom.chest import anatomy
from polyclinic.phantom.chest.body import Body
from polyclinic.phantom.chest.findings import focal, raised_mm, with_fluid, with_free_air
from polyclinic.phantom.chest.latents import SIDES, Habitus, Side
from polyclinic.phantom.chest.placing import FOCAL, place
from polyclinic.phantom.chest.scene import Cavity, Part, Scene
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient, Visit
from polyclinic.phantom.primitives import Ellipsoid, Pose, Vector, rotation


@dataclass(frozen=True)
class Chest:
    """A patient's body and where their lesions lie, both the same at every visit."""

    seed: int
    dials: Dials
    patient: Patient[Habitus]
    body: Body
    places: dict[int, Vector]

    @classmethod
    def of(cls, seed: int, patient: Patient[Habitus], dials: Dials) -> Chest:
        """The chest of a patient; the seed is the one that the patient was drawn with."""
        body = Body.of(patient.person, stream(seed, patient.index, "anatomy"), dials.anatomy)
        worst = patient.worst
        if not any(lesion.name in FOCAL for lesion in worst):
            return cls(seed, dials, patient, body, {})
        spaces, _ = _spaces(body, worst, _heart(body, worst), anatomy.mediastinum(body), 1.0)
        places = {
            lesion.key: place(lesion, body, spaces[lesion.side], stream(seed, patient.index, "lesion", lesion.key))
            for lesion in worst
            if lesion.name in FOCAL and lesion.side is not None
        }
        return cls(seed, dials, patient, body, places)

    def scene(self, visit: Visit, emphasis: float = 1.0) -> Scene:
        """The patient at a visit, upright and centred.

        Args:
            emphasis: multiplies the density of what lies within aerated lung.
        """
        body, contrast = self.body, self.dials.contrast
        heart, middle = _heart(body, visit.lesions), anatomy.mediastinum(body)
        spaces, extra = _spaces(body, visit.lesions, heart, middle, contrast)
        fixed, vertebrae = self._fixed
        parts = [*fixed, *extra, *anatomy.midline(body, spaces["left"], middle)]
        for side in SIDES:
            parts += anatomy.lung_parts(body, side, spaces[side], middle)
        for lesion in visit.lesions:
            if lesion.key in self.places and lesion.side is not None:
                rng = stream(self.seed, self.patient.index, "lesion", lesion.key, 1)
                parts += focal(lesion, self.places[lesion.key], spaces[lesion.side], rng, emphasis * contrast)
        return Scene(tuple(parts), spaces, heart, middle, vertebrae, vertebrae[0].radii[0])

    @cached_property
    def _fixed(self) -> tuple[tuple[Part, ...], tuple[Ellipsoid, ...]]:
        """What no finding changes, and the vertebrae."""
        bones, vertebrae = anatomy.skeleton(self.body)
        return (*anatomy.torso(self.body), *bones), vertebrae

    def pose(self, visit: Visit) -> Pose:
        """How the patient stands at a visit."""
        rng = stream(self.seed, self.patient.index, "pose", visit.index)
        u = np.clip(rng.standard_normal(6), -2.0, 2.0) * self.dials.anatomy
        turn = rotation(float(2.0 * u[0]), float(2.2 * u[1]), float(2.6 * u[2]))
        larger = 0.04 if self.patient.person.view == "AP" else 0.0
        return Pose(turn, (float(7.0 * u[3]), 0.0, float(13.0 * u[4]) + 4.0), float(1.0 + larger + 0.055 * u[5]))


def _heart(body: Body, lesions: tuple[Lesion, ...]) -> tuple[Ellipsoid, ...]:
    widths = [lesion.size_mm for lesion in lesions if lesion.name == "cardiomegaly"]
    return body.heart_shape(max(widths, default=body.heart))


def _spaces(
    body: Body, lesions: tuple[Lesion, ...], heart: tuple[Ellipsoid, ...], middle: Ellipsoid, contrast: float
) -> tuple[dict[Side, Cavity], list[Part]]:
    """Both pleural spaces, and the fluid and free air in them; the larger lesion where one side has two of a kind."""
    spaces: dict[Side, Cavity] = {}
    parts: list[Part] = []
    for side in SIDES:
        space = anatomy.cavity(body, side, heart, middle, raised_mm(lesions, side))
        here = sorted((item for item in lesions if item.side == side), key=lambda item: -item.size_mm)
        fluid = next((item for item in here if item.name == "effusion"), None)
        air = next((item for item in here if item.name == "pneumothorax"), None)
        if fluid is not None:
            space, part = with_fluid(space, fluid, body, contrast)
            parts.append(part)
        if air is not None:
            space, more = with_free_air(space, air, contrast)
            parts += more
        spaces[side] = space
    return spaces, parts
