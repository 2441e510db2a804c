"""The findings of an abdomen: tumours, some with a dead middle, and cysts."""

from __future__ import annotations

import numpy as np

from polyclinic.phantom.abdomen.tissues import TISSUES, TUMOURS, Look
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.primitives import Vector, rotation
from polyclinic.phantom.solids import Floats, Grid, Mask, fill, mist, ripples, solid

WOBBLE = {"smooth": 0.06, "irregular": 0.3}
EDGE_MM = {"smooth": 2.0, "irregular": 4.0}
# Tumours from this size on are dead in the middle, which is half way to fluid.
DEAD_FROM_MM, DEAD_SHARE, DEAD_COVER = 45.0, 0.5, 0.5
MOTTLED = 0.12


def grow(
    volume: Floats,
    grid: Grid,
    room: Floats,
    lesion: Lesion,
    centre: Vector,
    rng: np.random.Generator,
    look: int,
    contrast: float,
) -> Mask:
    """Draw a lesion; its mask does not depend on the contrast.

    Args:
        volume: (z, y, x), changed in place.
        room: how much of each voxel a lesion may take.
        look: index of the modality.
    """
    radius = 0.5 * lesion.size_mm
    margin = lesion.margin or "smooth"
    turn = rotation(*(float(angle) for angle in rng.uniform(-50.0, 50.0, 3)))
    shape = (radius, 0.92 * radius, 0.94 * radius)
    body = solid(grid, centre, shape, turn, ripples(rng, WOBBLE[margin]))
    share = np.float32(min(1.0, lesion.density * contrast))
    held = room[body.box] * share
    value = _look(lesion)[look]
    tissue = value + MOTTLED * abs(value) * mist(rng, grid, 28)[body.box] * (lesion.name in TUMOURS)
    part = volume[body.box]
    part += body.cover(EDGE_MM[margin]) * held * (tissue - part)
    if lesion.size_mm >= DEAD_FROM_MM and lesion.name in TUMOURS:
        dead = body.cover(8.0, DEAD_SHARE) * held * DEAD_COVER
        fill(volume[None], dead, (TISSUES["fluid"][look],), body.box)
    return body.inside() & (room > 0.5)


def _look(lesion: Lesion) -> Look:
    if lesion.name not in TUMOURS:
        return TISSUES["fluid"]
    return TUMOURS[lesion.name][lesion.attributes["brightness"]]
