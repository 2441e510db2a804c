"""Where the lesions of a plane lie: in their place, the same at every visit, and not upon one another."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient
from polyclinic.phantom.painting import Point

TRIES = 16


def settle(
    seed: int,
    patient: Patient[Any],
    candidate: Callable[[Lesion, list[float]], Point],
    reach: Callable[[Lesion], float],
) -> dict[int, Point]:
    """A centre for each lesion of the patient's life, by its key.

    Args:
        candidate: a point in the lesion's place, from three uniform numbers.
        reach: how far the lesion at its largest spreads from its centre.
    """
    taken: dict[int, Point] = {}
    far: dict[int, float] = {}
    for lesion in patient.worst:
        draws = stream(seed, patient.index, "lesion", lesion.key).random((TRIES, 3)).tolist()
        spread = reach(lesion)
        best, room = (0.5, 0.5), -math.inf
        for draw in draws:
            point = candidate(lesion, draw)
            gap = min((math.dist(point, taken[key]) - far[key] - spread for key in taken), default=math.inf)
            if gap > room:
                best, room = point, gap
            if gap > 0.0:
                break
        taken[lesion.key], far[lesion.key] = best, spread
    return taken
