"""TIFF through tifffile: a single image, a multi-channel image, or a stack (the first series of the file).

An axis that the file names decides; an unnamed axis of pages holds channels up to `MOST_CHANNELS` pages
and slices beyond that.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.files import FileHeader, check_size, reading
from polyclinic.readers.pages import check_pages
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = (".tif", ".tiff", ".svs")
MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MOST_CHANNELS = 8
CHANNEL_AXES, DEPTH_AXES = "SC", "ZT"
PALETTE = 3


def matches(head: bytes) -> bool:
    """Whether the first bytes are those of a TIFF or BigTIFF."""
    return head.startswith(MARKS)


def headless(head: bytes) -> bool:
    """The format does not do without its mark."""
    return False


def header(path: Path) -> FileHeader:
    """Shape of the first series.

    Raises:
        ReadError: truncated, damaged, too large, or with more axes than an image has.
    """
    import tifffile

    with reading(path, "TIFF"), tifffile.TiffFile(path) as file:
        series = _series(path, file)
        _, shape = _order(path, series)
        if series.keyframe.photometric == PALETTE and shape[0] == 1 and not _grey(series.keyframe.colormap):
            shape = (3, *shape[1:])
    return FileHeader(shape)


def pixels(path: Path) -> Pixels:
    """Decode the first series to (channel, y, x) or (channel, z, y, x).

    Raises:
        ReadError: truncated, damaged, too large, or compressed in a way that is not installed.
    """
    import tifffile

    with reading(path, "TIFF"), tifffile.TiffFile(path) as file:
        series = _series(path, file)
        order, shape = _order(path, series)
        array = _decoded(path, series).transpose(order).reshape(shape)
        if series.keyframe.photometric == PALETTE and shape[0] == 1:
            array = _colours(array, series.keyframe.colormap)
    return np.ascontiguousarray(array)


def labels(path: Path) -> Pixels:
    """A mask's values are its pixels."""
    return pixels(path)


def _series(path: Path, file: Any) -> Any:
    """The first series, after its claims were held against the file's size."""
    check_pages(path)
    series = file.series[0]
    check_size(path, series.shape, series.dtype.itemsize)
    end = max(
        (at + size for page in series.pages if page for at, size in zip(*_segments(page), strict=True)), default=0
    )
    if end > path.stat().st_size:
        raise ReadError(f"{path} is truncated: {end} bytes announced, {path.stat().st_size} there")
    return series


def _decoded(path: Path, series: Any) -> Pixels:
    try:
        return np.asarray(series.asarray())
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        name = getattr(series.keyframe.compression, "name", series.keyframe.compression)
        raise ReadError(f"{path} is compressed as {name}", hint="pip install imagecodecs reads it") from error


def _segments(page: Any) -> tuple[Any, Any]:
    return page.dataoffsets, page.databytecounts


def _order(path: Path, series: Any) -> tuple[list[int], tuple[int, ...]]:
    """How to order the series' axes, and the shape this leads to."""
    sides = dict(zip(series.axes, series.shape, strict=True))
    loose = [a for a, n in sides.items() if a not in "YX" + CHANNEL_AXES + DEPTH_AXES and n > 1]
    named = any(sides.get(a, 1) > 1 for a in CHANNEL_AXES)
    as_depth = named or (loose and sides[loose[0]] > MOST_CHANNELS)
    channel = [a for a in series.axes if a in CHANNEL_AXES] + ([] if as_depth else loose)
    depth = [a for a in series.axes if a in DEPTH_AXES] + (loose if as_depth else [])
    long = [[a for a in axes if sides[a] > 1] for axes in (channel, depth)]
    if max(map(len, long)) > 1 or "Y" not in sides or "X" not in sides:
        raise ReadError(f"{path} has the axes {series.axes} {series.shape}; an image has at most channel, z, y, x")
    rest = [a for a in series.axes if a not in [*channel, *depth, "Y", "X"]]
    order = [series.axes.index(a) for a in [*rest, *channel, *depth, "Y", "X"]]
    channels, slices = (math.prod(sides[a] for a in axes) for axes in (channel, depth))
    plane = (sides["Y"], sides["X"])
    return order, (channels, slices, *plane) if slices > 1 else (channels, *plane)


def _grey(colours: Pixels | None) -> bool:
    return colours is None or bool((colours == colours[:1]).all())


def _colours(indices: Pixels, colours: Pixels | None) -> Pixels:
    if colours is None:
        return indices
    table = (colours >> 8).astype(np.uint8)
    return np.take(table[:1] if _grey(colours) else table, indices[0], axis=1)
