"""The findings of the breast as they change how much the tissue echoes and weakens, each with its mask."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import Patch, Plane, Point, blob, bumps, clouds, dots, scatter, stroke

Mask = NDArray[np.bool_]
FIELD_MM = 40.0
# Echoes in dB below the brightest that the screen shows.
VOID_DB, CALCIUM_DB = -72.0, -2.0
ECHO_DB = {"hypoechoic": -38.0, "hyperechoic": -9.0}
CANCER_DB, SPIKE_DB, RIM_DB = -43.0, -34.0, -13.0
# What a mass takes from the beam, in dB for each mm of it, beyond what tissue takes; below 0 it is brighter behind.
LOSS_DB = {"shadow": 1.9, "none": 0.0, "enhancement": -0.9}
SPIKES = 9


@dataclass(frozen=True)
class Tissue:
    """A plane of tissue that is drawn on, depth running down.

    Args:
        echo_db: how much each place sends back.
        loss_db: what each place takes from the beam beyond the usual, in dB for each mm.
    """

    echo_db: Plane
    loss_db: Plane


def draw_finding(tissue: Tissue, lesion: Lesion, centre: Point, rng: np.random.Generator, contrast: float) -> Mask:
    """Draw a lesion in the tissue; its mask does not depend on the contrast."""
    return _BRUSHES[lesion.name](tissue, lesion, centre, rng, min(lesion.density * contrast, 1.0))


def _malignant(tissue: Tissue, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """A dark mass of uneven outline: spikes that run into the tissue, or an edge that fades."""
    size, radius = tissue.echo_db.shape[0], lesion.size_mm / FIELD_MM / 2
    upright = lesion.attributes["orientation"] == "upright"
    radii = (0.68 * radius, radius) if upright else (radius, 0.7 * radius)
    rough = 0.13 if lesion.margin == "angular" else 0.08
    mass = blob(size, centre, radii, 0.2 * float(rng.standard_normal()), bumps(rng, rough, 4))
    if lesion.margin == "spiculated":
        turn = 2.0 * math.pi * (np.arange(SPIKES) + rng.random(SPIKES)) / SPIKES
        far = radius * rng.uniform(1.3, 1.75, SPIKES)
        _lay(tissue, 0.8 * strength * _spikes(size, centre, turn, far), SPIKE_DB)
    edge = 0.75 if lesion.margin == "indistinct" else 0.2
    grain = 3.0 * clouds(rng, size, 14)[mass.rows, mass.columns]
    _lay(tissue, mass.cover(edge, strength), CANCER_DB + grain, mass)
    _lose(tissue, mass, LOSS_DB[lesion.attributes["posterior"]], strength)
    return mass.whole_inside(size)


def _spikes(size: int, centre: Point, turn: Plane, far: Plane) -> Plane:
    """Straight lines from a centre outwards, each thinning to a point."""
    lines = [
        stroke(
            (centre[0], centre[0] + reach * math.cos(angle)),
            (centre[1], centre[1] + reach * math.sin(angle)),
            (0.016, 0.003),
            size,
        )
        for angle, reach in zip(turn.tolist(), far.tolist(), strict=True)
    ]
    x, y, radius = (np.concatenate(part) for part in zip(*lines, strict=True))
    return dots(size, x, y, radius)


def _benign(tissue: Tissue, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """An even, well bounded mass that lies flat, in a thin bright capsule."""
    size, radius = tissue.echo_db.shape[0], lesion.size_mm / FIELD_MM / 2
    lobes = (0.0, 0.0, *(0.13 * np.array([math.cos(turn := 6.3 * float(rng.random())), math.sin(turn)])).tolist())
    wobble = lobes if lesion.attributes["shape"] == "lobed" else bumps(rng, 0.02)
    mass = blob(size, centre, (radius, 0.58 * radius), 0.15 * float(rng.standard_normal()), wobble)
    _rim(tissue, mass, strength)
    _lay(tissue, mass.cover(0.14, strength), ECHO_DB[lesion.attributes["echo"]], mass)
    _lose(tissue, mass, LOSS_DB[lesion.attributes["posterior"]], strength)
    return mass.whole_inside(size)


def _cyst(tissue: Tissue, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """Clear fluid: no echo inside, and the tissue behind it brighter."""
    size, radius = tissue.echo_db.shape[0], lesion.size_mm / FIELD_MM / 2
    flat = {"round": 0.94, "oval": 0.68}[lesion.attributes["shape"]]
    sac = blob(size, centre, (radius, flat * radius), 0.15 * float(rng.standard_normal()), bumps(rng, 0.015))
    _rim(tissue, sac, strength)
    _lay(tissue, sac.cover(0.12, strength), VOID_DB, sac)
    _lose(tissue, sac, LOSS_DB["enhancement"], strength)
    return sac.whole_inside(size)


def _duct(tissue: Tissue, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """A wide duct: a winding tube of fluid between two bright walls."""
    size, half = tissue.echo_db.shape[0], 0.5 * lesion.size_mm / FIELD_MM
    along = np.linspace(-1.0, 1.0, 12)
    rise = 0.3 * float(rng.standard_normal()) * along + 0.12 * np.sin(3.0 * along + 6.3 * float(rng.random()))
    x, y = centre[0] + half * along, centre[1] + half * rise
    tube, walls = (dots(size, *stroke(x, y, np.full(12, wide), size)) for wide in (0.026, 0.036))
    _lay(tissue, 0.6 * strength * walls, RIM_DB)
    _lay(tissue, strength * tube, VOID_DB)
    return tube > 0.5


def _calcification(tissue: Tissue, lesion: Lesion, centre: Point, rng: np.random.Generator, strength: float) -> Mask:
    """A cluster of bright specks, each with a thin shadow."""
    size, radius = tissue.echo_db.shape[0], 0.5 * lesion.size_mm / FIELD_MM
    x, y = scatter(rng, centre, radius, 12, power=0.6)
    specks = dots(size, x, y, rng.uniform(0.006, 0.011, 12))
    _lay(tissue, strength * specks, CALCIUM_DB)
    tissue.loss_db[...] += 2.2 * strength * specks
    return blob(size, centre, (radius, radius)).whole_inside(size)


def _lay(tissue: Tissue, cover: Plane, echo_db: float | Plane, patch: Patch | None = None) -> None:
    """Let the tissue echo so much where it is covered."""
    part = tissue.echo_db if patch is None else tissue.echo_db[patch.rows, patch.columns]
    part += cover * (echo_db - part)


def _rim(tissue: Tissue, patch: Patch, strength: float) -> None:
    """A thin bright line, brightest where it lies across the beam."""
    rows = np.linspace(-1.0, 1.0, patch.level.shape[0], dtype=np.float32)[:, None]
    cover = np.exp(-(((patch.level - 1.05) / 0.09) ** 2)) * np.abs(rows) ** 0.5
    _lay(tissue, (0.85 * strength) * cover, RIM_DB, patch)


def _lose(tissue: Tissue, patch: Patch, loss_db: float, strength: float) -> None:
    tissue.loss_db[patch.rows, patch.columns] += patch.cover(0.3, loss_db * strength)


Brush = Callable[[Tissue, Lesion, Point, np.random.Generator, float], Mask]
_BRUSHES: dict[str, Brush] = {
    "malignant mass": _malignant,
    "benign mass": _benign,
    "cyst": _cyst,
    "dilated duct": _duct,
    "calcification": _calcification,
}
