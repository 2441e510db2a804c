"""Where a slide has tissue, and the grid of tiles over it.

Glass is white or grey, stain has colour: tissue is what is more saturated than Otsu's threshold over the thumbnail.

Source:
    Otsu 1979, doi 10.1109/TSMC.1979.4310076. Not in the paper: `LEAST_SATURATION`, without which the noise of an
    empty slide would be parted in two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import UsageError
from polyclinic.readers.slide import Slide
from polyclinic.study import Pixels

LEAST_SATURATION = 0.05
MASK_SIDE = 1024


@dataclass(frozen=True)
class Tile:
    """A place for `Slide.tile`.

    Args:
        background: share of it without tissue, 0 to 1; what lies outside of the slide counts.
    """

    level: int
    x: int
    y: int
    width: int
    height: int
    background: float


def saturation(rgb: Pixels) -> NDArray[np.float32]:
    """Saturation of colour, 0 to 1, (y, x), as in HSV: black and grey have none."""
    low, high = (end(axis=0).astype(np.float32) for end in (rgb.min, rgb.max))
    return np.divide(high - low, high, out=np.zeros_like(high), where=high > 0)


def tissue_mask(rgb: Pixels) -> NDArray[np.bool_]:
    """Where an image of a slide (3, y, x) shows tissue."""
    from skimage import filters

    threshold: Any = filters.threshold_otsu
    values = saturation(rgb)
    if values.min() == values.max():
        return np.zeros(values.shape, bool)
    return values > max(float(threshold(values, nbins=256)), LEAST_SATURATION)


def tile_grid(
    slide: Slide, size: int, *, level: int = 0, step: int | None = None, most_background: float = 1.0
) -> list[Tile]:
    """Tiles that cover a level, row by row; those at the edges may reach over it.

    Args:
        size: side of a tile, in pixels of the level.
        step: from tile to tile; None puts them side by side.
        most_background: tiles with a larger share of background are left out.

    Raises:
        UsageError: no such level, or a size or step below one.
        ReadError: as `Slide.thumbnail`.
    """
    step = size if step is None else step
    if size < 1 or step < 1 or not 0 <= level < len(slide.levels):
        raise UsageError(f"no grid of size {size} and step {step} in level {level} of {len(slide.levels)}")
    there = slide.levels[level]
    tissue = _Sums(tissue_mask(slide.thumbnail(MASK_SIDE)))
    scale = tissue.width / there.width, tissue.height / there.height
    tiles = []
    for y in range(0, there.height, step):
        for x in range(0, there.width, step):
            inside = min(size, there.width - x) * min(size, there.height - y) / size**2
            share = tissue.mean(x * scale[0], y * scale[1], (x + size) * scale[0], (y + size) * scale[1])
            tiles.append(Tile(level, x, y, size, size, 1.0 - share * inside))
    return [tile for tile in tiles if tile.background <= most_background]


class _Sums:
    """A mask summed up to each corner, so that the mean over any box takes four look-ups."""

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        self.height, self.width = mask.shape
        self._sums = np.pad(mask.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))

    def mean(self, x0: float, y0: float, x1: float, y1: float) -> float:
        """Mean over the pixels that a box touches."""
        left, top = min(math.floor(x0), self.width - 1), min(math.floor(y0), self.height - 1)
        right, bottom = (max(min(math.ceil(x1), self.width), left + 1), max(min(math.ceil(y1), self.height), top + 1))
        sums = self._sums
        inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return float(inside) / ((right - left) * (bottom - top))
