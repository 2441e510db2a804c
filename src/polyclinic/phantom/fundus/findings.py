"""The findings of the fundus as they are drawn, each with the mask of what it covers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import Colour, Plane, Point, blob, bumps, dots, lay, scatter, tint

Mask = NDArray[np.bool_]
FIELD_MM = 13.6
DOT_MM = 0.075


def draw_finding(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, contrast: float) -> Mask:
    """Draw a lesion into the picture; its mask does not depend on the contrast."""
    strength = min(lesion.density * contrast, 1.0)
    return _BRUSHES[lesion.name](picture, lesion, centre, rng, strength)


def _haemorrhage(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """A dark red blot, or a flame drawn out along the nerve fibres."""
    size, radius = picture.shape[-1], lesion.size_mm / FIELD_MM / 2
    wobble = bumps(rng, 0.13, 4)
    flame = lesion.attributes["shape"] == "flame-shaped"
    towards = math.atan2(centre[1] - 0.49, centre[0] - 0.79)
    patch = blob(size, centre, (radius, radius * (0.36 if flame else 0.85)), towards, wobble, reach=1.3)
    cover = patch.cover(0.7 if flame else 0.4, 0.9)
    tint(picture, cover * strength, (0.52, 0.18, 0.2), patch)
    return patch.whole_inside(size)


def _microaneurysms(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """A group of red dots, each about as wide as a vein."""
    size, radius = picture.shape[-1], lesion.size_mm / FIELD_MM / 2
    x, y = scatter(rng, centre, radius, 6 + int(14 * radius / 0.09))
    cover = dots(size, x, y, DOT_MM / FIELD_MM)
    tint(picture, cover * strength, (0.55, 0.25, 0.3))
    return cover > 0.3


def _exudate(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """Waxy yellow grains with sharp edges, some of them grown together."""
    size, radius = picture.shape[-1], lesion.size_mm / FIELD_MM / 2
    x, y = scatter(rng, centre, radius * 0.9, 9 + int(26 * radius / 0.09))
    cover = dots(size, x, y, rng.uniform(0.055, 0.17, len(x)) / FIELD_MM)
    lay(picture, cover * (0.88 * strength), (0.98, 0.86, 0.42))
    return cover > 0.4


def _cotton_wool(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """A white patch with feathered edges."""
    size, radius = picture.shape[-1], lesion.size_mm / FIELD_MM / 2
    wobble = bumps(rng, 0.1, 3)
    patch = blob(size, centre, (radius, radius * 0.72), 3.0 * float(rng.random()), wobble, reach=1.7)
    lay(picture, patch.cover(1.1, 0.8 * strength), (0.97, 0.9, 0.74), patch)
    return patch.whole_inside(size)


def _drusen(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """Pale round spots under the retina, with blurred edges."""
    size, radius = picture.shape[-1], lesion.size_mm / FIELD_MM / 2
    x, y = scatter(rng, centre, radius, 10 + int(26 * radius / 0.12))
    wide = rng.uniform(0.07, 0.2, len(x)) / FIELD_MM
    pale: Colour = (0.93, 0.66, 0.3)
    lay(picture, dots(size, x, y, wide * 1.3) * (0.25 * strength), pale)
    cover = dots(size, x, y, wide)
    lay(picture, cover * (0.42 * strength), pale)
    return cover > 0.4


Brush = Callable[[Plane, Lesion, Point, np.random.Generator, float], Mask]
_BRUSHES: dict[str, Brush] = {
    "haemorrhage": _haemorrhage,
    "microaneurysms": _microaneurysms,
    "exudate": _exudate,
    "cotton wool spot": _cotton_wool,
    "drusen": _drusen,
}
