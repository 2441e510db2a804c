"""Where a slide's pixels come from: tiles of a TIFF decoded one by one, or OpenSlide for every other scanner's form.

Both give RGB at any place of a level; what lies outside of the scan, or was left out by the scanner, is white. The
tiles of a TIFF are exact: OpenSlide gives the same at level 0, but lays lower levels on a grid of level 0 pixels, and
so resamples them where their size is no whole fraction.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.files import check_size, library
from polyclinic.readers.ome import stack_facts
from polyclinic.readers.tiff import check_end, first_series
from polyclinic.study import Pixels

WHITE = 255
RGB, YCBCR = 2, 6
# none, LZW, JPEG, deflate (both numbers), JPEG 2000 in RGB; other compressions are left to OpenSlide
COMPRESSIONS = (1, 5, 7, 8, 32946, 33005)
STITCHED = ("ndpi", "scn", "bif", "philips")  # scanners whose tiles overlap, or are no tiles
INCH, CENTIMETRE = 2, 3
MICRONS = {INCH: 25_400.0, CENTIMETRE: 10_000.0}
MOST_PLAUSIBLE_UM = 100.0  # 72 dots an inch, which editors write without having measured, are 353


@dataclass(frozen=True)
class Level:
    """One resolution of a slide.

    Args:
        downsample: how many pixels of level 0 one of its pixels spans, along a side.
    """

    width: int
    height: int
    downsample: float


@dataclass(frozen=True)
class ScanFacts:
    """What the scanner wrote.

    Args:
        pixel_um: distance of pixel centres at level 0 (y, x); None where it is not stated.
        magnification: of the objective; None where it is not stated.
        vendor: whose form the file has.
    """

    pixel_um: tuple[float, float] | None = None
    magnification: float | None = None
    vendor: str | None = None


class SlideSource(Protocol):
    """What gives pixels to a `Slide`."""

    levels: tuple[Level, ...]
    facts: ScanFacts

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Pixels:
        """RGB (y, x, 3) at a place in the level's own pixels."""

    def close(self) -> None:
        """Close the file."""


def is_tiled_rgb(file: Any) -> bool:
    """Whether an open TIFF is one whose tiles can be decoded here: 8-bit RGB, in a form that needs no stitching."""
    if any(getattr(file, f"is_{form}") for form in STITCHED):
        return False
    page = file.pages.first
    return bool(
        page.is_tiled
        and page.dtype == np.uint8
        and page.samplesperpixel == 3
        and page.planarconfig == 1
        and page.photometric in (RGB, YCBCR)
        and int(page.compression) in COMPRESSIONS
    )


class TiledTiff:
    """A TIFF's tiles, decoded as they are asked for.

    Args:
        path: a file that `is_tiled_rgb`.

    Raises:
        ReadError: a level of absurd size, or no tiled level at all.
    """

    def __init__(self, path: Path) -> None:
        import tifffile

        self._file = tifffile.TiffFile(path)
        try:
            self._pages = _tiled_pages(path, self._file)
            self.facts = _tiff_facts(path, self._file)
        except Exception:
            self._file.close()
            raise
        width, height = self._pages[0].imagewidth, self._pages[0].imagelength
        self.levels = tuple(
            Level(p.imagewidth, p.imagelength, (width / p.imagewidth + height / p.imagelength) / 2) for p in self._pages
        )

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Pixels:
        """RGB (y, x, 3) at a place in the level's own pixels."""
        page = self._pages[level]
        out = np.full((height, width, 3), WHITE, np.uint8)
        for index, left, top in _tiles_at(page, x, y, width, height):
            tile = self._tile(page, index)
            tile = tile[: page.imagelength - top, : page.imagewidth - left]
            into_y, into_x = max(top - y, 0), max(left - x, 0)
            part = tile[max(y - top, 0) :, max(x - left, 0) :][: height - into_y, : width - into_x]
            out[into_y : into_y + part.shape[0], into_x : into_x + part.shape[1]] = part
        return out

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _tile(self, page: Any, index: int) -> Pixels:
        offset, length = page.dataoffsets[index], page.databytecounts[index]
        if length == 0:
            return np.full((page.tilelength, page.tilewidth, 3), WHITE, np.uint8)
        decode, tables, file = page.decode, page.jpegtables, self._file.filehandle  # the first two may move the file
        file.seek(offset)
        tile, _, _ = decode(file.read(length), index, jpegtables=tables)
        if tile is None:
            return np.full((page.tilelength, page.tilewidth, 3), WHITE, np.uint8)
        return np.asarray(tile)[0]


