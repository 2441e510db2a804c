"""A section on disk: a pyramid of deflated tiles in Aperio's form, which OpenSlide reads, written tile by tile.

Source: the TIFF form as OpenSlide documents it (Aperio): the full slide, a thumbnail, the smaller levels; microns a
pixel and magnification in the description.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.histology.section import Section

THUMBNAIL_SIDE = 512


def write_slide(path: Path, section: Section) -> None:
    """Write the slide; its smaller levels grow beside it on disk meanwhile."""
    import tifffile

    side, tile = section.shape()[1], section.size
    said = (
        f"Aperio form, written by Polyclinic: a phantom|AppMag = {section.magnification:g}|MPP = {section.pixel_um:g}"
    )
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".levels-") as folder, tifffile.TiffWriter(path) as file:
        levels = [_level(Path(folder), side // 2**k) for k in range(1, section.fields.bit_length())]
        common: dict[str, Any] = {"photometric": "rgb", "metadata": None, "software": False}
        tiled = {"tile": (tile, tile), "compression": "deflate"} | common
        file.write(_fields(section, levels), shape=(side, side, 3), dtype=np.uint8, description=said, **tiled)
        small = next((level for level in levels if len(level) <= THUMBNAIL_SIDE), levels[-1])
        file.write(np.asarray(small), description=said.partition("|")[0], **common)
        for level in levels:
            file.write(level, description=said.partition("|")[0], **tiled)


def _level(folder: Path, side: int) -> NDArray[np.uint8]:
    return np.memmap(folder / f"{side}.raw", np.uint8, "w+", shape=(side, side, 3))


def _fields(section: Section, levels: list[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    """The fields (y, x, 3) row by row; each is shrunk into every level as it passes."""
    for row in range(section.fields):
        for column in range(section.fields):
            field = np.ascontiguousarray(section.field(column, row).transpose(1, 2, 0))
            shrunk = field
            for level in levels:
                shrunk = _halved(shrunk)
                y, x = row * len(shrunk), column * len(shrunk)
                level[y : y + len(shrunk), x : x + len(shrunk)] = shrunk
            yield field


def _halved(tile: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each pixel the mean of two by two."""
    rows, columns, colours = tile.shape
    blocks = tile.reshape(rows // 2, 2, columns // 2, 2, colours)
    return np.rint(blocks.mean(axis=(1, 3), dtype=np.float32)).astype(np.uint8)
