"""The CT of the same scene: Hounsfield units and labels on a grid of voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import UsageError
from polyclinic.phantom.chest.projection import FIELD_MM
from polyclinic.phantom.chest.scene import AIR, Part, Scene
from polyclinic.phantom.primitives import Ellipsoid, Floats, Primitive, Slab

# Later labels win where parts overlap.
LABELS = (
    "background",
    "body",
    "arms",
    "heart",
    "right lung",
    "left lung",
    "vessels",
    "hila",
    "aorta",
    "trachea",
    "stomach",
    "ribs",
    "spine",
    "clavicles",
    "scapulae",
    "effusion",
    "pneumothorax",
    "infiltration",
    "pneumonia",
    "atelectasis",
    "mass",
    "nodule",
)
DEPTH_MM = 380.0
Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Volume:
    """A CT with its labels; both are indexed [x, y, z] in RAS order, as NIfTI has them.

    Args:
        hounsfield: int16.
        labels: uint8, indices into `names`.
        affine: voxel to world in millimetres, RAS+.
    """

    hounsfield: NDArray[np.int16]
    labels: NDArray[np.uint8]
    affine: NDArray[np.float64]
    spacing_mm: float
    names: tuple[str, ...] = LABELS


def rasterise(scene: Scene, spacing_mm: float = 4.0) -> Volume:
    """Sample a scene at the centres of cubic voxels.

    Raises:
        UsageError: a spacing outside 1 to 20 mm.
    """
    if not 1.0 <= spacing_mm <= 20.0:
        raise UsageError(f"expected a voxel spacing from 1 to 20 mm, got {spacing_mm}")
    count = round(FIELD_MM / spacing_mm)
    places = ((np.arange(count) + 0.5) * spacing_mm - FIELD_MM / 2).astype(np.float32)
    density = np.full((count,) * 3, AIR, np.float32)
    labels = np.zeros((count,) * 3, np.uint8)
    for part in scene.parts:
        box = _box(part, places)
        inside, share = _sample(part, box, places)
        density[box] += part.density * share
        if part.name in LABELS:
            np.maximum(labels[box], np.uint8(LABELS.index(part.name)) * inside, out=labels[box])
    _label_heart(scene, places, labels)
    hounsfield = np.clip(np.rint(1000.0 * (density - 1.0)), -1024, 3071).astype(np.int16)
    # Patient coordinates count x to the left and y to the back; RAS counts both the other way.
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = places[0]
    return Volume(hounsfield[::-1, ::-1].copy(), labels[::-1, ::-1].copy(), affine, spacing_mm)


def _sample(part: Part, box: Box, places: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """Which voxels of a box belong to a part, and with what share of its density."""
    x, y, z = places[box[0], None, None], places[None, box[1], None], places[None, None, box[2]]
    inside = np.ones((x.size, y.size, z.size), bool)
    for item in part.keep:
        inside &= _level(item, x, y, z) <= 1.0
    for item in part.drop:
        inside &= _level(item, x, y, z) > 1.0
    share = inside.astype(np.float32)
    if part.soft:
        share *= 1.0 - _level(part.keep[0], x, y, z)
    return inside, share


def _level(item: Primitive, x: Floats, y: Floats, z: Floats) -> Floats:
    """At most 1 inside a primitive, more outside; for an ellipsoid the squared radius."""
    if isinstance(item, Slab):
        height = item.normal[0] * x + item.normal[1] * y + item.normal[2] * z
        return np.where((height >= item.low) & (height <= item.high), np.float32(0.0), np.float32(2.0))
    x, y, z = x - item.centre[0], y - item.centre[1], z - item.centre[2]
    along = [(a[0] * x + a[1] * y + a[2] * z) / r for a, r in zip(item.axes, item.radii, strict=True)]
    return along[0] ** 2 + along[1] ** 2 + along[2] ** 2


def _box(part: Part, places: Floats) -> Box:
    """Voxels around the smallest of the round sets that a part lies in."""
    low, high = np.full(3, -DEPTH_MM), np.full(3, DEPTH_MM)
    for item in part.keep:
        if isinstance(item, Ellipsoid):
            reach = np.sqrt(((np.array(item.axes) * np.array(item.radii)[:, None]) ** 2).sum(0))
            low, high = np.maximum(low, item.centre - reach), np.minimum(high, item.centre + reach)
    first, last = np.searchsorted(places, low), np.searchsorted(places, high, side="right")
    return slice(first[0], last[0]), slice(first[1], last[1]), slice(first[2], last[2])


def _label_heart(scene: Scene, places: Floats, labels: NDArray[np.uint8]) -> None:
    """The heart has the body's own density: it is a label where no lung was drawn."""
    for item in scene.heart:
        part = Part("heart", 0.0, (item,))
        box = _box(part, places)
        inside, _ = _sample(part, box, places)
        np.maximum(labels[box], np.uint8(LABELS.index("heart")) * inside, out=labels[box])
