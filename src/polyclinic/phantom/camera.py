"""From a picture to the bytes that a camera gives: the site's colours, the scanner's sharpness and grain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Person
from polyclinic.phantom.painting import Plane, blur

# Gain of red, green and blue, and gamma, at each site; towards the last where the domain shifts.
SITES = ((1.0, 1.0, 1.0, 1.0), (1.05, 0.98, 0.93, 0.94), (0.94, 1.0, 1.06, 1.06), (1.02, 0.95, 1.0, 1.1))
SHIFTED = (0.86, 1.05, 1.2, 0.82)
# Blur as a share of the picture's side, and grain, of each scanner.
SCANNERS = ((0.0022, 0.012), (0.0036, 0.009), (0.0048, 0.017))
SHIFTED_BLUR = 0.003


def shoot(picture: Plane, person: Person, dials: Dials, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The photograph of a picture whose channels run from 0 to 1, each exposed a little differently."""
    sharp, _ = SCANNERS[person.scanner % len(SCANNERS)]
    jitter = exposure(dials, rng)
    return expose(blur(picture, sharp + SHIFTED_BLUR * dials.shift), person, dials, jitter, rng)


def exposure(dials: Dials, rng: np.random.Generator) -> NDArray[np.float64]:
    """By how much a photograph is lighter, warmer and steeper than the site's others."""
    return 1.0 + 0.04 * dials.anatomy * np.clip(rng.standard_normal(4), -2.0, 2.0)


def expose(
    light: Plane, person: Person, dials: Dials, jitter: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The bytes of light that has passed the lens, which is changed in place.

    Args:
        jitter: this photograph's `exposure`.
    """
    _, grain = SCANNERS[person.scanner % len(SCANNERS)]
    site = np.array(SITES[person.site % len(SITES)]) * (1.0 - dials.shift) + dials.shift * np.array(SHIFTED)
    np.clip(light, 0.0, None, out=light)
    light **= np.float32(site[3] * jitter[3])
    light *= (site[:3] * jitter[0] * (1.0 + 0.25 * (jitter[1] - 1.0) * np.array([1.0, 0.0, -1.0])))[
        :, None, None
    ].astype(np.float32)
    if dials.noise > 0:
        light += np.float32(grain * dials.noise) * rng.standard_normal(light.shape, dtype=np.float32)
    np.clip(light, 0.0, 1.0, out=light)
    light *= 255.0
    return (light + 0.5).astype(np.uint8)
