"""Convex primitives, and where a ray along one patient axis enters and leaves each of them.

Patient coordinates are millimetres: x to the patient's left, y to the back, z up. Every primitive is
convex, so a ray meets it in one interval [low, high], known in closed form. Intersections of convex sets
are intersections of intervals; what is left of a set after others are taken away follows by
inclusion and exclusion (`scene`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]
Axes = tuple[int, int, int]

UPRIGHT: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
FAR = 1e4


@dataclass(frozen=True, eq=False, slots=True)
class Ellipsoid:
    """The points p with sum_i ((p - centre) . axes[i] / radii[i])^2 <= 1; `axes` are orthonormal rows."""

    centre: Vector
    radii: Vector
    axes: Matrix = UPRIGHT


@dataclass(frozen=True, eq=False, slots=True)
class Slab:
    """The points p with low <= p . normal <= high; a half-space where one bound is `FAR`."""

    normal: Vector
    low: float
    high: float


Primitive = Ellipsoid | Slab


@dataclass(frozen=True)
class Pose:
    """How the patient stands in the beam: p -> scale * rotation p + shift."""

    rotation: Matrix = UPRIGHT
    shift: Vector = (0.0, 0.0, 0.0)
    scale: float = 1.0

    def point(self, p: Vector) -> Vector:
        """Where a point of the patient comes to lie."""
        x, y, z = self.turn(p)
        sx, sy, sz = self.shift
        return self.scale * x + sx, self.scale * y + sy, self.scale * z + sz

    def turn(self, v: Vector) -> Vector:
        """A direction of the patient in the room."""
        a, b, c = self.rotation
        x, y, z = v
        return (
            a[0] * x + a[1] * y + a[2] * z,
            b[0] * x + b[1] * y + b[2] * z,
            c[0] * x + c[1] * y + c[2] * z,
        )

    def slab(self, item: Slab) -> Slab:
        """The same slab in the room; ellipsoids are moved all at once, in `quadrics`."""
        normal = self.turn(item.normal)
        offset = sum(n * s for n, s in zip(normal, self.shift, strict=True))
        return Slab(normal, self.scale * item.low + offset, self.scale * item.high + offset)


UPRIGHT_POSE = Pose()


def rotation(about_x: float = 0.0, about_y: float = 0.0, about_z: float = 0.0) -> Matrix:
    """The rotation by three angles in degrees, first about x, then y, then z.

    Example:
        >>> [round(v, 3) for v in rotation(about_z=90.0)[0]]
        [0.0, -1.0, 0.0]
    """
    (sx, cx), (sy, cy), (sz, cz) = (
        (math.sin(math.radians(a)), math.cos(math.radians(a))) for a in (about_x, about_y, about_z)
    )
    return (
        (cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx),
        (sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx),
        (-sy, cy * sx, cy * cx),
    )


def turned(centre: Vector, radii: Vector, turn: Matrix) -> Ellipsoid:
    """An ellipsoid whose own axes are the patient's, turned by a rotation."""
    axes = tuple(zip(*turn, strict=True))
    return Ellipsoid(centre, radii, axes)  # type: ignore[arg-type]


def spindle(start: Vector, end: Vector, radius: float) -> Ellipsoid:
    """A slender ellipsoid from one point to another: a vessel, a strand, the trachea."""
    dx, dy, dz = end[0] - start[0], end[1] - start[1], end[2] - start[2]
    length = math.sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx / length, dy / length, dz / length
    flat = math.hypot(dx, dz)
    across = (dz / flat, 0.0, -dx / flat) if flat > 1e-6 else (1.0, 0.0, 0.0)
    other = (dy * across[2] - dz * across[1], dz * across[0] - dx * across[2], dx * across[1] - dy * across[0])
    centre = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, (start[2] + end[2]) / 2)
    return Ellipsoid(centre, (length / 2, radius, radius), ((dx, dy, dz), across, other))


