"""A scene: parts made of convex primitives, each adding its density where it is.

The radiograph and the CT read the same parts, so they agree by construction: the film integrates along a
ray in closed form what the volume samples at its voxels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from polyclinic.phantom.chest.latents import Side
from polyclinic.phantom.primitives import Ellipsoid, Primitive, Slab

WATER_PER_MM = 0.018
SOFT, LUNG, AIR = 1.0, 0.25, 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Points inside all of `keep` and none of `drop`, where the density changes by `density`.

    Args:
        name: what it is, for labels; several parts may share a name.
        density: added to what is there already, relative to water.
        lesion: key of the lesion that it draws, None for anatomy.
        soft: the density falls off inside `keep[0]`, an ellipsoid, as 1 - r^2.
        slender: one of many small ellipsoids that share the rest of `keep`, with nothing to drop.
    """

    name: str
    density: float
    keep: tuple[Primitive, ...]
    drop: tuple[Primitive, ...] = ()
    lesion: int | None = None
    soft: bool = False
    slender: bool = False


@dataclass(frozen=True)
class Cavity:
    """One half of the chest: what is lung there, and the smaller space that holds air.

    Args:
        lung: the lung's own ellipsoid.
        floor: the half-space above the lowest recess.
        dome: what the diaphragm takes away.
        whole: sets whose intersection is the pleural space.
        aired: the same, less fluid and free air: where vessels and focal lesions lie.
        drop: heart, mediastinum and dome.
        collapsed: the shrunken lung, where free air surrounds it.
    """

    lung: Ellipsoid
    floor: Slab
    dome: Ellipsoid
    whole: tuple[Primitive, ...]
    aired: tuple[Primitive, ...]
    drop: tuple[Primitive, ...]
    collapsed: Ellipsoid | None = None


@dataclass(frozen=True)
class Scene:
    """All parts of a patient at one visit, upright, with what the outlines of organs need.

    Args:
        middle: what lies between the lungs above the heart.
        spine: vertebral bodies from the lowest up.
        spine_half_mm: half the width of a vertebral body.
    """

    parts: tuple[Part, ...]
    cavities: Mapping[Side, Cavity]
    heart: tuple[Ellipsoid, ...]
    middle: Ellipsoid
    spine: tuple[Ellipsoid, ...]
    spine_half_mm: float

    def arms_raised(self) -> Scene:
        """The same without shoulders and arms, as one stands for a lateral film."""
        return replace(self, parts=tuple(part for part in self.parts if part.name != "arms"))
