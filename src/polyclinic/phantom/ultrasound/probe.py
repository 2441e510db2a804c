"""From tissue to the bytes on the screen: speckle, shadows, the noise of the amplifier, and logarithms."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Person
from polyclinic.phantom.painting import Plane, clouds, mesh
from polyclinic.phantom.ultrasound.findings import FIELD_MM, Mask, Tissue

# Gain, what is left uncorrected of the loss from top to bottom, and the span of the screen, in dB, at each site;
# towards the last where the domain shifts.
SITES = ((0.0, 4.0, 56.0), (4.0, 7.0, 60.0), (-4.0, 3.0, 54.0), (2.0, 9.0, 64.0))
SHIFTED = (8.0, -2.0, 48.0)
# Grains of speckle down and across the picture, and the amplifier's noise in dB, of each scanner.
SCANNERS = ((100, 54, -52.0), (84, 44, -55.0), (112, 60, -49.0))
# Scanner whose beams fan out, so that the picture is a trapezium.
FANNED, FAN = 2, 0.1
NOISE_GAIN_DB = 10.0


def scan(tissue: Tissue, person: Person, dials: Dials, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture of a plane of tissue.

    Many echoes too close to tell apart add up to a complex normal amplitude, so that what is seen of even tissue
    follows a Rayleigh distribution. Its grains are short along the beam and wide across it.
    """
    down, across, noise_db = SCANNERS[person.scanner % len(SCANNERS)]
    site = np.array(SITES[person.site % len(SITES)]) * (1.0 - dials.shift) + dials.shift * np.array(SHIFTED)
    knobs = dials.anatomy * np.clip(rng.standard_normal(2), -2.0, 2.0)
    gain_db, fall_db, span_db = site + 1.5 * np.append(knobs, 0.0)
    depth = mesh(dials.size)[1]
    echo_db = tissue.echo_db - behind(tissue.loss_db) - fall_db * depth
    amplitude = _ratio(np.asarray(echo_db, np.float32))
    hiss = dials.noise * _ratio(noise_db + NOISE_GAIN_DB * depth)
    parts = [
        amplitude * clouds(rng, dials.size, down, across)
        + hiss * rng.standard_normal((dials.size, dials.size), dtype=np.float32)
        for _ in range(2)
    ]
    envelope = np.hypot(*parts) * np.float32(0.5**0.5)
    shown = 1.0 + (20.0 * np.log10(np.maximum(envelope, 1e-5)) + gain_db) / span_db
    shown *= frame_of(dials.size, person.scanner)
    return (np.clip(shown, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)[None]


def behind(loss_db: Plane) -> Plane:
    """What the beam has lost by the time it is back from each depth: the sum of all losses above.

    Example:
        >>> behind(np.array([[0.0], [2.0], [0.0], [0.0]])).ravel().tolist()  # rows of 10 mm
        [0.0, 0.0, 20.0, 20.0]
    """
    total = np.cumsum(loss_db, axis=0)
    return np.asarray((total - loss_db) * (FIELD_MM / len(loss_db)))


def _ratio(level_db: Plane) -> Plane:
    return np.asarray(np.float32(10.0) ** (level_db / np.float32(20.0)), np.float32)


@lru_cache(maxsize=16)
def frame_of(size: int, scanner: int) -> Mask:
    """Where a scanner shows anything: everywhere, or in a trapezium that widens with the depth."""
    x, y = mesh(size)
    wide = 0.5 - FAN * (1.0 - y) if scanner == FANNED else np.full_like(y, 0.5)
    return np.asarray(np.abs(x - 0.5) <= wide)