class OpenSlideFile:
    """A slide through OpenSlide.

    Raises:
        UnsupportedError: OpenSlide is not installed.
        ReadError: OpenSlide does not know the file.
    """

    def __init__(self, path: Path) -> None:
        openslide = library("openslide", f"a slide like {path.name}", "openslide-python openslide-bin")
        self._slide = openslide.OpenSlide(str(path))
        pairs = zip(self._slide.level_dimensions, self._slide.level_downsamples, strict=True)
        self.levels = tuple(Level(width, height, float(down)) for (width, height), down in pairs)
        told = self._slide.properties
        steps = [_positive(told.get(f"openslide.mpp-{axis}")) for axis in "yx"]
        self.facts = ScanFacts(
            (steps[0], steps[1]) if steps[0] and steps[1] else None,
            _positive(told.get("openslide.objective-power")),
            told.get("openslide.vendor"),
        )

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Pixels:
        """RGB (y, x, 3) at a place in the level's own pixels."""
        down = self.levels[level].downsample
        region = self._slide.read_region((round(x * down), round(y * down)), level, (width, height))
        values = np.asarray(region, np.uint16)
        alpha = values[..., 3:]
        return ((values[..., :3] * alpha + WHITE * (255 - alpha)) // 255).astype(np.uint8)

    def close(self) -> None:
        """Close the file."""
        self._slide.close()


def _tiled_pages(path: Path, file: Any) -> list[Any]:
    """The tiled levels, after their claims were held against the file."""
    pages = [level.keyframe for level in first_series(path, file).levels]
    tiled = [page for page in pages if page.is_tiled and page.samplesperpixel == 3]
    if not tiled:
        raise ReadError(f"{path} has no tiled level")
    check_end(path, tiled)
    for page in tiled:
        check_size(path, (page.tilelength, page.tilewidth, 3), 1)
    return tiled


def _tiles_at(page: Any, x: int, y: int, width: int, height: int) -> Iterator[tuple[int, int, int]]:
    """Index, left and top of the tiles that a place touches."""
    across = math.ceil(page.imagewidth / page.tilewidth)
    down = math.ceil(page.imagelength / page.tilelength)
    for row in range(max(y // page.tilelength, 0), min(math.ceil((y + height) / page.tilelength), down)):
        for column in range(max(x // page.tilewidth, 0), min(math.ceil((x + width) / page.tilewidth), across)):
            yield row * across + column, column * page.tilewidth, row * page.tilelength


def _tiff_facts(path: Path, file: Any) -> ScanFacts:
    if file.is_svs:
        fields = (field.partition("=") for field in file.pages.first.description.split("|")[1:])
        told = {name.strip(): value.strip() for name, _, value in fields}
        step = _positive(told.get("MPP"))
        return ScanFacts((step, step) if step else None, _positive(told.get("AppMag")), "aperio")
    if file.is_ome:
        steps = stack_facts(path, file.ome_metadata).step_mm
        return ScanFacts((steps["Y"] * 1e3, steps["X"] * 1e3) if {"X", "Y"} <= steps.keys() else None, None, "ome")
    tags = file.pages.first.tags
    unit = MICRONS.get(int(tags.valueof("ResolutionUnit", INCH)))
    found = [tags.valueof(f"{axis}Resolution") for axis in "YX"]
    if unit is None or not all(pair and pair[0] and pair[1] for pair in found):
        return ScanFacts()
    y, x = (unit * under / over for over, under in found)
    return ScanFacts((y, x) if max(y, x) <= MOST_PLAUSIBLE_UM else None)


def _positive(text: Any) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) and value > 0 else None
