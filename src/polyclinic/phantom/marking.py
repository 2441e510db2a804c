"""A mark in a picture's corner that says which of two organs is meant: what is near an organ does not tell.

Its world needs a system to carry something from one end of a picture to the other, as a side marker on a film does.
The mark is a bar on a black plate, upright for the first organ and lying for the second, of the same brightness in all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import UsageError
from polyclinic.study import Image, Region, Study

Corner = Literal["first", "last", "any"]
PLATE, BAR = 8, 3  # a plate's side is that part of the picture's, a bar's breadth that part of the plate's


def marked(study: Study, between: tuple[str, str], name: str, corner: Corner = "first") -> Study:
    """The Study with a mark, and with the organ that it means as its only region, under one name for both.

    Which organ is meant depends on the Study's id alone, and half of all Studies mean either.

    Args:
        between: names of two regions with masks.
        corner: `first` where reading begins, `last` where it ends, `any` of the four.

    Raises:
        UsageError: the Study has no picture, or not both regions.
    """
    digest = hashlib.sha256(study.id.encode()).digest()
    meant = next((r for r in study.regions if r.name == between[digest[0] % 2] and r.mask is not None), None)
    if not study.images or not {*between} <= {region.name for region in study.regions} or meant is None:
        raise UsageError(f"study {study.id}: expected a picture with {' and '.join(between)}")
    image = study.images[0]
    low, right = {"first": (0, 0), "last": (1, 1), "any": (digest[1] % 2, digest[2] % 2)}[corner]
    pixels = _with_mark(image.pixels, bool(digest[0] % 2), bool(low), bool(right))
    shown = Image.from_array(pixels, image.path, modality=image.modality, spacing_mm=image.spacing_mm)
    region = Region(name, meant.kind, box=meant.box, mask=meant.mask)
    return replace(study, images=(shown, *study.images[1:]), regions=(region,), findings=(), turns=(), report=None)


def all_marked(
    studies: Sequence[Study], between: tuple[str, str], name: str, corner: Corner = "first"
) -> tuple[Study, ...]:
    """Every Study with its mark."""
    return tuple(marked(study, between, name, corner) for study in studies)


def _with_mark(pixels: NDArray[np.generic], lying: bool, low: bool, right: bool) -> NDArray[np.generic]:
    made = pixels.copy()
    side = max(min(pixels.shape[-2:]) // PLATE, BAR)
    start, stop = side // BAR, side - side // BAR
    plate = np.zeros((side, side), pixels.dtype)
    plate[(slice(start, stop), slice(None)) if lying else (slice(None), slice(start, stop))] = pixels.max()
    rows = slice(pixels.shape[-2] - side, None) if low else slice(side)
    columns = slice(pixels.shape[-1] - side, None) if right else slice(side)
    made[..., rows, columns] = plate
    return made
