"""How the voxels of a viewer's visual cortex respond to a picture: a linear map, a slow wave, and noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.keys import stream
from polyclinic.phantom.painting import Plane

Array = NDArray[np.float64]
VOXELS, SCANS, SCAN_S = 96, 10, 2.0
GRID = 8
# Brightness, red against green, blue against yellow.
OPPONENT = np.array([(0.30, 0.59, 0.11), (0.5, -0.5, 0.0), (-0.25, -0.25, 0.5)])
GREY_PIXELS = 0.5
# Width of a receptive field as a share of the picture's side.
FIELDS = (0.06, 0.2)
RELIABLE = (0.05, 0.9)
LATE_S = 0.6
# Share of a scan's noise that the next one inherits.
LINGERS = 0.35


@dataclass(frozen=True)
class Cortex:
    """The visual cortex of one viewer.

    Args:
        weights: (voxel, feature).
        rest, spread: mean and deviation of what the weights give over many pictures, for each voxel.
        waves: (voxel, scan), each of unit length.
        reliability: share of the variance of a voxel's response that the picture explains where the noise is 1.
    """

    weights: Array
    rest: Array
    spread: Array
    waves: Array
    reliability: Array

    @classmethod
    def of(cls, rng: np.random.Generator, seen: Array) -> Cortex:
        """A cortex with its own receptive fields.

        Args:
            seen: features of many pictures, as rows, by which responses are brought to unit deviation.
        """
        weights = _fields(rng)
        response = seen @ weights.T
        late_s = rng.uniform(-LATE_S, LATE_S, VOXELS)
        waves = wave(np.arange(SCANS) * SCAN_S - late_s[:, None])
        waves /= np.linalg.norm(waves, axis=1, keepdims=True)
        reliability = rng.uniform(*RELIABLE, VOXELS)
        return cls(weights, response.mean(0), response.std(0), waves, reliability)

    def amplitudes(self, picture: Plane) -> Array:
        """How strongly each voxel responds, without noise: of mean 0 and deviation 1 over pictures."""
        return np.asarray((self.weights @ features(picture) - self.rest) / self.spread)

    def respond(self, picture: Plane, noise: float, rng: np.random.Generator) -> NDArray[np.float32]:
        """What is measured of each voxel at each scan after the picture."""
        steady = rng.standard_normal((VOXELS, SCANS))
        for scan in range(1, SCANS):
            steady[:, scan] = LINGERS * steady[:, scan - 1] + (1.0 - LINGERS**2) ** 0.5 * steady[:, scan]
        apart = np.abs(np.arange(SCANS)[:, None] - np.arange(SCANS))
        along = np.einsum("vs,st,vt->v", self.waves, LINGERS**apart, self.waves)
        much = noise * np.sqrt((1.0 / self.reliability - 1.0) / along)
        return np.asarray(self.amplitudes(picture)[:, None] * self.waves + much[:, None] * steady, np.float32)


def features(picture: Plane) -> Array:
    """Brightness and two differences of colours in each field of a grid, linear in the picture (channel, y, x)."""
    size = picture.shape[-1]
    means = _means(size)
    cells = means @ (np.asarray(picture, np.float64) - GREY_PIXELS) @ means.T
    return np.asarray(np.einsum("oc,cyx->oyx", OPPONENT, cells).reshape(-1))


@lru_cache(maxsize=8)
def _means(size: int) -> Array:
    """Of each field of the grid the shares that rows (or columns) of pixels have in it."""
    edges, at = np.linspace(0.0, size, GRID + 1), np.arange(size)
    held = np.minimum(edges[1:, None], at + 1.0) - np.maximum(edges[:-1, None], at)
    return np.asarray(np.clip(held, 0.0, None) * (GRID / size))


def _fields(rng: np.random.Generator) -> Array:
    """Weights of round receptive fields, each with its own taste in colours."""
    centre, wide = rng.uniform(0.1, 0.9, (2, VOXELS, 1)), rng.uniform(*FIELDS, (VOXELS, 1))
    at = (np.arange(GRID) + 0.5) / GRID
    across, down = (np.exp(-0.5 * ((at - middle) / wide) ** 2) for middle in centre)
    taste = rng.standard_normal((VOXELS, len(OPPONENT)))
    return np.asarray(np.einsum("vo,vy,vx->voyx", taste, down, across).reshape(VOXELS, -1))


def wave(time_s: Array) -> Array:
    """The slow response of the blood's oxygen to a short event at time 0: a peak near 5 s, then a shallow dip.

    Source:
        The difference of two gamma densities, of the shapes 6 and 16 and the ratio 6 (Glover, NeuroImage 1999).

    Example:
        >>> at = np.arange(0.0, 30.0, 0.5)
        >>> float(at[wave(at).argmax()]), float(wave(np.array(-1.0)))
        (5.0, 0.0)
    """
    late = np.maximum(time_s, 0.0)
    peak, dip = late**5 / 120.0, late**15 / 1.307674368e12
    return np.asarray((peak - dip / 6.0) * np.exp(-late))


@lru_cache(maxsize=16)
def cortex_of(seed: int, viewer: int, seen: bytes) -> Cortex:
    """The cortex of a viewer, the same for all pictures.

    Args:
        seen: features of many pictures, as the bytes of a table.
    """
    return Cortex.of(stream(seed, viewer, "person", 1), np.frombuffer(seen).reshape(-1, len(OPPONENT) * GRID**2))
