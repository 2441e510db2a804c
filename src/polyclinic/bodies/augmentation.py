"""Augmentation of pictures that train a model without regions: crop, move, mirror, change greys, blur."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image as Pillow
from PIL import ImageFilter

from polyclinic.bodies.framing import Square


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a square picture; every range is drawn from uniformly, and the defaults change nothing.

    Args:
        crop: share of the area that is kept, the square scaled back to full size.
        mirror: chance of left for right; never where a text tells the sides.
        degrees: largest turn either way.
        shift: largest move along each axis, as a share of the side.
        zoom: factors.
        brightness: factors of the greys; `contrast` factors of their distance from the mean.
        blur: standard deviations of the blur in pixels; `blur_chance` how often it is made.
    """

    crop: tuple[float, float] = (1.0, 1.0)
    mirror: float = 0.0
    degrees: float = 0.0
    shift: float = 0.0
    zoom: tuple[float, float] = (1.0, 1.0)
    brightness: tuple[float, float] = (1.0, 1.0)
    contrast: tuple[float, float] = (1.0, 1.0)
    blur: tuple[float, float] = (0.0, 0.0)
    blur_chance: float = 0.0

    def __call__(self, picture: Square, rng: np.random.Generator) -> Square:
        """One draw for a picture (channel, size, size)."""
        affine = self._affine(picture.shape[-1], rng)
        gain, spread = rng.uniform(*self.brightness), rng.uniform(*self.contrast)
        sigma = rng.uniform(*self.blur) if rng.random() < self.blur_chance else 0.0
        moved = np.stack([_moved(plane, affine, sigma) for plane in picture])
        if gain == 1 and spread == 1:
            return moved
        middle = float(moved.mean())
        levels = np.clip(((np.arange(256) - middle) * spread + middle) * gain, 0, 255).round().astype(np.uint8)
        return levels[moved]

    def _affine(self, size: int, rng: np.random.Generator) -> tuple[float, ...] | None:
        """From a place in the new picture to one in the old; None where they are the same."""
        side = math.sqrt(rng.uniform(*self.crop))
        room = (1 - side) * size / 2
        centre = size / 2 + rng.uniform(-room, room, 2) + rng.uniform(-self.shift, self.shift, 2) * size
        turn = math.radians(rng.uniform(-self.degrees, self.degrees))
        scale = side / rng.uniform(*self.zoom)
        mirror = -1.0 if rng.random() < self.mirror else 1.0
        a, b = scale * math.cos(turn) * mirror, -scale * math.sin(turn)
        d, e = scale * math.sin(turn) * mirror, scale * math.cos(turn)
        middle = size / 2
        affine = (a, b, centre[0] - (a + b) * middle, d, e, centre[1] - (d + e) * middle)
        return None if affine == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0) else affine


def _moved(plane: Square, affine: tuple[float, ...] | None, sigma: float) -> Square:
    if affine is None and sigma == 0:
        return plane
    made = Pillow.fromarray(plane)
    if affine is not None:
        made = made.transform(made.size, Pillow.Transform.AFFINE, affine, Pillow.Resampling.BILINEAR)
    return np.asarray(made.filter(ImageFilter.GaussianBlur(sigma)) if sigma else made)
