"""TIFF through tifffile: a single image, a multi-channel image, or a stack (the first series of the file).

An axis that the file names decides; an unnamed axis of pages holds channels up to `MOST_CHANNELS` pages
and slices beyond that. OME-TIFF and ImageJ's files also say the names of channels and how far pixels lie apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers import ome
from polyclinic.readers.files import FileHeader, check_plane, check_size, reading
from polyclinic.readers.pages import check_pages
from polyclinic.readers.stacks import StackFacts, known_of, time_is_depth
from polyclinic.readers.units import millimetres
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = (".tif", ".tiff", ".ome.tif", ".ome.tiff")
MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MOST_CHANNELS = 8
CHANNEL_AXES = "SC"
PALETTE = 3


def matches(head: bytes) -> bool:
    """Whether the first bytes are those of a TIFF or BigTIFF."""
    return head.startswith(MARKS)


def headless(head: bytes) -> bool:
    """The format does not do without its mark."""
    return False


def header(path: Path) -> FileHeader:
    """Shape of the first series, with the channel names and the spacing that OME or ImageJ wrote.

    Raises:
        ReadError: truncated, damaged, too large, or with more axes than an image has.
    """
    import tifffile

    with reading(path, "TIFF"), tifffile.TiffFile(path) as file:
        series = _series(path, file)
        _, shape = _order(path, series)
        if series.keyframe.photometric == PALETTE and shape[0] == 1 and not _grey(series.keyframe.colormap):
            shape = (3, *shape[1:])
        sides = dict(zip(series.axes, series.shape, strict=True))
        known = known_of(_facts(path, file, series), sides)
    return FileHeader(shape, known)


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


def plane(path: Path, index: int) -> Pixels:
    """Decode one slice along z to (channel, y, x), and no page besides where pages hold whole slices.

    Raises:
        ReadError: as `pixels`.
        PixelError: no such slice.
    """
    import tifffile

    with reading(path, "TIFF"), tifffile.TiffFile(path) as file:
        series = _series(path, file)
        order, shape = _order(path, series)
        check_plane(path, shape, index)
        sides = dict(zip(series.axes, series.shape, strict=True))
        depth = next(axis for axis in _roles(sides)[1] if sides[axis] > 1)
        cut = _cut(path, file, series, series.axes.index(depth), index)
        flat = np.ascontiguousarray(cut.transpose(order).reshape(shape[0], *shape[2:]))
        return flat.astype(flat.dtype.newbyteorder("="), copy=False)


def labels(path: Path) -> Pixels:
    """A mask's values are its pixels."""
    return pixels(path)


def files(path: Path) -> tuple[Path, ...]:
    """The file, and those beside it that its OME-XML says hold more of the image.

    Raises:
        ReadError: as `header`.
    """
    import tifffile

    with reading(path, "TIFF"), tifffile.TiffFile(path) as file:
        return ome.files(path, str(file.ome_metadata)) if file.is_ome else (path,)


def first_series(path: Path, file: Any) -> Any:
    """The first series of an open file, its OME-XML looked through before the library follows it.

    Raises:
        ReadError: OME-XML that claims too much, or files elsewhere.
    """
    if file.is_ome:
        ome.checked(path, file.ome_metadata)
    return file.series[0]


def check_end(path: Path, pages: Iterable[Any]) -> None:
    """Hold the places of all strips or tiles against the file's size.

    Raises:
        ReadError: truncated.
    """
    end = max((at + size for page in pages if page for at, size in zip(*_segments(page), strict=True)), default=0)
    if end > path.stat().st_size:
        raise ReadError(f"{path} is truncated: {end} bytes announced, {path.stat().st_size} there")


def _series(path: Path, file: Any) -> Any:
    """The first series, after its claims were held against the file's size."""
    check_pages(path)
    series = first_series(path, file)
    check_size(path, series.shape, series.dtype.itemsize)
    if file.is_ome and any(page is None for page in series.pages):
        raise ReadError(f"{path} lacks planes that its OME-XML announces", hint="copy all files of the set together")
    check_end(path, series.pages)
    return series


