"""A series of pictures as one viewer sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.camera import shoot
from polyclinic.phantom.cortex.response import Cortex, cortex_of, features
from polyclinic.phantom.cortex.shapes import FIELD_DEG, Mask, draw_shape
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient, Person, Visit
from polyclinic.phantom.painting import Plane, Point, canvas, clouds, mesh
from polyclinic.phantom.settling import settle

GROUNDS = {"grey": (0.55, 0.55, 0.55), "sand": (0.72, 0.64, 0.52), "sky": (0.60, 0.72, 0.82)}
VIEWERS = ("one", "two", "three", "four")
# Pictures by which the responses are brought to unit deviation, and their size.
USUAL_PICTURES, USUAL_SIZE = 64, 32
Sample = Callable[[int, int, Dials], Patient[Person]]


@dataclass(frozen=True)
class Series:
    """Pictures that are shown one after another, and where their shapes lie."""

    seed: int
    dials: Dials
    patient: Patient[Person]
    places: dict[int, Point]

    @classmethod
    def of(cls, seed: int, patient: Patient[Person], dials: Dials) -> Series:
        """The series of a patient; the seed is the one that the patient was drawn with."""
        return cls(seed, dials, patient, settle(seed, patient, _spot, _reach))

    def shown(self, visit: Visit) -> tuple[Plane, dict[int, Mask]]:
        """The picture of a visit as the viewer sees it, and the shapes' masks by key."""
        rng, size = stream(self.seed, self.patient.index, "pose", visit.index), self.dials.size
        picture = canvas(size, GROUNDS[self.patient.person.own["ground"]])
        slope = rng.uniform(-0.08, 0.08, 2) * self.dials.anatomy
        x, y = mesh(size)
        picture += np.asarray(slope[0] * (x - 0.5) + slope[1] * (y - 0.5), np.float32)
        picture += 0.02 * self.dials.anatomy * clouds(rng, size, 5)
        masks = {}
        for item in visit.lesions:
            turn = stream(self.seed, self.patient.index, "lesion", item.key, 1).uniform(-1.0, 1.0)
            masks[item.key] = draw_shape(picture, item, self.places[item.key], turn, self.dials.contrast)
        return picture, masks

    def look(self, visit: Visit) -> tuple[NDArray[np.uint8], dict[int, Mask], Plane]:
        """The photograph of a visit's picture, the shapes' masks by key, and the picture itself."""
        picture, masks = self.shown(visit)
        film = stream(self.seed, self.patient.index, "film", visit.index)
        return shoot(picture, self.patient.person, self.dials, film), masks, picture

    def responses(self, visit: Visit, picture: Plane, cortex: Cortex) -> dict[str, NDArray[np.float32]]:
        """What is measured while the viewer looks, and how far each voxel can be relied on."""
        rng = stream(self.seed, self.patient.index, "film", visit.index, 1)
        return {
            "bold": cortex.respond(picture, self.dials.noise, rng),
            "reliability": cortex.reliability.astype(np.float32),
        }


def cortex_for(seed: int, patient: Patient[Person], sample: Sample) -> Cortex:
    """The cortex of the viewer whom a patient's series is shown to."""
    return cortex_of(seed, VIEWERS.index(patient.person.own["viewer"]), _usual(seed, sample))


@lru_cache(maxsize=4)
def _usual(seed: int, sample: Sample) -> bytes:
    """Features of the first pictures of a world at the default dials."""
    dials, seen = Dials(size=USUAL_SIZE), []
    for index in range(USUAL_PICTURES):
        patient = sample(seed, index, dials)
        seen.append(features(Series.of(seed, patient, dials).shown(patient.visits[0])[0]))
    return np.stack(seen).tobytes()


def _reach(item: Lesion) -> float:
    return 0.5 * item.size_mm / FIELD_DEG


def _spot(item: Lesion, draw: list[float]) -> Point:
    """A point in the shape's quarter of the picture."""
    across, down = 0.17 + 0.23 * draw[0], 0.17 + 0.23 * draw[1]
    return (across if item.side == "left" else 1.0 - across), (down if item.zone == "upper" else 1.0 - down)
