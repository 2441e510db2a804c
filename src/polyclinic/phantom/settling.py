"""Where the lesions of a plane or volume lie: in their place, the same at every visit, and not upon one another."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

from polyclinic.phantom.keys import stream
from polyclinic.phantom.latents import Lesion, Patient

TRIES = 16
PlaceT = TypeVar("PlaceT", bound=tuple[float, ...])


def settle(
    seed: int,
    patient: Patient[Any],
    candidate: Callable[[Lesion, list[float]], PlaceT],
    reach: Callable[[Lesion], float],
) -> dict[int, PlaceT]:
    """A centre for each lesion of the patient's life, by its key.

    Args:
        candidate: a point in the lesion's place, from three uniform numbers.
        reach: how far the lesion at its largest spreads from its centre.
    """
    taken: dict[int, PlaceT] = {}
    far: dict[int, float] = {}
    for lesion in patient.worst:
        draws = stream(seed, patient.index, "lesion", lesion.key).random((TRIES, 3)).tolist()
        spread = reach(lesion)
        best, room = candidate(lesion, draws[0]), -math.inf
        for draw in draws:
            point = candidate(lesion, draw)
            gap = min((math.dist(point, taken[key]) - far[key] - spread for key in taken), default=math.inf)
            if gap > room:
                best, room = point, gap
            if gap > 0.0:
                break
        taken[lesion.key], far[lesion.key] = best, spread
    return taken
