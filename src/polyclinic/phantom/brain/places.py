"""Where a lesion of the brain may lie, in millimetres from the middle of the head."""

from __future__ import annotations

import math

from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.primitives import Vector

LOBES: dict[str, Vector] = {
    "frontal": (28.0, -38.0, 22.0),
    "parietal": (29.0, 34.0, 36.0),
    "temporal": (43.0, 2.0, -8.0),
    "occipital": (21.0, 58.0, 10.0),
    "deep": (23.0, 3.0, 6.0),
    "periventricular": (24.0, 4.0, 24.0),
}
SPREAD_MM: dict[str, Vector] = {"deep": (3.0, 6.0, 4.0), "periventricular": (4.0, 34.0, 7.0)}
MIDDLE: Vector = (0.0, 2.0, 8.0)
# Half the size of the room within the skull, upwards, to the side and downwards.
ROOM_MM = (66.0, 83.0, 63.0)
LOW_MM = 44.0
# How far out some findings lie: 1 is the inside of the skull.
OUTWARD = {"meningioma": 0.9, "infarct": 0.74}


def candidate(lesion: Lesion, draw: list[float]) -> Vector:
    """A centre in the lesion's lobe, on its side; pushed outwards where the finding lies at the surface."""
    zone = lesion.zone or "frontal"
    lobe, spread = LOBES[zone], SPREAD_MM.get(zone, (7.0, 8.0, 7.0))
    x, y, z = (middle + (2.0 * u - 1.0) * wide for middle, u, wide in zip(lobe, draw, spread, strict=True))
    side = 1.0 if lesion.side == "left" else -1.0
    outward = OUTWARD.get(lesion.name)
    if outward is None:
        return side * x, y, z
    away = x - MIDDLE[0], y - MIDDLE[1], z - MIDDLE[2]
    radii = (*ROOM_MM[:2], ROOM_MM[2] if away[2] > 0 else LOW_MM)
    share = outward / math.sqrt(sum((part / radius) ** 2 for part, radius in zip(away, radii, strict=True)))
    x, y, z = (middle + share * part for middle, part in zip(MIDDLE, away, strict=True))
    return side * x, y, z


def reach_mm(lesion: Lesion) -> float:
    """How far a lesion spreads from its centre, with its oedema."""
    return lesion.size_mm * (0.7 if lesion.name == "glioma" else 0.55)
