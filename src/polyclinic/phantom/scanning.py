"""From tissue to the voxels that a scanner gives: MR with its shading and Rician noise, CT in Hounsfield units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Person
from polyclinic.phantom.painting import blur
from polyclinic.phantom.solids import Floats, Grid, mist

MR_UNIT = 1000.0
# Gain and gamma of MR, offset in HU and slope of CT at each site; the last is where the domain shifts to.
MR_SITES = ((1.0, 1.0), (1.15, 0.93), (0.88, 1.07), (1.05, 1.12))
MR_SHIFTED = (1.4, 0.78)
CT_SITES = ((0.0, 1.0), (5.0, 1.01), (-6.0, 0.99), (3.0, 1.02))
CT_SHIFTED = (28.0, 1.08)
# Blur as a share of a slice's side, and noise: of the brightest MR tissue, and in HU.
SCANNERS = ((0.0025, 0.018, 9.0), (0.0035, 0.013, 7.0), (0.0045, 0.024, 12.0))
SHIFTED_BLUR = 0.003
HU_LEAST, HU_MOST = -1024, 3071


def magnetic(signal: Floats, grid: Grid, person: Person, dials: Dials, rng: np.random.Generator) -> NDArray[np.uint16]:
    """One MR sequence of a signal that runs from 0 to 1: shaded by the coil, never below zero."""
    sharp, noise, _ = SCANNERS[person.scanner % len(SCANNERS)]
    gain, gamma = _site(MR_SITES, MR_SHIFTED, person, dials)
    own = 1.0 + 0.05 * dials.anatomy * float(np.clip(rng.standard_normal(), -2.0, 2.0))
    light = np.clip(blur(signal, sharp + SHIFTED_BLUR * dials.shift), 0.0, None)
    light **= np.float32(gamma)
    light *= np.float32(gain * own) * (1.0 + np.float32(0.07 * dials.anatomy) * mist(rng, grid, 2))
    if dials.noise > 0:
        grain = rng.standard_normal((2, *light.shape), dtype=np.float32) * np.float32(noise * dials.noise)
        light = np.hypot(light + grain[0], grain[1])
    return np.asarray(np.clip(light * MR_UNIT + 0.5, 0, 65535), np.uint16)


def tomographic(hu: Floats, person: Person, dials: Dials, rng: np.random.Generator) -> NDArray[np.int16]:
    """A CT: the site's calibration, the kernel's blur, and noise that is grainier than a voxel is wide."""
    sharp, _, noise = SCANNERS[person.scanner % len(SCANNERS)]
    offset, scale = _site(CT_SITES, CT_SHIFTED, person, dials)
    seen = blur(hu, sharp + SHIFTED_BLUR * dials.shift) * np.float32(scale) + np.float32(offset)
    if dials.noise > 0:
        seen += np.float32(noise * dials.noise) * rng.standard_normal(seen.shape, dtype=np.float32)
    return np.asarray(np.clip(np.rint(seen), HU_LEAST, HU_MOST), np.int16)


def _site(
    sites: tuple[tuple[float, float], ...], shifted: tuple[float, float], person: Person, dials: Dials
) -> tuple[float, float]:
    first, second = sites[person.site % len(sites)]
    return first + dials.shift * (shifted[0] - first), second + dials.shift * (shifted[1] - second)
