"""Exact line integrals through a scene: how much of each part every ray of a view meets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from polyclinic.phantom.chest.scene import WATER_PER_MM, Part, Scene
from polyclinic.phantom.dials import View
from polyclinic.phantom.primitives import (
    FAR,
    UPRIGHT_POSE,
    Axes,
    Ellipsoid,
    Floats,
    Pose,
    Primitive,
    Quadric,
    Slab,
    ellipsoid_chord,
    quadric_table,
    quadrics,
    slab_chord,
)

FIELD_MM = 380.0
# Across the picture, up the picture, along the ray.
AXES: dict[View, Axes] = {"frontal": (0, 2, 1), "lateral": (1, 2, 0)}

Window = tuple[int, int, int, int]


@dataclass(frozen=True)
class Grid:
    """The rays of one view: pixel centres in millimetres, rows from the top down."""

    size: int
    view: View

    @property
    def axes(self) -> Axes:
        """Patient axes across, up, and along the rays."""
        return AXES[self.view]

    @property
    def spacing_mm(self) -> float:
        """Distance between neighbouring rays."""
        return FIELD_MM / self.size

    @cached_property
    def u(self) -> Floats:
        """Coordinates of the columns, shape (1, size)."""
        places = (np.arange(self.size) + 0.5) * self.spacing_mm - FIELD_MM / 2
        return places.astype(np.float32)[None, :]

    @cached_property
    def v(self) -> Floats:
        """Coordinates of the rows, shape (size, 1)."""
        return np.ascontiguousarray(-self.u.T)

    def window(self, u: float, v: float, reach_u: float, reach_v: float) -> Window:
        """Rows and columns, half open, of the rays within reach of a point."""
        step, half = self.spacing_mm, FIELD_MM / 2
        edges = (half - v - reach_v, half - v + reach_v + step, u - reach_u + half, u + reach_u + half + step)
        top, bottom, left, right = (min(max(int(edge / step), 0), self.size) for edge in edges)
        return top, bottom, left, right

    def windows(self, table: NDArray[np.float64]) -> list[Window]:
        """The window of each row of a table of quadrics."""
        step, half = self.spacing_mm, FIELD_MM / 2
        u, v, reach_u, reach_v = table[:, 0] + half, half - table[:, 1], table[:, 9], table[:, 10]
        edges = np.stack([v - reach_v, v + reach_v + step, u - reach_u, u + reach_u + step], axis=1) / step
        return [(a, b, c, d) for a, b, c, d in np.clip(edges, 0, self.size).astype(int).tolist()]


@lru_cache(maxsize=8)
def grid(size: int, view: View) -> Grid:
    """The grid of a view, made once."""
    return Grid(size, view)


@dataclass(frozen=True, eq=False, slots=True)
class Span:
    """Where the rays of a window enter and leave a primitive; low > high where they miss it."""

    window: Window
    low: Floats
    high: Floats

    def within(self, window: Window) -> tuple[Floats, Floats]:
        """The part of it in a smaller window."""
        top, left = self.window[0], self.window[2]
        rows, columns = slice(window[0] - top, window[1] - top), slice(window[2] - left, window[3] - left)
        return self.low[rows, columns], self.high[rows, columns]


@dataclass(frozen=True)
class Projection:
    """A scene seen along one axis.

    Args:
        pose: how the patient stood.
        thickness: attenuation along each ray, dimensionless (Beer-Lambert's exponent), without noise.
        lesions: for each lesion, millimetres of water that it adds or takes along each ray.
    """

    grid: Grid
    pose: Pose
    thickness: Floats
    lesions: dict[int, Floats]


def project(scene: Scene, at: Grid, pose: Pose = UPRIGHT_POSE) -> Projection:
    """Sum every part's path length times its density along every ray."""
    projector = _Projector(scene, at, pose)
    total = np.zeros((at.size, at.size), np.float32)
    lesions: dict[int, Floats] = {}
    bundles: dict[tuple[float, tuple[int, ...]], list[Part]] = {}
    for part in scene.parts:
        if part.slender:
            bundles.setdefault((part.density, tuple(map(id, part.keep[1:]))), []).append(part)
            continue
        window = projector.common(part.keep)
        if window is None:
            continue
        rows, columns = slice(window[0], window[1]), slice(window[2], window[3])
        water = projector.path(part, window)
        water *= part.density
        total[rows, columns] += water
        if part.lesion is not None:
            if part.lesion not in lesions:
                lesions[part.lesion] = np.zeros((at.size, at.size), np.float32)
            lesions[part.lesion][rows, columns] += water
    for (density, _), parts in bundles.items():
        projector.add_bundle(total, parts, density)
    total *= WATER_PER_MM
    return Projection(at, pose, total, lesions)


def shadows(items: Sequence[Ellipsoid], at: Grid, pose: Pose = UPRIGHT_POSE) -> list[NDArray[np.bool_]]:
    """For each ellipsoid, where it is in the way of a ray."""
    pictures = []
    for q in quadrics(items, at.axes, pose):
        picture = np.zeros((at.size, at.size), bool)
        top, bottom, left, right = at.window(q.u, q.v, q.reach_u, q.reach_v)
        du, dv = at.u[:, left:right] - q.u, at.v[top:bottom] - q.v
        spread = (q.a * du) * du + (2.0 * q.b * dv) * du
        picture[top:bottom, left:right] = spread < 1.0 - (q.c * dv) * dv
        pictures.append(picture)
    return pictures


@dataclass(frozen=True, eq=False, slots=True)
class _Weight:
    """The density 1 - r^2 inside an ellipsoid: its integral along a ray has a closed form."""

    window: Window
    k: float
    middle: Floats
    half: Floats

    def integral(self, window: Window, low: Floats, high: Floats) -> Floats:
        span = Span(self.window, self.middle, self.half * self.half)
        middle, square = span.within(window)
        high = np.maximum(high, low) - middle
        low = low - middle
        whole = high * (square - high * high * (1 / 3)) - low * (square - low * low * (1 / 3))
        return self.k * whole


class _Projector:
    """Chords of shared primitives are worked out once; every part looks only at its own window."""

    def __init__(self, scene: Scene, at: Grid, pose: Pose) -> None:
        self.grid = at
        uses = [item for part in scene.parts for item in (*part.keep, *part.drop)]
        items = {id(item): item for item in uses}
        self.shared = {key for key, count in Counter(map(id, uses)).items() if count > 1}
        round_ones = [item for item in items.values() if isinstance(item, Ellipsoid)]
        self.table = quadric_table(round_ones, at.axes, pose)
        self.row = {id(item): i for i, item in enumerate(round_ones)}
        self.rows = self.table.tolist()
        self.slabs = {key: pose.slab(item) for key, item in items.items() if isinstance(item, Slab)}
        self.windows: dict[int, Window] = dict(zip(self.row, at.windows(self.table), strict=True))
        self.windows.update(dict.fromkeys(self.slabs, (0, at.size, 0, at.size)))
        self.spans: dict[tuple[int, ...], Span] = {}

    def quadric(self, item: Primitive) -> Quadric:
        """An ellipsoid as the rays see it."""
        return Quadric(*self.rows[self.row[id(item)]])

    def common(self, keep: tuple[Primitive, ...]) -> Window | None:
        """The rays that may meet all of `keep`; None where there are none."""
        window = self.windows[id(keep[0])]
        for item in keep[1:]:
            window = _overlap(window, self.windows[id(item)])
        if isinstance(keep[0], Slab):
            window = _overlap(window, self._slab_window(keep[0], self.quadric(keep[1])))
        return window if _area(window) else None

    def path(self, part: Part, window: Window) -> Floats:
        """Length of each ray inside a part, weighted where the part is soft."""
        weight = self._weight(part, window)
        first = self._span((part.keep[0],), window)
        low, high = first.within(window)
        if len(part.keep) > 1:
            other_low, other_high = self._span(part.keep[1:], window).within(window)
            low, high = np.maximum(low, other_low), np.minimum(high, other_high)
        total = _measure(weight, window, low, high)
        drops = [(item, _overlap(window, self.windows[id(item)])) for item in part.drop]
        spans = [self._span((item,), where) for item, where in drops if _area(where)]
        _subtract(total, Span(window, low, high), window, spans, 1.0, weight)
        return total

    def add_bundle(self, total: Floats, parts: Sequence[Part], density: float) -> None:
        """Add many slender ellipsoids that share their clipping: one batch of equal windows."""
        size = self.grid.size
        windows = np.array([self.windows[id(part.keep[0])] for part in parts])
        high, wide = (windows[:, 1] - windows[:, 0]).max(), (windows[:, 3] - windows[:, 2]).max()
        top, left = np.minimum(windows[:, 0], size - high), np.minimum(windows[:, 2], size - wide)
        u = self.grid.u[0][left[:, None] + np.arange(wide)][:, None, :]
        v = self.grid.v[:, 0][top[:, None] + np.arange(high)][:, :, None]
        enter, leave = _chords(self.table[[self.row[id(part.keep[0])] for part in parts]], u, v)
        if len(parts[0].keep) > 1:
            whole = (0, size, 0, size)
            clip_enter, clip_leave = self._padded(self._span(parts[0].keep[1:], whole))
            enter = np.maximum(enter, sliding_window_view(clip_enter, (high, wide))[top, left])
            leave = np.minimum(leave, sliding_window_view(clip_leave, (high, wide))[top, left])
        water = np.maximum(leave - enter, 0.0)
        water *= density
        for one, row, column in zip(water, top.tolist(), left.tolist(), strict=True):
            total[row : row + high, column : column + wide] += one

    def _padded(self, span: Span) -> tuple[Floats, Floats]:
        """A span's ends on the whole grid; beyond its window the rays miss."""
        size = self.grid.size
        low, high = np.full((size, size), FAR, np.float32), np.full((size, size), -FAR, np.float32)
        rows, columns = slice(*span.window[:2]), slice(*span.window[2:])
        low[rows, columns], high[rows, columns] = span.low, span.high
        return low, high

    def _weight(self, part: Part, window: Window) -> _Weight | None:
        if not part.soft:
            return None
        q = self.quadric(part.keep[0])
        middle, half = ellipsoid_chord(q, *self._rays(window))
        return _Weight(window, q.k, middle, half)

    def _rays(self, window: Window) -> tuple[Floats, Floats]:
        return self.grid.u[:, window[2] : window[3]], self.grid.v[window[0] : window[1]]

    def _span(self, items: tuple[Primitive, ...], window: Window) -> Span:
        """The span of an intersection; kept where all of it is shared, else worked out for the window alone."""
        key = tuple(map(id, items))
        known = self.spans.get(key)
        if known is not None:
            return known
        if not self.shared.issuperset(key):
            return self._intersect(items, window)
        whole = self.windows[key[0]]
        for item in items[1:]:
            whole = _overlap(whole, self.windows[id(item)])
        span = self.spans[key] = self._intersect(items, whole)
        return span

    def _intersect(self, items: tuple[Primitive, ...], window: Window) -> Span:
        if len(items) == 1:
            return Span(window, *self._chord(items[0], window))
        low, high = self._span(items[:1], window).within(window)
        for item in items[1:]:
            other_low, other_high = self._span((item,), window).within(window)
            low, high = np.maximum(low, other_low), np.minimum(high, other_high)
        return Span(window, low, high)

    def _chord(self, item: Primitive, window: Window) -> tuple[Floats, Floats]:
        u, v = self._rays(window)
        if isinstance(item, Ellipsoid):
            middle, half = ellipsoid_chord(self.quadric(item), u, v)
            return middle - half, middle + half
        return slab_chord(self.slabs[id(item)], self.grid.axes, u, v)

    def _slab_window(self, slab: Slab, q: Quadric) -> Window:
        """Rows in which a slab can meet an ellipsoid."""
        placed = self.slabs[id(slab)]
        nu, nv, nw = (placed.normal[axis] for axis in self.grid.axes)
        if abs(nv) < 1e-3:
            return 0, self.grid.size, 0, self.grid.size
        base = nu * q.u + nw * q.w
        reach = abs(nu) * q.reach_u + abs(nw) * q.reach_w
        ends = ((placed.low - base - reach) / nv, (placed.high - base + reach) / nv)
        low, high = max(min(ends), -FIELD_MM), min(max(ends), FIELD_MM)
        return self.grid.window(0.0, (low + high) / 2, FIELD_MM, max(high - low, 0.0) / 2)


def _overlap(one: Window, two: Window) -> Window:
    return max(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), min(one[3], two[3])


def _area(window: Window) -> bool:
    return window[1] > window[0] and window[3] > window[2]


def _chords(table: NDArray[np.float64], u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Where rays enter and leave each of a batch of ellipsoids; u is (items, 1, columns), v (items, rows, 1)."""
    columns = table[:, :9].astype(np.float32).T[:, :, None, None]
    centre_u, centre_v, w, a, b, c, k, slope_u, slope_v = columns
    du, dv = u - centre_u, v - centre_v
    half = (1.0 - c * dv * dv) - (a * du) * du
    half -= (2.0 * b * dv) * du
    np.maximum(half, 0.0, out=half)
    np.sqrt(half, out=half)
    half *= 1.0 / np.sqrt(k)
    middle = (w + slope_v * dv) + slope_u * du
    return middle - half, middle + half


def _measure(weight: _Weight | None, window: Window, low: Floats, high: Floats) -> Floats:
    if weight is not None:
        return weight.integral(window, low, high)
    length = high - low
    return np.maximum(length, 0.0, out=length)


def _subtract(
    total: Floats, held: Span, origin: Window, drops: Sequence[Span], sign: float, weight: _Weight | None
) -> None:
    """Inclusion and exclusion: take what each set holds, give back what two hold, and so on."""
    for i, drop in enumerate(drops):
        window = _overlap(held.window, drop.window)
        if not _area(window):
            continue
        low, high = held.within(window)
        drop_low, drop_high = drop.within(window)
        low, high = np.maximum(low, drop_low), np.minimum(high, drop_high)
        length = _measure(weight, window, low, high)
        if not length.any():
            continue
        rows = slice(window[0] - origin[0], window[1] - origin[0])
        columns = slice(window[2] - origin[2], window[3] - origin[2])
        if sign > 0:
            total[rows, columns] -= length
        else:
            total[rows, columns] += length
        _subtract(total, Span(window, low, high), origin, drops[i + 1 :], -sign, weight)
