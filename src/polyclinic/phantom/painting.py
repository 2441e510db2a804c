"""Brushes for pictures in a plane: smooth noise, wobbly blobs, strokes, blur, and layers of colour.

Lengths and places are shares of the picture's side, so that a patient looks the same at any size; x runs to
the right, y down. Everything is numpy on float32 planes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Plane = NDArray[np.floating[Any]]
Point = tuple[float, float]
Colour = tuple[float, float, float]


@lru_cache(maxsize=8)
def mesh(size: int) -> tuple[Plane, Plane]:
    """Pixel centres as a row of x and a column of y, which broadcast against each other."""
    places = ((np.arange(size) + 0.5) / size).astype(np.float32)
    return places[None, :], places[:, None]


@lru_cache(maxsize=64)
def spline(size: int, cells: int) -> Plane:
    """Cubic B-spline weights of `cells` + 3 knots at each pixel, scaled so that white noise keeps its deviation."""
    at = (np.arange(size) + 0.5) / size * cells
    first = np.minimum(at.astype(int), cells - 1)
    t = at - first
    bumps = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], 1) / 6
    weights = np.zeros((size, cells + 3))
    for knot in range(4):
        weights[np.arange(size), first + knot] = bumps[:, knot]
    return (weights / math.sqrt(float((weights**2).sum(1).mean()))).astype(np.float32)


def clouds(rng: np.random.Generator, size: int, cells: int, across: int | None = None) -> Plane:
    """Smooth noise of about unit deviation, with `cells` bumps down the picture and `across` of them to the side."""
    return smooth(rng.standard_normal((cells + 3, (across or cells) + 3), dtype=np.float32), size)


def smooth(knots: Plane, size: int) -> Plane:
    """A smooth plane through knots, three more each way than bumps.

    Planes side by side whose knots overlap by three continue each other without a seam.
    """
    return np.asarray(spline(size, knots.shape[0] - 3) @ knots @ spline(size, knots.shape[1] - 3).T, np.float32)


def turbulence(rng: np.random.Generator, size: int, cells: int, octaves: int = 3) -> Plane:
    """Clouds upon clouds, each of half the size and half the weight of the one before."""
    return np.asarray(sum(clouds(rng, size, cells * 2**i) * 0.5**i for i in range(octaves)), np.float32)


@lru_cache(maxsize=64)
def _bell(size: int, sigma: float) -> Plane:
    away = np.arange(size)[:, None] - np.arange(size)[None, :]
    weights = np.exp(-0.5 * (away / (sigma * size)) ** 2)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def blur(planes: Plane, sigma: float) -> Plane:
    """A Gaussian blur of one plane or of several; at the edges the weights are those that are left."""
    bell = _bell(planes.shape[-1], round(sigma, 5))
    return np.asarray(bell @ planes @ bell.T, np.float32)


@dataclass(frozen=True)
class Patch:
    """A plane within a window of the picture.

    Args:
        level: 0 at the centre, 1 on the outline, more outside.
    """

    rows: slice
    columns: slice
    level: Plane

    def cover(self, edge: float, fill: float = 1.0) -> Plane:
        """How much each pixel is covered: 1 inside, 0 outside, the outline in the middle of a soft edge.

        Args:
            edge: width of the slope, as a share of the radius.
        """
        t = np.clip((1.0 - self.level) / edge + 0.5, 0.0, 1.0)
        return np.asarray(fill * t * t * (3.0 - 2.0 * t), np.float32)

    def whole_cover(self, edge: float, size: int, fill: float = 1.0) -> Plane:
        """`cover` in a plane of the picture's size."""
        out = np.zeros((size, size), np.float32)
        out[self.rows, self.columns] = self.cover(edge, fill)
        return out

    def whole_inside(self, size: int) -> NDArray[np.bool_]:
        """The mask of the inside in a plane of the picture's size."""
        out = np.zeros((size, size), bool)
        out[self.rows, self.columns] = self.level <= 1.0
        return out


