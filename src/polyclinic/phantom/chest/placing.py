"""Where focal lesions lie: in their zone, inside aerated lung at every visit, at most a third hidden."""

from __future__ import annotations

import math

import numpy as np

from polyclinic.phantom.chest.body import SIGN, Body
from polyclinic.phantom.chest.scene import Cavity
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.primitives import Ellipsoid, Vector, level

FOCAL = ("atelectasis", "infiltration", "mass", "nodule", "pneumonia")
TRIES = 24
_RING = tuple((math.cos(a), math.sin(a)) for a in np.linspace(0.0, 2 * math.pi, 8, endpoint=False).tolist())


def place(lesion: Lesion, body: Body, space: Cavity, rng: np.random.Generator) -> Vector:
    """The centre of a focal lesion.

    Args:
        lesion: at the largest that it becomes.
        space: its side at the visit that leaves it the least room.
    """
    draws = rng.random((TRIES, 3)).tolist()
    best, best_score = (0.0, 0.0, 0.0), -math.inf
    for draw in draws:
        point = _candidate(lesion, body, space.lung, draw)
        score = _score(point, lesion, space)
        if score > best_score:
            best, best_score = point, score
        if score >= 1.0:
            break
    return best


def _candidate(lesion: Lesion, body: Body, lung: Ellipsoid, draw: list[float]) -> Vector:
    """A point in the lesion's zone, between the hilum's side and the wall."""
    side, zone = lesion.side, lesion.zone
    assert side is not None
    assert zone is not None
    z = body.zone_height(side, zone, draw[0])
    lean = lung.axes[2]
    rise = (z - lung.centre[2]) / lung.radii[2]
    width = math.sqrt(max(1.0 - rise * rise, 0.02))
    middle = lung.centre[0] + lean[0] / lean[2] * (z - lung.centre[2])
    across = max(lung.radii[0] * width - 0.42 * min(lesion.size_mm, 60.0), 6.0)
    x = middle + SIGN[side] * (1.75 * draw[1] - 0.75) * across
    y = lung.centre[1] + 0.9 * (draw[2] - 0.5) * lung.radii[1] * width
    return x, y, z


def _score(point: Vector, lesion: Lesion, space: Cavity) -> float:
    """1 where the lesion is in view and in air; less the more of it is hidden or outside."""
    reach = 0.36 * lesion.size_mm
    x, _, z = point
    ring = [(x + reach * cx, z + reach * cz) for cx, cz in _RING]
    hidden = sum(_hidden(space, px, pz) for px, pz in ring) / len(ring)
    inside = [level(item, point) for item in space.aired if isinstance(item, Ellipsoid)]
    crowded = sum(max(0.0, value - 0.72) for value in inside)
    return 1.0 - max(0.0, hidden - 0.26) - 2.0 * crowded - (1.0 if _hidden(space, x, z) else 0.0)


def _hidden(space: Cavity, x: float, z: float) -> bool:
    """Whether heart, mediastinum or diaphragm lie before a point, or it is outside the lung, seen from the front."""
    if level(space.lung, (x, space.lung.centre[1], z)) > 1.0:
        return True
    return any(isinstance(item, Ellipsoid) and level(item, (x, item.centre[1], z)) < 1.0 for item in space.drop)
