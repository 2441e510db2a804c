"""Nuclei as sets of blobs: the usual one, and those of each finding."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import Point

USUAL_UM = (11.5, 15.0)


@dataclass(frozen=True)
class Ball:
    """A part of a nucleus, in micrometres around the cell's centre.

    Args:
        light: against 1 for a usual nucleus; DNA that is packed more densely is brighter.
        edge: width of its soft edge, as a share of the radius.
    """

    x: float
    y: float
    radii: Point
    angle: float = 0.0
    light: float = 1.0
    edge: float = 0.35


def usual(rng: np.random.Generator) -> tuple[Ball, ...]:
    """A nucleus without a finding; some are dimmer, and a few out of focus."""
    u = rng.random(5).tolist()
    long = USUAL_UM[0] + (USUAL_UM[1] - USUAL_UM[0]) * u[0]
    edge = 0.35 if u[3] < 0.9 else 1.1
    return (Ball(0.0, 0.0, (long / 2, long / 2 * (0.68 + 0.28 * u[1])), math.pi * u[2], 0.7 + 0.4 * u[4], edge),)


def unusual(lesion: Lesion, rng: np.random.Generator) -> tuple[Ball, ...]:
    """The nucleus, or what there is in its place, of a cell with a finding."""
    return _SHAPES[lesion.name](lesion, 1000.0 * lesion.size_mm, rng)


def _mitosis(lesion: Lesion, um: float, rng: np.random.Generator) -> tuple[Ball, ...]:
    """Condensed chromosomes: a knot of threads, one plate, or two plates that part."""
    turn = math.pi * float(rng.random())
    across = (-math.sin(turn), math.cos(turn))
    if lesion.attributes["phase"] == "metaphase":
        return (Ball(0.0, 0.0, (um / 2, um * 0.15), turn, 2.1, 0.5),)
    if lesion.attributes["phase"] == "anaphase":
        gap = 0.32 * um
        return tuple(
            Ball(s * gap * across[0], s * gap * across[1], (um * 0.4, um * 0.12), turn, 2.0, 0.5) for s in (-1, 1)
        )
    threads = []
    for _ in range(11):
        far, way, lean = 0.36 * um * math.sqrt(float(rng.random())), 2 * math.pi * rng.random(), math.pi * rng.random()
        threads.append(Ball(far * math.cos(way), far * math.sin(way), (um * 0.17, um * 0.07), float(lean), 1.9, 0.6))
    return tuple(threads)


def _apoptosis(lesion: Lesion, um: float, rng: np.random.Generator) -> tuple[Ball, ...]:
    """Small, round, very bright fragments of different sizes."""
    fragments = []
    for i in range(6):
        wide = um * (0.08 + 0.11 * float(rng.random()))
        far, way = (um / 2 - wide) * math.sqrt(float(rng.random())), 2 * math.pi * (i + float(rng.random())) / 6
        fragments.append(Ball(far * math.cos(way), far * math.sin(way), (wide, wide), 0.0, 2.4, 0.4))
    return tuple(fragments)


def _binucleation(lesion: Lesion, um: float, rng: np.random.Generator) -> tuple[Ball, ...]:
    """Two usual nuclei side by side."""
    turn, part = math.pi * float(rng.random()), um * 0.26
    x, y = part * math.cos(turn), part * math.sin(turn)
    return tuple(Ball(s * x, s * y, (um * 0.24, um * 0.21), turn + 1.57, 0.95) for s in (-1, 1))


def _micronucleus(lesion: Lesion, um: float, rng: np.random.Generator) -> tuple[Ball, ...]:
    """A usual nucleus with a small round one beside it."""
    (nucleus,) = usual(rng)
    way = 2 * math.pi * float(rng.random())
    far = nucleus.radii[0] + um / 2 + 1.2
    return nucleus, Ball(far * math.cos(way), far * math.sin(way), (um / 2, um / 2), 0.0, 0.95, 0.4)


def _giant(lesion: Lesion, um: float, rng: np.random.Generator) -> tuple[Ball, ...]:
    """A nucleus with several times the usual DNA."""
    flat = 0.78 + 0.2 * float(rng.random())
    return (Ball(0.0, 0.0, (um / 2, um / 2 * flat), math.pi * float(rng.random()), 1.0, 0.25),)


_SHAPES: dict[str, Callable[[Lesion, float, np.random.Generator], tuple[Ball, ...]]] = {
    "mitosis": _mitosis,
    "apoptosis": _apoptosis,
    "binucleation": _binucleation,
    "micronucleus": _micronucleus,
    "giant nucleus": _giant,
}
