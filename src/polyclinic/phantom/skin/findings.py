"""The findings of the skin as the dermatoscope shows them, each with the mask of what it covers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import (
    Colour,
    Patch,
    Plane,
    Point,
    blob,
    bumps,
    dots,
    lay,
    mesh,
    scatter,
    stroke,
    tint,
    turbulence,
)

Mask = NDArray[np.bool_]
FIELD_MM = 26.0
NET_MM = 1.25
EDGES = {"smooth": 0.25, "sharp": 0.1, "irregular": 0.22, "ill-defined": 0.6}
# What pigment lets through of red, green and blue.
PIGMENT: dict[str, Colour] = {
    "light brown": (0.72, 0.53, 0.42),
    "dark brown": (0.46, 0.30, 0.25),
    "tan": (0.76, 0.60, 0.42),
}
SECOND: dict[str, Colour] = {
    "brown and black": (0.12, 0.08, 0.08),
    "brown and blue-grey": (0.34, 0.37, 0.46),
    "brown and red": (0.72, 0.24, 0.20),
}


def draw_finding(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, contrast: float) -> Mask:
    """Draw a lesion into the picture; its mask does not depend on the contrast."""
    strength = min(lesion.density * contrast, 1.0)
    return _BRUSHES[lesion.name](picture, lesion, centre, rng, strength)


def _outline(lesion: Lesion, centre: Point, rng: np.random.Generator, size: int, wobble: float) -> Patch:
    radius = lesion.size_mm / FIELD_MM / 2
    flat = 0.74 + 0.22 * float(rng.random())
    return blob(size, centre, (radius, radius * flat), math.pi * float(rng.random()), bumps(rng, wobble, 4))


def _melanoma(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """Asymmetric, of several colours, with an uneven network and dots that stream to the border."""
    size, radius = picture.shape[-1], lesion.size_mm / FIELD_MM / 2
    patch = _outline(lesion, centre, rng, size, 0.17)
    uneven = turbulence(rng, size, 14)[patch.rows, patch.columns]
    cover = patch.cover(EDGES[lesion.margin or "irregular"]) * strength
    tint(picture, cover * np.clip(0.86 + 0.16 * uneven, 0.3, 1.0), (0.50, 0.33, 0.27), patch)
    tint(picture, cover * _net(patch, size, 0.9) * 0.45, (0.5, 0.4, 0.36), patch)
    for i in range(3):
        x, y = scatter(rng, centre, 0.62 * radius, 1)[:, 0].tolist()
        wide = radius * (0.28 + 0.25 * float(rng.random()))
        spot = blob(size, (x, y), (wide, wide * 0.7), math.pi * float(rng.random()), bumps(rng, 0.2))
        here = spot.whole_cover(0.7, size)[patch.rows, patch.columns]
        colour = SECOND[lesion.attributes["colour"]] if i < 2 else (0.86, 0.74, 0.72)
        lay(picture, here * cover * (0.85 if i < 2 else 0.45), colour, patch)
    x, y = scatter(rng, centre, radius * 0.95, 26, power=0.15)
    tint(picture, dots(size, x, y, rng.uniform(0.003, 0.009, 26)) * (0.7 * strength), (0.35, 0.25, 0.24))
    return patch.whole_inside(size)


def _naevus(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """Of one brown, symmetric, with an even network, globules, or neither."""
    size, radius = picture.shape[-1], lesion.size_mm / FIELD_MM / 2
    patch = _outline(lesion, centre, rng, size, 0.04)
    brown = PIGMENT[lesion.attributes["colour"]]
    cover = patch.cover(EDGES[lesion.margin or "smooth"]) * strength
    fade = np.clip(1.1 - 0.35 * patch.level**2, 0.0, 1.0)
    plain = lesion.attributes["texture"] == "even"
    tint(picture, cover * fade * (0.95 if plain else 0.62), brown, patch)
    if lesion.attributes["texture"] == "network":
        tint(picture, cover * fade * _net(patch, size, 1.0) * 0.8, brown, patch)
    if lesion.attributes["texture"] == "globules":
        count = int(260 * radius)
        x, y = scatter(rng, centre, 0.86 * radius, count, power=0.5)
        tint(picture, dots(size, x, y, 0.0075) * (0.75 * strength), brown)
    return patch.whole_inside(size)


def _keratosis(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """Stuck on the skin: a sharp border, waxy bumps, white cysts and dark plugs."""
    size, radius = picture.shape[-1], lesion.size_mm / FIELD_MM / 2
    patch = _outline(lesion, centre, rng, size, 0.07)
    cover = patch.cover(EDGES["sharp"]) * strength
    knobs = turbulence(rng, size, 18, 2)[patch.rows, patch.columns]
    tint(picture, cover * np.clip(0.8 + 0.2 * knobs, 0.2, 1.0), PIGMENT[lesion.attributes["colour"]], patch)
    rim = np.exp(-(((patch.level - 0.95) / 0.08) ** 2))
    tint(picture, rim * (0.45 * strength), (0.55, 0.42, 0.36), patch)
    count = 4 + int(60 * radius)
    x, y = scatter(rng, centre, 0.8 * radius, count, power=0.5)
    lay(picture, dots(size, x, y, 0.0062) * (0.75 * strength), (0.98, 0.93, 0.80))
    x, y = scatter(rng, centre, 0.8 * radius, count, power=0.5)
    tint(picture, dots(size, x, y, 0.008) * (0.75 * strength), (0.32, 0.22, 0.16))
    return patch.whole_inside(size)


def _carcinoma(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """Basal cell carcinoma: pearly or pink, with branching vessels, grey-blue nests and an ulcer."""
    size, radius = picture.shape[-1], lesion.size_mm / FIELD_MM / 2
    patch = _outline(lesion, centre, rng, size, 0.1)
    pearly = lesion.attributes["colour"] == "pearly white"
    lay(picture, patch.cover(0.6, 0.62 * strength), (0.93, 0.84, 0.82) if pearly else (0.90, 0.52, 0.52), patch)
    lay(
        picture,
        np.exp(-(((patch.level - 0.9) / 0.18) ** 2)) * (0.3 * strength),
        (0.96, 0.9, 0.88),
        patch,
    )
    lines = [_vessel(rng, centre, radius, size) for _ in range(6)]
    x, y, thick = (np.concatenate(part) for part in zip(*lines, strict=True))
    lay(picture, dots(size, x, y, thick) * (0.8 * strength), (0.74, 0.10, 0.14))
    x, y = scatter(rng, centre, 0.8 * radius, 5)
    lay(picture, dots(size, x, y, radius * rng.uniform(0.07, 0.16, 5)) * (0.6 * strength), (0.36, 0.38, 0.48))
    ulcer = blob(size, scatter(rng, centre, 0.3 * radius, 1)[:, 0].tolist(), (radius * 0.2, radius * 0.15), 1.0)
    lay(picture, ulcer.cover(0.5, 0.7 * strength), (0.55, 0.17, 0.12), ulcer)
    return patch.whole_inside(size)


def _haemangioma(picture: Plane, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """Red or purple lakes, parted by paler walls."""
    size, radius = picture.shape[-1], lesion.size_mm / FIELD_MM / 2
    patch = _outline(lesion, centre, rng, size, 0.05)
    colour = (0.80, 0.10, 0.14) if lesion.attributes["colour"] == "red" else (0.44, 0.10, 0.30)
    cover = patch.cover(EDGES[lesion.margin or "smooth"]) * strength
    lay(picture, cover * 0.55, (0.82, 0.42, 0.44), patch)
    count = 16 + int(160 * radius)
    x, y = scatter(rng, centre, 0.84 * radius, count, power=0.5)
    lakes = dots(size, x, y, radius * rng.uniform(0.1, 0.2, count))[patch.rows, patch.columns]
    lay(picture, lakes * cover * 0.9, colour, patch)
    return patch.whole_inside(size)


def _net(patch: Patch, size: int, line: float) -> Plane:
    """A pigment network: the walls of a slightly bent honeycomb."""
    x, y = mesh(size)
    k = 2.0 * math.pi * FIELD_MM / NET_MM
    u = x[:, patch.columns] + 0.006 * np.sin(31.0 * y[patch.rows])
    v = y[patch.rows] + 0.006 * np.sin(29.0 * x[:, patch.columns])
    waves = sum(np.cos(k * (math.cos(a) * u + math.sin(a) * v)) for a in (0.3, 0.3 + math.pi / 3, 0.3 - math.pi / 3))
    return np.clip(line - 0.55 * np.asarray(waves), 0.0, 1.0).astype(np.float32)


def _vessel(rng: np.random.Generator, centre: Point, radius: float, size: int) -> tuple[Plane, Plane, Plane]:
    """A thin vessel that grows in from the border and winds."""
    start, far = 2.0 * math.pi * float(rng.random()), radius * (0.75 + 0.25 * float(rng.random()))
    heading = start + math.pi + np.cumsum(rng.normal(0.0, 0.45, 9))
    step = 1.15 * radius / 9
    x = centre[0] + far * math.cos(start) + np.cumsum(step * np.cos(heading))
    y = centre[1] + far * math.sin(start) + np.cumsum(step * np.sin(heading))
    return stroke(x, y, np.linspace(0.0042, 0.0018, 9), size)


Brush = Callable[[Plane, Lesion, Point, np.random.Generator, float], Mask]
_BRUSHES: dict[str, Brush] = {
    "melanoma": _melanoma,
    "naevus": _naevus,
    "keratosis": _keratosis,
    "carcinoma": _carcinoma,
    "haemangioma": _haemangioma,
}
