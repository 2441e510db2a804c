"""Whole slides: SVS, tiled TIFF pyramids, and through OpenSlide NDPI, MRXS, SCN, BIF, VMS and DICOM.

A `Slide` gives tiles of any level. Read as a plain image, a slide is its largest level with no side above
`PICTURE_SIDE`; where none is that small, the smallest level, shrunk by a whole number. Spacing follows.
"""

from __future__ import annotations

import math
from pathlib import Path
from types import TracebackType

import numpy as np

from polyclinic.errors import ReadError, UsageError
from polyclinic.readers import dicom, tiff
from polyclinic.readers.files import FileHeader, check_size, read_head, reading
from polyclinic.readers.slide_sources import (
    STITCHED,
    Level,
    OpenSlideFile,
    ScanFacts,
    SlideSource,
    TiledTiff,
    is_tiled_rgb,
)
from polyclinic.study import Pixels

OTHERS = (".ndpi", ".mrxs", ".scn", ".bif", ".vms", ".vmu", ".svslide")
ENDINGS: tuple[str, ...] = (".svs", *OTHERS)
WHOLE_SLIDE_DICOM = b"1.2.840.10008.5.1.4.1.1.77.1.6"
PICTURE_SIDE = 4096
STRIP_BYTES = 2**26


class Slide:
    """An open whole slide; close it, or use it in a `with`.

    Places and sizes are in the pixels of the level that is asked for.

    Args:
        path: the slide's file.

    Raises:
        ReadError: no slide, damaged, or larger than its file.
        UnsupportedError: a form for which OpenSlide is needed and not installed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._private = dicom.matches(read_head(path))
        with reading(path, "a whole slide", private=self._private):
            self._source: SlideSource = TiledTiff(path) if _direct(path) else OpenSlideFile(path)

    def __enter__(self) -> Slide:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    @property
    def levels(self) -> tuple[Level, ...]:
        """The resolutions, largest first."""
        return self._source.levels

    @property
    def facts(self) -> ScanFacts:
        """Magnification, and how far pixels lie apart at level 0."""
        return self._source.facts

    def pixel_um(self, level: int = 0) -> tuple[float, float] | None:
        """Distance of pixel centres (y, x) at a level; None where the scanner did not say."""
        told, down = self.facts.pixel_um, self._level(level).downsample
        return None if told is None else (told[0] * down, told[1] * down)

    def tile(self, level: int, x: int, y: int, width: int, height: int) -> Pixels:
        """RGB (3, y, x); what reaches over the slide's edge is white there.

        Raises:
            UsageError: no such level, or a place that does not touch the slide.
            ReadError: damaged, or too large at once.
        """
        there = self._level(level)
        if width < 1 or height < 1 or not (-width < x < there.width and -height < y < there.height):
            raise UsageError(
                f"no tile of {width}x{height} at ({x}, {y}) in level {level} of {there.width}x{there.height}",
                hint="places are in the pixels of the level",
            )
        check_size(self.path, (3, height, width), 1)
        with reading(self.path, "a whole slide", private=self._private):
            return np.ascontiguousarray(self._source.read(level, x, y, width, height).transpose(2, 0, 1))

    def thumbnail(self, size: int = 1024) -> Pixels:
        """RGB (3, y, x) with a longer side of `size`, or the whole slide where that is smaller.

        Raises:
            ReadError: damaged, or its smallest level too large to go through.
        """
        from PIL import Image

        sides = [max(level.width, level.height) for level in self.levels]
        level = max((i for i, side in enumerate(sides) if side >= size), default=0, key=lambda i: -sides[i])
        small = self.shrunk(level, max(sides[level] // size, 1))
        scale = size / max(small.shape)
        if scale >= 1:
            return small
        target = tuple(max(round(side * scale), 1) for side in (small.shape[2], small.shape[1]))
        photo = Image.fromarray(np.ascontiguousarray(small.transpose(1, 2, 0)))
        return np.array(photo.resize(target, Image.Resampling.BOX)).transpose(2, 0, 1).copy()

    def shrunk(self, level: int, factor: int) -> Pixels:
        """A whole level (3, y, x), each pixel the mean of `factor` by `factor`; read in strips.

        Pixels at the right and lower edge that do not fill a square are left out.

        Raises:
            ReadError: damaged, or larger than a file may be once decoded.
        """
        there = self._level(level)
        check_size(self.path, (3, there.height, there.width), 1)
        rows, columns = max(there.height // factor, 1), max(there.width // factor, 1)
        out = np.empty((3, rows, columns), np.uint8)
        step = max(STRIP_BYTES // (3 * there.width * factor), 1)
        for row in range(0, rows, step):
            some = min(step, rows - row)
            strip = self.tile(level, 0, row * factor, columns * factor, some * factor)
            out[:, row : row + some] = _block_means(strip, factor)
        return out

    def _level(self, level: int) -> Level:
        if not 0 <= level < len(self.levels):
            raise UsageError(f"{self.path.name} has no level {level}, it has {len(self.levels)}")
        return self.levels[level]


def claims(path: Path) -> bool:
    """Whether a file is a slide: by its name for forms of many files, else by what is in it."""
    if path.name.lower().endswith(OTHERS):
        return True
    head = read_head(path)
    if dicom.matches(head):
        return WHOLE_SLIDE_DICOM in head
    return tiff.matches(head) and _is_pyramid(path)


def matches(head: bytes) -> bool:
    """The first bytes alone do not tell a slide from other images: see `claims`."""
    return False


def headless(head: bytes) -> bool:
    """A slide's name is looked at by `claims`."""
    return False