def blob(
    size: int,
    centre: Point,
    radii: Point,
    angle: float = 0.0,
    wobble: Sequence[float] = (),
    reach: float = 1.5,
) -> Patch:
    """An ellipse whose radius wobbles with the direction.

    Args:
        angle: in radians, by which the first radius is turned from x towards y.
        wobble: pairs of cosine and sine weights, for 2, 3, ... bumps around the outline.
        reach: how many radii the window spans to each side.
    """
    far = reach * max(radii) * (1.0 + sum(map(abs, wobble)))
    columns, rows = _window(size, centre[0], far), _window(size, centre[1], far)
    x, y = mesh(size)
    dx, dy = x[:, columns] - centre[0], y[rows] - centre[1]
    cos, sin = math.cos(angle), math.sin(angle)
    u, v = (cos * dx + sin * dy) / radii[0], (cos * dy - sin * dx) / radii[1]
    level = np.hypot(u, v)
    if wobble:
        turn = np.arctan2(v, u)
        bumps = np.ones_like(level)
        for i in range(0, len(wobble), 2):
            bumps += wobble[i] * np.cos((i // 2 + 2) * turn) + wobble[i + 1] * np.sin((i // 2 + 2) * turn)
        level /= np.maximum(bumps, 0.2)
    return Patch(rows, columns, np.asarray(level, np.float32))


def outline(centre: Point, radii: Point, angle: float, wobble: Sequence[float], count: int) -> NDArray[Any]:
    """Points (count, 2) along the outline of a `blob`, x before y."""
    turn = 2.0 * math.pi * np.arange(count) / count
    far = np.ones(count)
    for i in range(0, len(wobble), 2):
        far += wobble[i] * np.cos((i // 2 + 2) * turn) + wobble[i + 1] * np.sin((i // 2 + 2) * turn)
    u, v = radii[0] * np.maximum(far, 0.2) * np.cos(turn), radii[1] * np.maximum(far, 0.2) * np.sin(turn)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.stack([centre[0] + cos * u - sin * v, centre[1] + sin * u + cos * v], 1)


def bumps(rng: np.random.Generator, amount: float, pairs: int = 3) -> list[float]:
    """Weights for `blob`'s wobble, each of about this amount; the finer bumps are the smaller ones."""
    weights = amount * np.clip(rng.standard_normal(2 * pairs), -1.5, 1.5)
    return list((weights / np.repeat(np.arange(1, pairs + 1) ** 0.5, 2)).tolist())


def scatter(rng: np.random.Generator, centre: Point, radius: float, count: int, power: float = 0.7) -> NDArray[Any]:
    """Places in a disc as a row of x and a row of y; they keep their order as the radius grows.

    Args:
        power: 0.5 spreads them evenly, more gathers them at the centre.
    """
    turn, far = 2.0 * math.pi * rng.random(count), radius * rng.random(count) ** power
    return np.stack([centre[0] + far * np.cos(turn), centre[1] + far * np.sin(turn)]).astype(np.float32)


def _window(size: int, centre: float, far: float) -> slice:
    low, high = math.floor((centre - far) * size), math.ceil((centre + far) * size)
    return slice(min(max(low, 0), size), max(min(high, size), 0))


def dots(size: int, x: ArrayLike, y: ArrayLike, radius: ArrayLike, out: Plane | None = None) -> Plane:
    """How much each pixel is covered by discs, with edges one pixel wide; close discs make a stroke.

    Args:
        out: drawn into where given.
    """
    out = np.zeros((size, size), np.float32) if out is None else out
    columns, rows, radii = (np.atleast_1d(np.asarray(values, np.float32)) * size for values in (x, y, radius))
    radii = np.broadcast_to(radii, columns.shape)
    reach = size / 2 + radii + 1
    near = (np.abs(columns - size / 2) < reach) & (np.abs(rows - size / 2) < reach)
    columns, rows, radii = columns[near], rows[near], radii[near]
    if not columns.size:
        return out
    for wide in _widths(float(radii.max())):
        held = (radii <= wide) & (radii > wide / 2 if wide > 1 else radii <= 1)
        _stamp(out, columns[held], rows[held], radii[held], wide)
    return out


def _widths(most: float) -> list[float]:
    """Radii in pixels by which discs are grouped: each twice the one before."""
    return [2.0**i for i in range(max(0, math.ceil(math.log2(max(most, 1.0)))) + 1)]


def _stamp(out: Plane, x: Plane, y: Plane, radius: Plane, wide: float) -> None:
    if not x.size:
        return
    half = math.ceil(wide + 0.5)
    offsets = np.arange(-half, half + 1)
    size = out.shape[0]
    columns = np.floor(x).astype(np.int64)[:, None] + offsets
    rows = np.floor(y).astype(np.int64)[:, None] + offsets
    away = np.hypot((columns + 0.5 - x[:, None])[:, None, :], (rows + 0.5 - y[:, None])[:, :, None])
    # A disc thinner than a pixel covers only part of it.
    faint = np.minimum(radius * 1.6, 1.0)[:, None, None]
    cover = (np.clip(np.maximum(radius, 0.5)[:, None, None] - away + 0.5, 0.0, 1.0) * faint).astype(np.float32)
    inside = ((columns >= 0) & (columns < size))[:, None, :] & ((rows >= 0) & (rows < size))[:, :, None]
    places = (rows[:, :, None] * size + columns[:, None, :])[inside]
    np.maximum.at(out.reshape(-1), places, cover[inside])


def stroke(x: ArrayLike, y: ArrayLike, radius: ArrayLike, size: int) -> tuple[Plane, Plane, Plane]:
    """Places along a line through points, half a pixel apart, with the radius between; for `dots`."""
    x, y, radius = (np.asarray(values, np.float32) for values in (x, y, radius))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    at = np.linspace(0.0, along[-1], max(2, int(along[-1] * size * 1.6)))
    return tuple(np.interp(at, along, values).astype(np.float32) for values in (x, y, radius))  # type: ignore[return-value]


def canvas(size: int, colour: Colour) -> Plane:
    """A picture (channel, y, x) of one colour, each channel from 0 to 1."""
    return np.ones((3, size, size), np.float32) * np.array(colour, np.float32)[:, None, None]


def lay(picture: Plane, cover: Plane, colour: Colour, patch: Patch | None = None) -> None:
    """Lay a colour over a picture where it is covered; within a window where `patch` is given."""
    part = picture if patch is None else picture[:, patch.rows, patch.columns]
    for channel, value in enumerate(colour):
        part[channel] += cover * (value - part[channel])


def tint(picture: Plane, cover: Plane, factors: Colour, patch: Patch | None = None) -> None:
    """Let a picture be seen through something: each channel is multiplied by its factor where covered."""
    part = picture if patch is None else picture[:, patch.rows, patch.columns]
    for channel, factor in enumerate(factors):
        part[channel] *= 1.0 - cover * (1.0 - factor)
