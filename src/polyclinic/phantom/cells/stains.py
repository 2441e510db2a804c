"""What each stain shows of cells whose centres and nuclei are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.painting import Plane, Point, clouds, dots, mesh

REACH = 0.135


@dataclass(frozen=True)
class Layout:
    """For each pixel, its cell.

    Args:
        centres: of the cells, a row of x and a row of y.
        dx, dy: from the nearest centre.
        near: distance to it.
        border: how much farther the second nearest is; 0 where two cells meet.
        body: 1 within a cell, 0 far from every cell.
    """

    centres: NDArray[np.float32]
    dx: Plane
    dy: Plane
    near: Plane
    border: Plane
    body: Plane
    dna: Plane

    @classmethod
    def of(cls, centres: tuple[Point, ...], dna: Plane, rng: np.random.Generator) -> Layout:
        """The layout of cells that share the field among them; it is warped a little, so that no cell is round."""
        size = len(dna)
        x, y = (axis + 0.017 * clouds(rng, size, 7) for axis in mesh(size))
        near = np.full((size, size), 4.0, np.float32)
        second, dx, dy = near.copy(), np.zeros_like(near), np.zeros_like(near)
        for cx, cy in centres:
            away = (x - np.float32(cx)) ** 2 + (y - np.float32(cy)) ** 2
            np.minimum(second, np.maximum(near, away), out=second)
            closer = away < near
            np.minimum(near, away, out=near)
            np.copyto(dx, x - np.float32(cx), where=closer)
            np.copyto(dy, y - np.float32(cy), where=closer)
        near = np.sqrt(near)
        border = np.sqrt(second) - near
        body = np.clip((REACH - near) / 0.025, 0.0, 1.0) * np.clip(border / 0.012, 0.0, 1.0)
        return cls(np.array(centres, np.float32).reshape(-1, 2).T, dx, dy, near, border, body, dna)


def glow(stain: str, cells: Layout, rng: np.random.Generator) -> Plane:
    """How brightly each pixel shines in one channel; about 1 at most."""
    return np.asarray(STAIN_LIGHTS[stain](cells, rng), np.float32)


def _dna(cells: Layout, rng: np.random.Generator) -> Plane:
    return cells.dna


def _actin(cells: Layout, rng: np.random.Generator) -> Plane:
    """Bundles that run one way, and a rim where cells meet."""
    size = len(cells.near)
    way = 1.2 * clouds(rng, size, 3)
    bundles = 0.5 + 0.5 * np.cos(150.0 * (np.cos(way) * cells.dx + np.sin(way) * cells.dy))
    rim = np.exp(-((cells.border / 0.016) ** 2)) + np.exp(-(((cells.near - REACH) / 0.012) ** 2))
    return np.asarray(cells.body * (0.10 + 0.38 * bundles**3) + 0.75 * rim * (cells.near < REACH + 0.02))


def _tubulin(cells: Layout, rng: np.random.Generator) -> Plane:
    """Threads that spread from the nucleus."""
    turn = np.arctan2(cells.dy, cells.dx) + 4.0 * cells.near + 0.3 * clouds(rng, len(cells.near), 16)
    threads = (0.5 + 0.5 * np.cos(15.0 * turn)) ** 2
    return np.asarray(cells.body * (0.12 + 0.75 * threads * np.exp(-cells.near / 0.09)))


def _mitochondria(cells: Layout, rng: np.random.Generator) -> Plane:
    """Short bent rods around the nucleus."""
    size = len(cells.near)
    rods = np.exp(-((clouds(rng, size, 34) / 0.3) ** 2)) * (clouds(rng, size, 22) > 0.1)
    return np.asarray(cells.body * _outside(cells) * np.exp(-((cells.near / 0.095) ** 2)) * (0.08 + 0.95 * rods))


def _reticulum(cells: Layout, rng: np.random.Generator) -> Plane:
    """A haze that is densest around the nucleus."""
    uneven = 1.0 + 0.22 * clouds(rng, len(cells.near), 30)
    return np.asarray(cells.body * _outside(cells) * np.exp(-cells.near / 0.075) * 1.3 * uneven)


def _golgi(cells: Layout, rng: np.random.Generator) -> Plane:
    """A stack of ribbons at one side of the nucleus."""
    count, turn = cells.centres.shape[1], 2.0 * np.pi * rng.random(cells.centres.shape[1])
    x, y = (cells.centres[axis] + 0.06 * wave(turn) for axis, wave in enumerate((np.cos, np.sin)))
    bits = rng.normal(0.0, 0.011, (2, 7, count))
    shine = dots(len(cells.near), (x + bits[0]).ravel(), (y + bits[1]).ravel(), 0.0075)
    return np.asarray(0.06 * cells.body + 0.85 * shine)


def _membrane(cells: Layout, rng: np.random.Generator) -> Plane:
    """Thin lines where cells meet and where they end."""
    line = np.exp(-((cells.border / 0.009) ** 2)) * (cells.near < REACH)
    return np.asarray(0.07 * cells.body + 0.8 * line + 0.55 * np.exp(-(((cells.near - REACH) / 0.008) ** 2)))


def _rna(cells: Layout, rng: np.random.Generator) -> Plane:
    """Nucleoli, and a paler cytoplasm."""
    count = cells.centres.shape[1]
    bits = rng.normal(0.0, 0.02, (2, 3, count))
    x, y = ((cells.centres[axis] + bits[axis]).ravel() for axis in (0, 1))
    spots = dots(len(cells.near), x, y, 0.0095) * np.clip(cells.dna * 2.0, 0.0, 1.0)
    return np.asarray(0.3 * cells.body * _outside(cells) + 0.18 * cells.dna + 0.75 * spots)


def _outside(cells: Layout) -> Plane:
    """1 outside nuclei."""
    return np.clip(1.0 - 1.4 * cells.dna, 0.0, 1.0)


STAIN_LIGHTS: dict[str, Callable[[Layout, np.random.Generator], Plane]] = {
    "DNA": _dna,
    "actin": _actin,
    "tubulin": _tubulin,
    "mitochondria": _mitochondria,
    "endoplasmic reticulum": _reticulum,
    "golgi": _golgi,
    "membrane": _membrane,
    "RNA": _rna,
}
STAINS = tuple(STAIN_LIGHTS)