def header(path: Path) -> FileHeader:
    """Shape and spacing of the level that a plain image shows.

    Raises:
        ReadError: as `Slide`.
        UnsupportedError: as `Slide`.
    """
    with Slide(path) as slide:
        level, factor = _picture(slide)
        there = slide.levels[level]
        check_size(path, (3, there.height, there.width), 1)
        step = slide.pixel_um(level)
        spacing = None if step is None else tuple(side * factor / 1000 for side in step)
        shape = (3, max(there.height // factor, 1), max(there.width // factor, 1))
        return FileHeader(shape, {"modality": "SM", "spacing_mm": spacing})


def pixels(path: Path) -> Pixels:
    """Decode the level that a plain image shows to (3, y, x).

    Raises:
        ReadError: as `Slide`.
        UnsupportedError: as `Slide`.
    """
    with Slide(path) as slide:
        return slide.shrunk(*_picture(slide))


def labels(path: Path) -> Pixels:
    """A slide is no mask.

    Raises:
        ReadError: always.
    """
    raise ReadError(f"{path} is a slide, expected a mask", hint="masks of slides are plain TIFF or PNG")


def files(path: Path) -> list[Path]:
    """The file, and for MRXS the folder of its name, where the pixels are."""
    folder = path.with_suffix("")
    inside = folder.rglob("*") if path.suffix.lower() == ".mrxs" and folder.is_dir() else ()
    return [path, *sorted(file for file in inside if file.is_file())]


def _picture(slide: Slide) -> tuple[int, int]:
    """The level that a plain image shows, and by how much it is shrunk."""
    sides = [max(level.width, level.height) for level in slide.levels]
    fitting = [level for level, side in enumerate(sides) if side <= PICTURE_SIDE]
    if fitting:
        return max(fitting, key=lambda level: sides[level]), 1
    smallest = min(range(len(sides)), key=lambda level: sides[level])
    return smallest, math.ceil(sides[smallest] / PICTURE_SIDE)


def _block_means(pixels: Pixels, factor: int) -> Pixels:
    if factor == 1:
        return pixels
    channels, height, width = pixels.shape
    rows, columns = max(height // factor, 1), max(width // factor, 1)
    blocks = pixels.reshape(channels, rows, height // rows, columns, width // columns)
    return np.rint(blocks.mean(axis=(2, 4), dtype=np.float32)).astype(np.uint8)


def _is_pyramid(path: Path) -> bool:
    """Whether a TIFF comes from a slide scanner, or has tiles of colour at several levels."""
    import tifffile

    with reading(path, "TIFF"), tifffile.TiffFile(path) as file:
        if any(getattr(file, f"is_{form}") for form in ("svs", *STITCHED)):
            return True
        if not is_tiled_rgb(file) or (len(file.pages) == 1 and "SubIFDs" not in file.pages.first.tags):
            return False
        return len(tiff.first_series(path, file).levels) > 1


def _direct(path: Path) -> bool:
    import tifffile

    if not tiff.matches(read_head(path)):
        return False
    with tifffile.TiffFile(path) as file:
        return is_tiled_rgb(file)
