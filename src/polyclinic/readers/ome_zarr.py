"""OME-Zarr: a folder as one image, versions 0.1 to 0.5 (Zarr 2 and 3).

The largest level that fits the size limit is read. Axes become (channel, [z,] y, x) as `readers.stacks` says; scale and
unit give the spacing, `omero` the channel names. A chunk that is not there is empty by the format's rules, so a copy
that lost some cannot be told from a sparse one.

Metadata is read and checked here before the Zarr library sees it: numbers only, and codecs that only unpack (others
may run code).

Source:
    ngff.openmicroscopy.org, versions 0.4 and 0.5.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from polyclinic.errors import PixelError, ReadError
from polyclinic.readers.files import MOST_BYTES, FileHeader, check_plane, check_size, library, reading
from polyclinic.readers.stacks import StackFacts, known_of, named, time_is_depth
from polyclinic.readers.units import millimetres, seconds
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = (".zarr", ".ome.zarr")
AXES = "TCZYX"
MARKS = (".zattrs", ".zgroup", "zarr.json")
MOST_JSON = 2**24
ZARR_3 = ("bytes", "transpose", "crc32c", "sharding_indexed", "gzip", "zstd", "blosc")
ZARR_2 = ("gzip", "zstd", "blosc", "zlib", "bz2", "lzma", "lz4", "delta", "shuffle", "fixedscaleoffset", "bitround")
SAFE_CODECS = frozenset((*ZARR_3, *ZARR_2))


@dataclass(frozen=True)
class _Level:
    """One resolution: its folder, its sides by axis letter in the file's order, and its steps."""

    folder: Path
    sides: dict[str, int]
    itemsize: int
    facts: StackFacts

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the pixels."""
        times, channels, depth, rows, columns = (self.sides.get(axis, 1) for axis in AXES)
        if time_is_depth(self.sides):
            return channels, times, rows, columns
        return (times * channels, depth, rows, columns) if depth > 1 else (times * channels, rows, columns)


def claims(path: Path) -> bool:
    """Whether a path is a folder that Zarr has marked."""
    return os.path.isdir(path) and any((path / mark).is_file() for mark in MARKS)


def matches(head: bytes) -> bool:
    """A folder has no first bytes: see `claims`."""
    return False


def headless(head: bytes) -> bool:
    """A folder is no file."""
    return False


def header(path: Path) -> FileHeader:
    """Shape, channel names, spacing.

    Raises:
        ReadError: damaged, too large, no image, or with codecs that are not safe.
    """
    with reading(path, "OME-Zarr"):
        level = _open(path)
        return FileHeader(level.shape, known_of(level.facts, level.sides))


def pixels(path: Path) -> Pixels:
    """Decode to (channel, [z,] y, x).

    Raises:
        ReadError: as `header`.
    """
    with reading(path, "OME-Zarr"):
        level = _open(path)
        return _ordered(level, _array(level)[...]).reshape(level.shape)


def plane(path: Path, index: int) -> Pixels:
    """Decode one slice along z (or frame, where time takes its place) to (channel, y, x), and no chunk besides.

    Raises:
        ReadError: as `header`.
        PixelError: no such slice.
    """
    with reading(path, "OME-Zarr"):
        level = _open(path)
        check_plane(path, level.shape, index)
        depth = "T" if time_is_depth(level.sides) else "Z"
        cut = tuple(slice(index, index + 1) if axis == depth else slice(None) for axis in level.sides)
        return _ordered(level, _array(level)[cut]).reshape(level.shape[0], *level.shape[2:])


def labels(path: Path) -> Pixels:
    """A mask's values are its pixels."""
    return pixels(path)


def files(path: Path) -> list[Path]:
    """Everything in the folder."""
    return sorted(file for file in path.rglob("*") if file.is_file())


def _open(path: Path) -> _Level:
    about = _attributes(path)
    if "multiscales" not in about and "bioformats2raw.layout" in about:
        path = path / "0"
        about = _attributes(path)
    if not about.get("multiscales"):
        told = "a plate; give one of its fields" if "plate" in about else "no image: it has no multiscales"
        raise ReadError(f"{path} is {told}", hint="the folder that holds the levels 0, 1, 2 ... is the image")
    scales = about["multiscales"][0]
    levels = [_level(path, about, scales, dataset) for dataset in scales["datasets"]]
    fitting = [level for level in levels if math.prod(level.shape) * level.itemsize <= MOST_BYTES]
    chosen = fitting[0] if fitting else levels[-1]
    check_size(path, chosen.shape, chosen.itemsize)
    return chosen


