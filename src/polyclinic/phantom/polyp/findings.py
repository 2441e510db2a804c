"""The findings of the bowel as they change the wall's relief and colour, each with the mask of what it covers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import Patch, Plane, Point, blob, bumps, clouds, dots, lay, scatter, tint

Mask = NDArray[np.bool_]
FIELD_MM = 40.0
COLOURS = {"pale": (0.95, 0.80, 0.70), "pink": (0.93, 0.62, 0.58)}


@dataclass(frozen=True)
class Wall:
    """A wall that is drawn on.

    Args:
        height: of the relief, as a share of the picture's side.
        nearer: 0 on the wall, 1 on what stands out so far that it is always lit.
    """

    height: Plane
    colour: Plane
    nearer: Plane


def draw_finding(wall: Wall, lesion: Lesion, centre: Point, rng: np.random.Generator, contrast: float) -> Mask:
    """Draw a lesion on the wall; its mask does not depend on the contrast."""
    strength = min(lesion.density * contrast, 1.0)
    return _BRUSHES[lesion.name](wall, lesion, centre, rng, strength)


def _adenoma(wall: Wall, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """A reddish knob with a smooth, granular or lobed surface; on a stalk where it is pedunculated."""
    size, radius = wall.height.shape[0], lesion.size_mm / FIELD_MM / 2
    lobed = 0.15 if lesion.attributes["texture"] == "lobed" else 0.04
    head = blob(size, centre, (radius, radius * 0.88), math.pi * float(rng.random()), bumps(rng, lobed))
    mask = head.whole_inside(size)
    if lesion.attributes["shape"] == "pedunculated":
        mask |= _stalk(wall, centre, radius, strength)
    dome = np.clip(1.0 - head.level**2, 0.0, None) ** 0.75 * radius * 0.75
    if lesion.attributes["texture"] != "smooth":
        grain = clouds(rng, size, 34 if lesion.attributes["texture"] == "granular" else 16)
        dome = dome * (1.0 + (0.07 if lesion.attributes["texture"] == "granular" else 0.14) * grain[_at(head)])
    _raise(wall, head, dome, strength)
    tint(wall.colour, head.cover(0.25, 0.75 * strength), (0.95, 0.68, 0.68), head)
    rim = np.exp(-(((head.level - 1.06) / 0.12) ** 2)) * (0.35 * strength)
    tint(wall.colour, rim, (0.6, 0.48, 0.46), head)
    return mask


def _stalk(wall: Wall, centre: Point, radius: float, strength: float) -> Mask:
    """A stalk from the wall, outwards of the head."""
    size = wall.height.shape[0]
    way = math.atan2(centre[1] - 0.5, centre[0] - 0.5)
    middle = (centre[0] + 1.05 * radius * math.cos(way), centre[1] + 1.05 * radius * math.sin(way))
    stalk = blob(size, middle, (0.8 * radius, 0.36 * radius), way)
    _raise(wall, stalk, np.clip(1.0 - stalk.level**2, 0.0, None) * radius * 0.3, strength)
    tint(wall.colour, stalk.cover(0.3, 0.6 * strength), (1.0, 0.8, 0.78), stalk)
    return stalk.whole_inside(size)


def _hyperplastic(wall: Wall, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """A small flat bump, paler than the wall."""
    size, radius = wall.height.shape[0], lesion.size_mm / FIELD_MM / 2
    patch = blob(size, centre, (radius, radius * 0.92), 0.0, bumps(rng, 0.04))
    _raise(wall, patch, np.clip(1.0 - patch.level**2, 0.0, None) * radius * 0.42, strength)
    lay(wall.colour, patch.cover(0.5, 0.6 * strength), COLOURS[lesion.attributes["colour"]], patch)
    return patch.whole_inside(size)


def _ulcer(wall: Wall, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """A hollow with a yellow-white floor and a red, swollen rim."""
    size, radius = wall.height.shape[0], lesion.size_mm / FIELD_MM / 2
    patch = blob(size, centre, (radius, radius * 0.8), math.pi * float(rng.random()), bumps(rng, 0.13))
    rim = np.exp(-(((patch.level - 0.92) / 0.16) ** 2))
    floor = np.clip((0.82 - patch.level) / 0.25 + 0.5, 0.0, 1.0)
    _raise(wall, patch, (0.2 * rim - 0.12 * floor) * radius, strength)
    tint(wall.colour, rim * (0.8 * strength), (0.82, 0.42, 0.42), patch)
    lay(wall.colour, floor * (0.85 * strength), (0.93, 0.86, 0.66), patch)
    return patch.whole_inside(size)


def _bleeding(wall: Wall, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """Fresh blood that has gathered, and drops around it."""
    size, radius = wall.height.shape[0], lesion.size_mm / FIELD_MM / 2
    pool = blob(size, centre, (radius * 0.85, radius * 0.5), math.pi * float(rng.random()), bumps(rng, 0.2, 4))
    x, y = scatter(rng, centre, radius, 9, power=0.4)
    cover = np.maximum(pool.whole_cover(0.2, size), dots(size, x, y, radius * rng.uniform(0.06, 0.14, 9)))
    lay(wall.colour, cover * (0.88 * strength), (0.50, 0.03, 0.04))
    return cover > 0.5


def _diverticulum(wall: Wall, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """A round hole in the wall."""
    size, radius = wall.height.shape[0], lesion.size_mm / FIELD_MM / 2
    patch = blob(size, centre, (radius, radius * 0.82), math.pi * float(rng.random()), bumps(rng, 0.03))
    rim = np.exp(-(((patch.level - 1.0) / 0.14) ** 2))
    _raise(wall, patch, rim * radius * 0.25, strength)
    tint(wall.colour, patch.cover(0.5, strength), (0.16, 0.07, 0.07), patch)
    return patch.whole_inside(size)


def _at(patch: Patch) -> tuple[slice, slice]:
    return patch.rows, patch.columns


def _raise(wall: Wall, patch: Patch, height: Plane, strength: float) -> None:
    """Add to the relief, and to what is lit because it stands out."""
    wall.height[_at(patch)] += height * strength
    window = wall.nearer[_at(patch)]
    np.maximum(window, patch.cover(0.5, strength), out=window)


Brush = Callable[[Wall, Lesion, Point, np.random.Generator, float], Mask]
_BRUSHES: dict[str, Brush] = {
    "adenoma": _adenoma,
    "hyperplastic polyp": _hyperplastic,
    "ulcer": _ulcer,
    "bleeding": _bleeding,
    "diverticulum": _diverticulum,
}
