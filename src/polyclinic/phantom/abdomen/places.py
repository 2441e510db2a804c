"""Where organs of the abdomen are and where their lesions may lie, in millimetres: left, back and up are positive."""

from __future__ import annotations

from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.primitives import Vector

KIDNEYS: dict[str, Vector] = {"right": (-66.0, 46.0, -12.0), "left": (66.0, 46.0, 2.0)}
ADRENALS: dict[str, Vector] = {"right": (-36.0, 34.0, 54.0), "left": (38.0, 30.0, 58.0)}
COLON: dict[str, Vector] = {"right": (-112.0, 2.0, -48.0), "left": (112.0, 18.0, -44.0)}
LIVER: dict[str, Vector] = {"right": (-68.0, -4.0, 76.0), "left": (2.0, -52.0, 86.0)}
PANCREAS: dict[str, Vector] = {
    "head": (-24.0, -16.0, 8.0),
    "body": (12.0, -26.0, 26.0),
    "tail": (58.0, 6.0, 40.0),
}
SPLEEN: Vector = (106.0, 40.0, 76.0)
STOMACH: Vector = (60.0, -40.0, 72.0)
BLADDER: Vector = (0.0, -22.0, -146.0)


def _moved(point: Vector, by: Vector) -> Vector:
    return point[0] + by[0], point[1] + by[1], point[2] + by[2]


# By the key of a place: its middle, and how far from it a lesion's centre may lie along each axis.
PLACES: dict[str, tuple[Vector, Vector]] = {
    "right-lobe": (LIVER["right"], (34.0, 40.0, 30.0)),
    "left-lobe": (LIVER["left"], (30.0, 10.0, 10.0)),
    **{zone: (middle, (5.0, 3.0, 5.0)) for zone, middle in PANCREAS.items()},
    **{f"{side}-upper": (_moved(middle, (0.0, 0.0, 30.0)), (8.0, 8.0, 7.0)) for side, middle in KIDNEYS.items()},
    **{f"{side}-lower": (_moved(middle, (0.0, 0.0, -30.0)), (8.0, 8.0, 7.0)) for side, middle in KIDNEYS.items()},
    **{f"{side}-kidney": (middle, (10.0, 10.0, 30.0)) for side, middle in KIDNEYS.items()},
    **{f"{side}-colon": (middle, (5.0, 5.0, 45.0)) for side, middle in COLON.items()},
    **{f"{side}-adrenal": (middle, (3.0, 3.0, 3.0)) for side, middle in ADRENALS.items()},
    "fundus": (_moved(STOMACH, (8.0, 14.0, 30.0)), (10.0, 8.0, 6.0)),
    "antrum": (_moved(STOMACH, (-12.0, -6.0, -32.0)), (8.0, 8.0, 6.0)),
    "spleen": (SPLEEN, (8.0, 18.0, 16.0)),
    "right-wall": (_moved(BLADDER, (-30.0, 0.0, 0.0)), (4.0, 10.0, 7.0)),
    "left-wall": (_moved(BLADDER, (30.0, 0.0, 0.0)), (4.0, 10.0, 7.0)),
}


def candidate(lesion: Lesion, draw: list[float]) -> Vector:
    """A centre in the lesion's place."""
    middle, spread = PLACES[lesion.place]
    x, y, z = (at + (2.0 * u - 1.0) * wide for at, u, wide in zip(middle, draw, spread, strict=True))
    return x, y, z


def reach_mm(lesion: Lesion) -> float:
    """How far a lesion spreads from its centre."""
    return 0.55 * lesion.size_mm