@dataclass(frozen=True, slots=True)
class Quadric:
    """An ellipsoid seen along one axis: half chord^2 = (1 - a du^2 - 2 b du dv - c dv^2) / k.

    Args:
        u: centre across the rays; `v` likewise, `w` along them.
        reach_u: half the extent of the shadow; `reach_v` likewise.
        slope_u: how the chord's middle moves along the ray with u; `slope_v` likewise.
    """

    u: float
    v: float
    w: float
    a: float
    b: float
    c: float
    k: float
    slope_u: float
    slope_v: float
    reach_u: float
    reach_v: float
    reach_w: float


def level(item: Ellipsoid, p: Vector) -> float:
    """0 at an ellipsoid's centre, 1 on its surface.

    Example:
        >>> level(Ellipsoid((0, 0, 0), (2, 1, 1)), (1, 0, 0))
        0.25
    """
    x, y, z = p[0] - item.centre[0], p[1] - item.centre[1], p[2] - item.centre[2]
    total = 0.0
    for axis, radius in zip(item.axes, item.radii, strict=True):
        total += ((axis[0] * x + axis[1] * y + axis[2] * z) / radius) ** 2
    return total


def quadric_table(items: Sequence[Ellipsoid], axes: Axes, pose: Pose = UPRIGHT_POSE) -> NDArray[np.float64]:
    """All ellipsoids, posed, as seen along `axes[2]` with `axes[0]` and `axes[1]` across.

    Returns:
        One row for each, the columns are the fields of `Quadric`.
    """
    order = list(axes)
    numbers = np.array([(*item.centre, *item.radii, *item.axes[0], *item.axes[1], *item.axes[2]) for item in items])
    turn = np.array(pose.rotation)[order].T
    centre = pose.scale * (numbers[:, :3] @ turn) + np.array(pose.shift)[order]
    radii = pose.scale * numbers[:, 3:6, None]
    axis = numbers[:, 6:].reshape(-1, 3, 3) @ turn
    inner, outer = axis / radii, axis * radii
    form = inner.transpose(0, 2, 1) @ inner
    reach = np.sqrt((outer * outer).sum(1))
    slope = form[:, :2, 2] / form[:, 2:, 2]
    schur = form[:, :2, :2] - form[:, :2, 2:] * slope[:, None, :]
    across = schur.reshape(-1, 4)[:, [0, 1, 3]]
    return np.concatenate([centre, across, form[:, 2:, 2], -slope, reach], axis=1)


def quadrics(items: Sequence[Ellipsoid], axes: Axes, pose: Pose = UPRIGHT_POSE) -> list[Quadric]:
    """The rows of `quadric_table`, for use one by one."""
    return [Quadric(*row) for row in quadric_table(items, axes, pose).tolist()]


def ellipsoid_chord(q: Quadric, u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Middle and half length of the chord through an ellipsoid; half length 0 where the ray misses it.

    Args:
        u: coordinates across, shape (1, columns).
        v: coordinates across, shape (rows, 1).

    Example:
        >>> ball = quadrics([Ellipsoid((0, 0, 0), (5, 5, 5))], (0, 2, 1))[0]
        >>> at = np.array([[3.0]], np.float32)
        >>> float(ellipsoid_chord(ball, at, at * 0)[1][0, 0])  # sqrt(5^2 - 3^2)
        4.0
    """
    du, dv = u - q.u, v - q.v
    half = (1.0 - q.c * dv * dv) - (q.a * du) * du
    if abs(q.b) > 1e-9:
        half -= (2.0 * q.b * du) * dv
    np.maximum(half, 0.0, out=half)
    np.sqrt(half, out=half)
    half *= 1.0 / math.sqrt(q.k)
    middle = (q.w + q.slope_v * dv) + q.slope_u * du
    return middle, half


def slab_chord(slab: Slab, axes: Axes, u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Where a ray enters and leaves a slab; low > high where it misses one that is parallel to it."""
    nu, nv, nw = (slab.normal[i] for i in axes)
    base = nu * u + nv * v
    if abs(nw) < 1e-6:
        inside = (base >= slab.low) & (base <= slab.high)
        far = np.float32(FAR)
        return np.where(inside, -far, far), np.where(inside, far, -far)
    one, two = (slab.low - base) / nw, (slab.high - base) / nw
    return (one, two) if nw > 0 else (two, one)
