"""A tick at a picture's edge marks a level, and what is drawn is the part of an organ at that level, far from the tick.

Nothing near that part tells where the level is, and neither does any mean over the picture: its world needs a system to
carry a place from one side of a picture to the other, as a reader does who follows a line from a film's edge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import UsageError
from polyclinic.phantom.picture import LEAST_PIXELS, region_of
from polyclinic.study import Image, Study

Edge = Literal["left", "bottom"]
STRIP, BAND = 13, 16  # as parts of the side: how broad the black strip at the edge is, and half of what is at a level


def levelled(study: Study, organs: Sequence[str], name: str, edge: Edge = "left") -> Study:
    """The Study with a tick at an edge, and as its only region what organs show at its level in the far half.

    Where the tick is depends on the Study's id alone; it is somewhere where there is enough to draw.

    Args:
        organs: names of regions with masks; together they are one.
        edge: `left`, where each row begins, or `bottom`, where reading ends.

    Raises:
        UsageError: the Study has no picture, or nothing of the organs in its far half.
    """
    found = [region.array for region in study.regions if region.name in organs and region.mask is not None]
    if not study.images or not found:
        raise UsageError(f"study {study.id}: expected a picture with {' or '.join(organs)}")
    image = study.images[0]
    far = np.logical_or.reduce(found) & _far_half(found[0].shape, edge)
    along = 1 if edge == "left" else 0  # axis that is summed to see how much there is at each level
    half = max(min(far.shape) // BAND, 1)
    shares = np.convolve(far.sum(axis=along), np.ones(2 * half), mode="same")
    levels = np.flatnonzero(shares >= LEAST_PIXELS)
    levels = levels[(levels >= half) & (levels < len(shares) - half)]
    if not len(levels):
        raise UsageError(f"study {study.id}: its {' and '.join(organs)} do not reach far enough")
    chosen = int.from_bytes(hashlib.sha256(study.id.encode()).digest()[:4]) % len(levels)
    band = slice(int(levels[chosen]) - half, int(levels[chosen]) + half)
    inside = np.zeros_like(far)
    inside[(band, slice(None)) if edge == "left" else (slice(None), band)] = True
    shown = Image.from_array(
        _ticked(image.pixels, band, edge), image.path, modality=image.modality, spacing_mm=image.spacing_mm
    )
    region = region_of(name, "organ", far & inside)
    return replace(study, images=(shown, *study.images[1:]), regions=(region,), findings=(), turns=(), report=None)


def all_levelled(studies: Sequence[Study], organs: Sequence[str], name: str, edge: Edge = "left") -> tuple[Study, ...]:
    """Every Study with its tick."""
    return tuple(levelled(study, organs, name, edge) for study in studies)


def _far_half(shape: tuple[int, ...], edge: Edge) -> NDArray[np.bool_]:
    far = np.zeros(shape, bool)
    if edge == "left":
        far[:, shape[1] // 2 :] = True
    else:
        far[: shape[0] // 2] = True
    return far


def _ticked(pixels: NDArray[np.generic], band: slice, edge: Edge) -> NDArray[np.generic]:
    """A black strip along the edge, white at the level."""
    made = pixels.copy()
    broad = max(min(pixels.shape[-2:]) // STRIP, 1)
    if edge == "left":
        made[..., :broad] = 0
        made[..., band, :broad] = pixels.max()
    else:
        made[..., -broad:, :] = 0
        made[..., -broad:, band] = pixels.max()
    return made
