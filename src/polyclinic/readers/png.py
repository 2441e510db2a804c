"""PNGs of plain grey or colour, straight through libpng: the same pixels as Pillow's, and sooner.

Plain are those for which nothing has to be looked up or laid over: no palette, no transparency, no interlacing, and
no chunk that may turn the picture. All others, and those that libpng refuses, are left to Pillow and its verdict.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.readers.files import check_size
from polyclinic.study import Pixels

START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
HEADER, CHUNK = struct.Struct(">IIBBBBB"), struct.Struct(">I4s")
KINDS = {(8, 0): (1, np.uint8), (16, 0): (1, np.uint16), (8, 2): (3, np.uint8)}  # bits, colour type: channels, numbers
PIXELS, END = b"IDAT", b"IEND"
HARMLESS = {PIXELS, b"bKGD", b"cHRM", b"gAMA", b"pHYs", b"sBIT", b"sRGB", b"tIME"}  # texts may hold EXIF


def decode(data: bytes, path: Path) -> Pixels | None:
    """The pixels of a plain PNG, (1, y, x) or (3, y, x); None where it is for Pillow.

    Args:
        path: what it is called, for errors.

    Raises:
        ReadError: its header claims too much.
    """
    if not _is_plain(data):
        return None
    width, height, bits, colour, *_ = HEADER.unpack_from(data, len(START))
    channels, number = KINDS[bits, colour]
    check_size(path, (channels, height, width), np.dtype(number).itemsize)
    try:
        array = _libpng()(data)
    except (ValueError, RuntimeError):  # PngError is a RuntimeError; a message that is no UTF-8 a ValueError
        return None
    return array[None] if channels == 1 else np.ascontiguousarray(array.transpose(2, 0, 1))


@cache
def _libpng() -> Callable[[bytes], NDArray[Any]]:
    """Its decoder, whose remarks on odd files are for those who have set up logging."""
    import imagecodecs

    logging.getLogger("imagecodecs").addHandler(logging.NullHandler())
    found: Callable[[bytes], NDArray[Any]] = imagecodecs.png_decode
    return found


def _is_plain(data: bytes) -> bool:
    """Whether all chunks up to the end mark are there and none needs more than libpng."""
    at = len(START) + HEADER.size + 4  # a sum ends each chunk
    if not data.startswith(START) or len(data) < at:
        return False
    _, _, bits, colour, _, _, interlaced = HEADER.unpack_from(data, len(START))
    if interlaced or (bits, colour) not in KINDS:
        return False
    while at + CHUNK.size <= len(data):
        length, kind = CHUNK.unpack_from(data, at)
        if kind == END:
            return True
        if kind not in HARMLESS:
            return False
        at += length + CHUNK.size + 4
    return False
