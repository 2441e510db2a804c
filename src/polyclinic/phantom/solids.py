"""Brushes for volumes: a grid of voxels in millimetres, wobbly ellipsoids on it, smooth noise, and layers of tissue.

A voxel lies at x towards the patient's left, y to the back, z upwards. Arrays are (z, y, x), so that a slice shows
the patient as radiologists look at them: from below, the front on top.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.latents import Patient, Visit
from polyclinic.phantom.painting import spline
from polyclinic.phantom.primitives import Matrix, Vector
from polyclinic.study import Image

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Box = tuple[slice, slice, slice]
UPRIGHT: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Grid:
    """Voxels around the origin: `size` across and to the back, half as many slices.

    Args:
        field_mm: side of a slice.
        height_mm: of all slices together.
        tilt: angle in radians by which the patient is turned in the slice's plane.
    """

    size: int
    field_mm: float
    height_mm: float
    tilt: float = 0.0

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along z, y and x."""
        return self.size // 2, self.size, self.size

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Between voxels along z, y and x."""
        across = self.field_mm / self.size
        return self.height_mm / (self.size // 2), across, across

    @property
    def affine(self) -> tuple[tuple[float, ...], ...]:
        """Voxel (x, y, z) to the scanner's millimetres, RAS+, which count x and y the other way."""
        z, y, x = (self._first(axis) for axis in range(3))
        dz, dy, dx = self.spacing_mm
        return (-dx, 0.0, 0.0, -x), (0.0, -dy, 0.0, -y), (0.0, 0.0, dz, z), (0.0, 0.0, 0.0, 1.0)

    @cached_property
    def at(self) -> tuple[Floats, Floats, Floats]:
        """The patient's x, y and z at each voxel, in shapes that broadcast to the grid's."""
        z, y, x = (
            (self._first(axis) + step * np.arange(count)).astype(np.float32)
            for axis, (step, count) in enumerate(zip(self.spacing_mm, self.shape, strict=True))
        )
        cos, sin = np.float32(math.cos(self.tilt)), np.float32(math.sin(self.tilt))
        across, back = x[None, None, :], y[None, :, None]
        return cos * across + sin * back, cos * back - sin * across, z[:, None, None]

    def window(self, centre: Vector, far_mm: float) -> Box:
        """The voxels within a distance of a point, as a box."""
        cos, sin = math.cos(self.tilt), math.sin(self.tilt)
        point = (centre[2], sin * centre[0] + cos * centre[1], cos * centre[0] - sin * centre[1])
        edges = []
        for axis, (step, count) in enumerate(zip(self.spacing_mm, self.shape, strict=True)):
            middle, reach = (point[axis] - self._first(axis)) / step, far_mm / step
            low, high = math.ceil(middle - reach), math.floor(middle + reach) + 1
            edges.append(slice(min(max(low, 0), count), max(min(high, count), 0)))
        return edges[0], edges[1], edges[2]

    def _first(self, axis: int) -> float:
        return -0.5 * self.spacing_mm[axis] * (self.shape[axis] - 1)


@dataclass(frozen=True)
class Solid:
    """A round body within a window of the grid.

    Args:
        level: 0 at the centre, 1 on the surface, more outside.
        radius_mm: the mean one, by which levels become lengths.
    """

    grid: Grid
    box: Box
    level: Floats
    radius_mm: float

    def cover(self, edge_mm: float = 0.0, share: float = 1.0) -> Floats:
        """How much each voxel of the window is covered; the surface is in the middle of a slope.

        Args:
            edge_mm: width of the slope, at least a voxel's side.
            share: of the radius, for a core within the body.
        """
        edge = max(edge_mm, self.grid.spacing_mm[1])
        return slope((share - self.level) * self.radius_mm, edge)

    def inside(self, share: float = 1.0) -> Mask:
        """The mask in an array of the grid's shape."""
        out = np.zeros(self.grid.shape, bool)
        out[self.box] = self.level <= share
        return out


