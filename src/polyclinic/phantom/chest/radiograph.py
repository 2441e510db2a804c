"""From attenuation to a film: Beer-Lambert, scatter, the detector's blur and noise, the site's grey scale."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.chest.latents import Habitus
from polyclinic.phantom.chest.projection import FIELD_MM
from polyclinic.phantom.dials import Dials, View
from polyclinic.phantom.primitives import Floats

Film = NDArray[np.uint8]
SCATTER_MM, COARSE = 60.0, 16
NOISE = 0.011
# By how much the exposure's logarithm is raised.
MORE_EXPOSURE: dict[View, float] = {"frontal": 0.0, "lateral": 1.1}


def expose(thickness: Floats, habitus: Habitus, dials: Dials, rng: np.random.Generator, view: View = "frontal") -> Film:
    """The displayed film, uint8, bones bright and air dark (MONOCHROME2).

    Args:
        thickness: Beer-Lambert's exponent for each ray.
        habitus: its site sets exposure and grey scale, its scanner sharpness and noise.
        view: a lateral film gets more exposure.
    """
    jitter = dials.anatomy * np.clip(rng.standard_normal(5), -2.0, 2.0)
    primary = np.exp(MORE_EXPOSURE[view] - thickness)
    signal = primary + (0.30 + 0.03 * float(jitter[0])) * _scatter(primary)
    signal = _blur(signal, (0.10, 0.16, 0.22)[habitus.scanner % 3] + 0.06 * dials.shift)
    logs = -np.log(signal)
    if dials.noise > 0:
        grain = rng.standard_normal(thickness.shape, dtype=np.float32)
        grain *= NOISE * dials.noise * (1.0, 0.8, 1.25)[habitus.scanner % 3] * (1.0 + 0.1 * float(jitter[1]))
        logs += grain / np.sqrt(signal)
    return _display(logs, habitus, dials, jitter)


def _display(logs: Floats, habitus: Habitus, dials: Dials, jitter: NDArray[np.float64]) -> Film:
    """Fixed grey scale of the site, moved by each exposure's jitter; never by the picture's own values."""
    low = (0.84, 0.96, 0.78, 0.90)[habitus.site % 4] + 0.16 * float(jitter[2]) - 0.3 * dials.shift
    width = (2.75, 2.6, 2.9, 2.7)[habitus.site % 4] + 0.16 * float(jitter[3]) + 0.5 * dials.shift
    grey = (logs - (low + 0.75 * habitus.build)) * (1.0 / width)
    np.clip(grey, 0.0, 1.0, out=grey)
    gamma = 0.10 * float(jitter[4])
    grey += gamma * grey * (1.0 - grey)
    grey *= 255.0
    return (grey + 0.5).astype(np.uint8)


def collimate(film: Film, rng: np.random.Generator, amount: float) -> Film:
    """Black borders where the beam was narrowed, on some films."""
    size = film.shape[0]
    edges = np.maximum(0.0, rng.random(4) * 0.11 - 0.055) * size * amount
    top, bottom, left, right = edges.astype(int).tolist()
    film[:top] = film[size - bottom :] = 0
    film[:, :left] = film[:, size - right :] = 0
    return film


def _blur(signal: Floats, weight: float) -> Floats:
    """Three-tap blur along rows and columns; a share `weight` goes to each neighbour."""
    out = signal * (1.0 - 2.0 * weight)
    out[1:] += weight * signal[:-1]
    out[:-1] += weight * signal[1:]
    out[0] += weight * signal[0]
    out[-1] += weight * signal[-1]
    wide = out * (1.0 - 2.0 * weight)
    wide[:, 1:] += weight * out[:, :-1]
    wide[:, :-1] += weight * out[:, 1:]
    wide[:, 0] += weight * out[:, 0]
    wide[:, -1] += weight * out[:, -1]
    return wide


@lru_cache(maxsize=4)
def _scatter_matrices(size: int) -> tuple[Floats, Floats]:
    """Down to a coarse grid by means, and up again through a broad bell."""
    edges = np.linspace(0, size, COARSE + 1)
    rows = np.arange(size)
    down = ((rows[None, :] >= edges[:-1, None].round()) & (rows[None, :] < edges[1:, None].round())).astype(np.float64)
    down /= down.sum(1, keepdims=True)
    middles = (edges[:-1] + edges[1:]) / 2
    away = (rows[:, None] + 0.5 - middles[None, :]) * FIELD_MM / size
    up = np.exp(-0.5 * (away / SCATTER_MM) ** 2)
    up /= up.sum(1).max()
    return down.astype(np.float32), up.astype(np.float32)


def _scatter(primary: Floats) -> Floats:
    """Broad glow of the primary beam, worked out on a coarse grid."""
    down, up = _scatter_matrices(primary.shape[0])
    coarse = down @ np.minimum(primary, 0.3) @ down.T
    return (up @ coarse) @ up.T