def _attributes(path: Path) -> dict[str, Any]:
    if (path / "zarr.json").is_file():
        found = _json(path / "zarr.json").get("attributes", {})
        return dict(found.get("ome", found))
    return _json(path / ".zattrs")


def _level(path: Path, about: dict[str, Any], scales: dict[str, Any], dataset: dict[str, Any]) -> _Level:
    folder = _inside(path, str(dataset["path"]))
    sides, itemsize = _checked(folder)
    axes = [axis if isinstance(axis, dict) else {"name": axis} for axis in scales.get("axes", AXES[-len(sides) :])]
    letters = [str(axis["name"]).upper() for axis in axes]
    if len(letters) != len(sides) or len(set(letters)) != len(sides) or not {"Y", "X"} <= set(letters) <= set(AXES):
        raise ReadError(f"{path} has the axes {letters} for {len(sides)} sides; an image has some of t, c, z, y, x")
    transforms = [*dataset.get("coordinateTransformations", ()), *scales.get("coordinateTransformations", ())]
    steps = [math.prod(float(t["scale"][i]) for t in transforms if t.get("type") == "scale") for i in range(len(sides))]
    known = {
        letter: step * factor
        for letter, axis, step in zip(letters, axes, steps, strict=True)
        if (factor := (seconds if letter == "T" else millimetres)(str(axis.get("unit", "")))) and transforms
    }
    usable = {letter: step for letter, step in known.items() if math.isfinite(step) and step > 0}
    channels = [channel.get("label") for channel in about.get("omero", {}).get("channels", ())]
    facts = StackFacts(named(channels), usable, usable.pop("T", None))
    return _Level(folder, dict(zip(letters, sides, strict=True)), itemsize, facts)


def _inside(path: Path, name: str) -> Path:
    pure = PurePosixPath(name)
    folder = path / name
    if pure.is_absolute() or ".." in pure.parts or not folder.resolve().is_relative_to(path.resolve()):
        raise ReadError(f"{path} keeps a level in {name!r}, which is not in it")
    return folder


def _checked(folder: Path) -> tuple[tuple[int, ...], int]:
    """Sides and bytes a number of one level's array, after its metadata was found to be harmless."""
    old = (folder / ".zarray").is_file()
    about = _json(folder / (".zarray" if old else "zarr.json"))
    codecs = [about.get("compressor"), *(about.get("filters") or ())] if old else about["codecs"]
    unknown = set(_codec_names(codec for codec in codecs if codec)) - SAFE_CODECS
    if unknown or about.get("storage_transformers"):
        raise ReadError(f"{folder} is packed by {', '.join(sorted(unknown)) or 'transformers'}, which is not read")
    dtype = np.dtype(about["dtype"] if old else about["data_type"])
    chunk = about["chunks"] if old else about["chunk_grid"]["configuration"]["chunk_shape"]
    sides = tuple(int(side) for side in about["shape"])
    if dtype.kind not in "buif" or not 2 <= len(sides) <= len(AXES):
        raise ReadError(f"{folder} holds {dtype} values on {len(sides)} axes, expected numbers on 2 to 5")
    check_size(folder, tuple(int(side) for side in chunk), dtype.itemsize)
    return sides, dtype.itemsize


def _codec_names(codecs: Iterable[Any]) -> list[str]:
    """Names of codecs, those inside of a sharding codec too."""
    names = []
    for codec in codecs:
        names.append(str(codec.get("id") or codec.get("name")))
        inner = codec.get("configuration") or {}
        names += _codec_names([*inner.get("codecs", ()), *inner.get("index_codecs", ())])
    return names


def _json(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MOST_JSON:
        raise ReadError(f"{path} is no metadata: it has {path.stat().st_size} bytes")
    found = json.loads(path.read_text("utf-8"))
    if not isinstance(found, dict):
        raise ReadError(f"{path} holds no JSON object")
    return found


def _array(level: _Level) -> Any:
    zarr = library("zarr", "OME-Zarr", "zarr")
    found = zarr.open_array(str(level.folder), mode="r")
    if found.shape != tuple(level.sides.values()):
        raise PixelError(f"{level.folder} has the shape {found.shape}, its metadata says {level.sides}")
    return found


def _ordered(level: _Level, array: Any) -> Pixels:
    """The file's array with its axes in the order channel, z, y, x, time before channel or in the place of z."""
    wanted = "CTZYX" if time_is_depth(level.sides) else AXES
    letters = list(level.sides)
    turned = np.asarray(array).transpose([letters.index(axis) for axis in wanted if axis in letters])
    turned = turned.astype(np.uint8) if turned.dtype == bool else turned
    return np.ascontiguousarray(turned).astype(turned.dtype.newbyteorder("="), copy=False)