def slope(depth_mm: Floats, edge_mm: float) -> Floats:
    """0 outside to 1 inside, half way where the depth is 0."""
    return np.asarray(np.clip(depth_mm / np.float32(edge_mm) + np.float32(0.5), 0.0, 1.0), np.float32)


def solid(
    grid: Grid,
    centre: Vector,
    radii: Vector,
    turn: Matrix = UPRIGHT,
    wobble: Floats | None = None,
    reach: float = 1.0,
) -> Solid:
    """An ellipsoid whose radius wobbles with the direction.

    Args:
        radii: in mm along its own axes, which are the patient's, turned.
        wobble: what `ripples` gave.
        reach: how many radii the window spans to each side, besides room for the edge.
    """
    amount = 0.0 if wobble is None else float(np.abs(wobble[:, 0]).sum())
    box = grid.window(centre, max(radii) * reach * (1.0 + amount) + 2.0 * grid.spacing_mm[0])
    x, y, z = grid.at
    away = (
        x[:, box[1], box[2]] - np.float32(centre[0]),
        y[:, box[1], box[2]] - np.float32(centre[1]),
        z[box[0]] - np.float32(centre[2]),
    )
    own = [
        np.float32(axis[0] / radius) * away[0]
        + np.float32(axis[1] / radius) * away[1]
        + np.float32(axis[2] / radius) * away[2]
        for axis, radius in zip(zip(*turn, strict=True), radii, strict=True)
    ]
    level = np.sqrt(sum(part * part for part in own))
    if wobble is not None:
        level = level / _bumps(own, np.maximum(level, np.float32(1e-3)), wobble)
    return Solid(grid, box, np.asarray(level, np.float32), float(np.prod(radii)) ** (1 / 3))


def ripples(rng: np.random.Generator, amount: float, count: int = 4) -> Floats:
    """Waves over the directions, for `solid`: a row for each with weight, phase and three frequencies."""
    weight = amount * np.clip(rng.standard_normal((count, 1)), -1.5, 1.5) / math.sqrt(count)
    return np.concatenate([weight, rng.random((count, 1)) * 2 * math.pi, 3.0 * rng.standard_normal((count, 3))], 1)


def _bumps(own: Sequence[Floats], level: Floats, wobble: Floats) -> Floats:
    bumps = np.ones_like(level)
    for weight, phase, *waves in wobble.astype(np.float32):
        bumps += weight * np.cos(phase + sum(wave * part for wave, part in zip(waves, own, strict=True)) / level)
    return np.maximum(bumps, np.float32(0.3))


def mist(rng: np.random.Generator, grid: Grid, cells: int) -> Floats:
    """Smooth noise of about unit deviation with `cells` bumps along each side, half as many along z."""
    along = (max(cells // 2, 1), cells, cells)
    out = rng.standard_normal(tuple(count + 3 for count in along), dtype=np.float32)
    for count, side in zip(along, grid.shape, strict=True):
        # Each axis goes to the end in turn, so that all are back in order after three.
        out = np.tensordot(out, spline(side, count), (0, 1))
    return np.asarray(out, np.float32)


def fill(volume: Floats, cover: Floats, values: Sequence[float], box: Box | None = None) -> None:
    """Take a tissue for what there was, where it is covered.

    Args:
        volume: (channel, z, y, x), changed in place.
        values: of each channel.
        box: the window that `cover` is of; None for the whole grid.
    """
    for channel, value in zip(volume, values, strict=True):
        part = channel if box is None else channel[box]
        part += cover * (np.float32(value) - part)


def scan_of(patient: Patient[Any], visit: Visit, name: str, voxels: NDArray[Any], grid: Grid, modality: str) -> Image:
    """One volume of a visit, as it may be written to a NIfTI file."""
    return Image.from_array(
        voxels[None],
        f"images/{patient.id}-v{visit.index + 1}-{name}.nii.gz",
        modality=modality,
        channels=(name,),
        spacing_mm=grid.spacing_mm,
        affine=grid.affine,
        time_days=visit.time_days,
    )
