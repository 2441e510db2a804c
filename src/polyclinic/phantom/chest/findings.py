"""The eight findings as parts of a scene: what each adds to the chest, and what it does to the space it is in."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from polyclinic.phantom.chest.body import SIGN, Body
from polyclinic.phantom.chest.latents import Side
from polyclinic.phantom.chest.scene import AIR, LUNG, SOFT, Cavity, Part
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.primitives import Ellipsoid, Slab, Vector, rotation, spindle, turned

FULL = SOFT - LUNG


def raised_mm(lesions: tuple[Lesion, ...], side: Side) -> float:
    """How far volume loss lifts the diaphragm of one side."""
    losses = [item.size_mm for item in lesions if item.name == "atelectasis" and item.side == side]
    return 0.16 * max(losses, default=0.0)


def with_fluid(space: Cavity, lesion: Lesion, body: Body, contrast: float) -> tuple[Cavity, Part]:
    """A cavity with fluid below a meniscus: what is outside a large ellipsoid that hangs over it."""
    assert lesion.side is not None
    s, lung = SIGN[lesion.side], space.lung
    surface = body.floor(lesion.side) + lesion.size_mm
    tall = 230.0
    hanging = Ellipsoid(
        (lung.centre[0] - s * 14.0, -14.0, surface + tall), (2.4 * lung.radii[0], 2.1 * body.depth, tall)
    )
    part = Part("effusion", 0.85 * contrast * lesion.density * FULL, space.whole, (hanging, *space.drop), lesion.key)
    return replace(space, aired=(*space.aired, hanging)), part


def with_free_air(space: Cavity, lesion: Lesion, contrast: float) -> tuple[Cavity, tuple[Part, ...]]:
    """A cavity whose lung has shrunk away from wall and apex, with air and a thin pleural line around it."""
    assert lesion.side is not None
    lung = space.lung
    shrunken = _shrunken(lung, lesion.size_mm, SIGN[lesion.side], 0.0)
    under_pleura = _shrunken(lung, lesion.size_mm, SIGN[lesion.side], 1.8)
    strength = contrast * lesion.density
    parts = (
        Part("pneumothorax", strength * (AIR - LUNG), space.aired, (shrunken, *space.drop), lesion.key),
        Part("pleura", 0.8 * strength * FULL, (shrunken, *space.aired), (under_pleura, *space.drop)),
        Part("lung", 0.05 * strength, (shrunken, *space.aired), space.drop),
    )
    return replace(space, aired=(*space.aired, shrunken), collapsed=shrunken), parts


def _shrunken(lung: Ellipsoid, gap_mm: float, s: float, less: float) -> Ellipsoid:
    x, y, z = lung.centre
    rx, ry, rz = lung.radii
    centre = (x - s * 0.28 * gap_mm, y, z - 0.45 * gap_mm)
    return replace(
        lung, centre=centre, radii=(rx - 0.3 * gap_mm - less, ry - 0.22 * gap_mm - less, rz - 0.55 * gap_mm - less)
    )


def focal(lesion: Lesion, centre: Vector, space: Cavity, rng: np.random.Generator, contrast: float) -> list[Part]:
    """The parts of a lesion that lies within aerated lung.

    Args:
        rng: the lesion's own stream, so that its shape is the same at each visit.
    """
    return _SHAPES[lesion.name](lesion, centre, space, rng, contrast * lesion.density * FULL)


def _nodule(lesion: Lesion, centre: Vector, space: Cavity, rng: np.random.Generator, density: float) -> list[Part]:
    r = lesion.size_mm / 2
    u = rng.random(4).tolist()
    ball = turned(centre, (r, r * (0.86 + 0.14 * u[0]), r * (0.86 + 0.14 * u[1])), rotation(about_y=180.0 * u[2]))
    parts = [Part("nodule", 1.35 * density, (ball, *space.aired), space.drop, lesion.key)]
    return parts + _spicules(lesion, centre, r, space, rng, density) if lesion.margin == "irregular" else parts


def _mass(lesion: Lesion, centre: Vector, space: Cavity, rng: np.random.Generator, density: float) -> list[Part]:
    """Overlapping lobes; what an earlier lobe covers is left out of the later ones."""
    r = lesion.size_mm / 2
    u = rng.random((3, 4)).tolist()
    lobes: list[Ellipsoid] = []
    parts = []
    for i in range(2 + (u[0][3] > 0.5)):
        angle = 2 * math.pi * (u[0][0] + i / 3)
        away = 0.0 if i == 0 else 0.46 * r
        place = (
            centre[0] + away * math.cos(angle),
            centre[1] + 0.3 * r * (u[i][1] - 0.5),
            centre[2] + away * math.sin(angle),
        )
        scale = 0.86 * r if i == 0 else (0.5 + 0.14 * u[i][2]) * r
        lobe = turned(place, (scale, 0.85 * scale, 0.88 * scale), rotation(about_y=180.0 * u[i][1]))
        parts.append(Part("mass", 0.95 * density, (lobe, *space.aired), (*lobes, *space.drop), lesion.key))
        lobes.append(lobe)
    return parts + _spicules(lesion, centre, 0.85 * r, space, rng, density) if lesion.margin == "irregular" else parts


def _spicules(
    lesion: Lesion, centre: Vector, radius: float, space: Cavity, rng: np.random.Generator, density: float
) -> list[Part]:
    """Short strands that radiate from an irregular margin."""
    parts = []
    for i, (turn, long) in enumerate(rng.random((7, 2)).tolist()):
        angle = 2 * math.pi * (i + 0.7 * turn) / 7
        c, s = math.cos(angle), math.sin(angle)
        reach = radius * (1.25 + 0.3 * long) + 2.0
        start = (centre[0] + 0.5 * radius * c, centre[1], centre[2] + 0.5 * radius * s)
        strand = spindle(start, (centre[0] + reach * c, centre[1], centre[2] + reach * s), 2.0 + 0.06 * radius)
        parts.append(Part(lesion.name, density, (strand, *space.aired), space.drop, lesion.key))
    return parts


def _pneumonia(lesion: Lesion, centre: Vector, space: Cavity, rng: np.random.Generator, density: float) -> list[Part]:
    """Confluent consolidation that a fissure bounds on one side."""
    r = lesion.size_mm / 2
    u = rng.random(4).tolist()
    cloud = turned(centre, (r, 0.85 * r, (0.72 + 0.2 * u[0]) * r), rotation(about_y=60.0 * (u[1] - 0.5)))
    tilt = math.radians(36.0 * (u[2] - 0.5))
    normal = (math.sin(tilt), 0.12, math.cos(tilt))
    at = sum(n * c for n, c in zip(normal, centre, strict=True))
    cut = 0.32 * r
    fissure = Slab(normal, at - cut, at + 4 * r) if u[3] < 0.5 else Slab(normal, at - 4 * r, at + cut)
    return [Part("pneumonia", 1.0 * density, (cloud, fissure, *space.aired), space.drop, lesion.key, soft=True)]


def _infiltration(
    lesion: Lesion, centre: Vector, space: Cavity, rng: np.random.Generator, density: float
) -> list[Part]:
    """A cluster of small faint blobs without clear borders."""
    r = lesion.size_mm / 2
    parts = []
    for angle, away, deep, big in rng.random((int(rng.integers(7, 15)), 4)).tolist():
        d = 0.8 * r * math.sqrt(away)
        place = (
            centre[0] + d * math.cos(6.2832 * angle),
            centre[1] + 0.9 * r * (deep - 0.5),
            centre[2] + d * math.sin(6.2832 * angle),
        )
        blob = Ellipsoid(place, (9.0 + 6.5 * big,) * 3)
        parts.append(Part("infiltration", 0.82 * density, (blob, *space.aired), space.drop, lesion.key, soft=True))
    return parts


def _atelectasis(lesion: Lesion, centre: Vector, space: Cavity, rng: np.random.Generator, density: float) -> list[Part]:
    """A flat plate of collapsed lung, seen nearly edge on."""
    r = lesion.size_mm / 2
    u = rng.random(3).tolist()
    turn = rotation(about_x=10.0 * (u[0] - 0.5), about_y=56.0 * (u[1] - 0.5))
    plate = turned(centre, (r, 0.7 * r, 3.2 + 0.055 * r + 1.6 * u[2]), turn)
    return [Part("atelectasis", 0.9 * density, (plate, *space.aired), space.drop, lesion.key)]


_SHAPES: dict[str, Callable[[Lesion, Vector, Cavity, np.random.Generator, float], list[Part]]] = {
    "atelectasis": _atelectasis,
    "infiltration": _infiltration,
    "mass": _mass,
    "nodule": _nodule,
    "pneumonia": _pneumonia,
}