def _cut(path: Path, file: Any, series: Any, axis: int, index: int) -> Pixels:
    """The series at one index of an axis, which stays with length one."""
    leading = series.shape[: series.ndim - series.keyframe.ndim]
    if series.dataoffset is not None:
        whole = file.filehandle.memmap_array(
            series.keyframe.parent.byteorder + series.dtype.char, series.shape, offset=series.dataoffset, mode="r"
        )
        return np.array(np.take(whole, [index], axis))
    if axis < len(leading) and len(series.pages) == math.prod(leading):
        wanted = np.take(np.arange(len(series.pages)).reshape(leading), [index], axis)
        planes = np.stack([series.pages[int(page)].asarray() for page in wanted.ravel()])
        return planes.reshape(*wanted.shape, *series.keyframe.shape)
    return np.take(_decoded(path, series), [index], axis)


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
    channel, depth = _roles(sides)
    # frames in time multiply the channels; anything else may be there only once
    long = [[a for a in axes if sides[a] > 1 and (a != "T" or axes is depth)] for axes in (channel, depth)]
    if max(map(len, long)) > 1 or not {"Y", "X"} <= sides.keys() or len(sides) < len(series.axes):
        raise ReadError(f"{path} has the axes {series.axes} {series.shape}; an image has at most channel, z, y, x")
    rest = [a for a in series.axes if a not in [*channel, *depth, "Y", "X"]]
    order = [series.axes.index(a) for a in [*rest, *channel, *depth, "Y", "X"]]
    channels, slices = (math.prod(sides[a] for a in axes) for axes in (channel, depth))
    plane = (sides["Y"], sides["X"])
    return order, (channels, slices, *plane) if slices > 1 else (channels, *plane)


def _roles(sides: dict[str, int]) -> tuple[list[str], list[str]]:
    """The axes that hold channels, and those that hold slices."""
    loose = [a for a, n in sides.items() if a not in "YXZT" + CHANNEL_AXES and n > 1]
    named = any(sides.get(a, 1) > 1 for a in CHANNEL_AXES)
    as_depth = named or (loose and sides[loose[0]] > MOST_CHANNELS)
    channel = [a for a in sides if a in CHANNEL_AXES] + ([] if as_depth else loose)
    depth = [a for a in sides if a == "Z"] + (loose if as_depth else [])
    time = [a for a in sides if a == "T"]
    return (channel, depth + time) if time_is_depth(sides) else (time + channel, depth)


def _facts(path: Path, file: Any, series: Any) -> StackFacts:
    if file.is_ome:
        return ome.stack_facts(path, file.ome_metadata)
    told = file.imagej_metadata if file.is_imagej else None
    factor = millimetres(_unescaped(str(told.get("unit", "")))) if told else None
    if told is None or factor is None:
        return StackFacts()
    # the resolution tags hold pixels a unit of ImageJ, whatever unit the tags name
    resolution = {axis: series.keyframe.tags.valueof(f"{axis}Resolution") for axis in "XY"}
    steps = {axis: down / up * factor for axis, (up, down) in resolution.items() if up and down}
    if float(told.get("spacing", 0)) > 0:
        steps["Z"] = float(told["spacing"]) * factor
    return StackFacts((), steps, float(told["finterval"]) if float(told.get("finterval", 0)) > 0 else None)


def _unescaped(unit: str) -> str:
    """ImageJ writes the micro sign as an escape."""
    return unit.replace("\\u00B5", "u")


def _grey(colours: Pixels | None) -> bool:
    return colours is None or bool((colours == colours[:1]).all())


def _colours(indices: Pixels, colours: Pixels | None) -> Pixels:
    if colours is None:
        return indices
    table = (colours >> 8).astype(np.uint8)
    return np.take(table[:1] if _grey(colours) else table, indices[0], axis=1)
