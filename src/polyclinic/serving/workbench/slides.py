"""Whole slides as the square tiles that a deep-zoom viewer asks for.

Levels are counted as Deep Zoom does: level 0 is one pixel, each further one twice as large, the last is the slide
itself. A tile is cut from the nearest larger level of the file and shrunk.
"""

from __future__ import annotations

import io
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from polyclinic.errors import UsageError
from polyclinic.readers import slide
from polyclinic.readers.slide import Slide
from polyclinic.study import Image, Pixels

TILE = 256
MOST_OPEN = 4
MOST_TILES = 512
QUALITY = 85


@dataclass(frozen=True)
class Pyramid:
    """What a deep-zoom viewer has to know.

    Args:
        levels: how many Deep Zoom levels; the largest is `levels - 1`.
        pixel_um: (y, x) of the largest level, None where unknown.
    """

    width: int
    height: int
    tile: int
    levels: int
    pixel_um: tuple[float, float] | None


class Slides:
    """The slides that were looked at last, kept open, and their tiles."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, tuple[Slide, threading.Lock]] = OrderedDict()
        self._tiles: OrderedDict[tuple[Path, int, int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def pyramid(self, path: Path) -> Pyramid:
        """A slide's size and levels.

        Raises:
            ReadError: damaged.
        """
        held, _ = self._slide(path)
        top = held.levels[0]
        levels = math.ceil(math.log2(max(top.width, top.height, 1))) + 1
        return Pyramid(top.width, top.height, TILE, levels, held.pixel_um())

    def tile(self, path: Path, level: int, column: int, row: int) -> bytes:
        """One tile as JPEG; those at the right and lower edge are smaller.

        Raises:
            UsageError: no such tile.
            ReadError: damaged.
        """
        key = (path, level, column, row)
        with self._lock:
            if key in self._tiles:
                self._tiles.move_to_end(key)
                return self._tiles[key]
        held, turn = self._slide(path)
        with turn:
            data = _jpeg(cut(held, level, column, row))
        with self._lock:
            self._tiles[key] = data
            while len(self._tiles) > MOST_TILES:
                self._tiles.popitem(last=False)
        return data

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            while self._open:
                _, (held, turn) = self._open.popitem()
                with turn:
                    held.close()

    def _slide(self, path: Path) -> tuple[Slide, threading.Lock]:
        with self._lock:
            if path not in self._open:
                self._open[path] = (Slide(path), threading.Lock())
                if len(self._open) > MOST_OPEN:
                    _, (oldest, turn) = self._open.popitem(last=False)
                    with turn:
                        oldest.close()
            self._open.move_to_end(path)
            return self._open[path]


def slide_file(image: Image) -> Path | None:
    """The file of an image that is a whole slide; None for every other image."""
    path = getattr(image.load, "path", None)
    return path if isinstance(path, Path) and image.slice is None and path.is_file() and slide.claims(path) else None


def cut(held: Slide, level: int, column: int, row: int) -> Pixels:
    """A tile's pixels (3, y, x).

    Raises:
        UsageError: no such tile.
    """
    top = held.levels[0]
    most = math.ceil(math.log2(max(top.width, top.height, 1)))
    if not 0 <= level <= most:
        raise UsageError(f"no level {level}, there are {most + 1}")
    scale = 2 ** (most - level)
    width, height = math.ceil(top.width / scale), math.ceil(top.height / scale)
    left, upper = column * TILE, row * TILE
    if column < 0 or row < 0 or left >= width or upper >= height:
        raise UsageError(f"no tile {column}, {row} in level {level} of {width}x{height}")
    across, down = min(TILE, width - left), min(TILE, height - upper)
    number = max((i for i, one in enumerate(held.levels) if one.downsample <= scale * 1.001), default=0)
    ratio = scale / held.levels[number].downsample
    there = held.levels[number]
    x, y = min(round(left * ratio), there.width - 1), min(round(upper * ratio), there.height - 1)
    pixels = held.tile(number, x, y, max(round(across * ratio), 1), max(round(down * ratio), 1))
    return _resized(pixels, across, down)


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    if pixels.shape[1:] == (height, width):
        return pixels
    from PIL import Image as Pillow

    picture = Pillow.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
    return np.asarray(picture.resize((width, height), Pillow.Resampling.BOX)).transpose(2, 0, 1)


def _jpeg(pixels: Pixels) -> bytes:
    from PIL import Image as Pillow

    data = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))).save(data, "JPEG", quality=QUALITY)
    return data.getvalue()
