"""Coloured shapes on a plain ground, each with the mask of what it covers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import Plane, Point, lay, mesh

Mask = NDArray[np.bool_]
# The picture's side in degrees of visual angle.
FIELD_DEG = 20.0
COLOURS = {
    "red": (0.86, 0.13, 0.12),
    "green": (0.10, 0.62, 0.20),
    "blue": (0.13, 0.27, 0.85),
    "yellow": (0.95, 0.82, 0.10),
}
# Stripes are of the colour and of this much of it; so many degrees make one of each.
PALE, STRIPE_DEG = 0.35, 1.1
TURN = 0.3
INNER = 0.42


def draw_shape(picture: Plane, item: Lesion, centre: Point, turn: float, contrast: float) -> Mask:
    """Draw a shape; its mask does not depend on the contrast.

    Args:
        turn: -1 to 1, how it is turned.
    """
    size, radius = picture.shape[-1], 0.5 * item.size_mm / FIELD_DEG
    x, y = mesh(size)
    cos, sin = math.cos(TURN * turn), math.sin(TURN * turn)
    dx, dy = (x - centre[0]) / radius, (y - centre[1]) / radius
    u, v = cos * dx + sin * dy, cos * dy - sin * dx
    level = _LEVELS[item.name](u, v)
    cover = np.clip((1.0 - level) * radius * size + 0.5, 0.0, 1.0) * min(item.density * contrast, 1.0)
    lay(picture, np.asarray(cover, np.float32), COLOURS[item.attributes["colour"]])
    if item.attributes["texture"] == "striped":
        wave = np.clip(4.0 * np.sin(2.0 * np.pi * u * radius * FIELD_DEG / STRIPE_DEG) + 0.5, 0.0, 1.0)
        lay(picture, np.asarray(cover * wave * (1.0 - PALE), np.float32), (1.0, 1.0, 1.0))
    return np.asarray(level <= 1.0)


def _circle(u: Plane, v: Plane) -> Plane:
    return np.hypot(u, v)


def _square(u: Plane, v: Plane) -> Plane:
    return np.asarray(np.maximum(np.abs(u), np.abs(v)) * math.sqrt(2.0) * 0.85)


def _triangle(u: Plane, v: Plane) -> Plane:
    """Three sides, each half as far from the centre as the corners; one corner is up."""
    slant = math.sqrt(0.75)
    return np.asarray(2.0 * np.maximum(v, np.maximum(slant * u, -slant * u) - 0.5 * v))


def _star(u: Plane, v: Plane) -> Plane:
    """Five points; in each tenth of a turn the outline is a straight line from an outer to an inner corner."""
    fifth = 2.0 * math.pi / 5.0
    turn = np.abs((np.arctan2(u, -v) + fifth / 2) % fifth - fifth / 2)
    inner = (INNER * math.cos(fifth / 2), INNER * math.sin(fifth / 2))
    edge = (inner[0] - 1.0, inner[1])
    return np.asarray(np.hypot(u, v) * (np.cos(turn) * edge[1] - np.sin(turn) * edge[0]) / edge[1])


def _cross(u: Plane, v: Plane) -> Plane:
    across, down = np.abs(u), np.abs(v)
    return np.asarray(np.minimum(np.maximum(across / 0.34, down), np.maximum(across, down / 0.34)))


Level = Callable[[Plane, Plane], Plane]
# 0 at the centre, 1 on the outline, more outside; u to the right and v down, in radii.
_LEVELS: dict[str, Level] = {
    "star": _star,
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "cross": _cross,
}
