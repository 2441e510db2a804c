"""NIfTI-1 and NIfTI-2 through nibabel, plain or gzipped: axes become (z, y, x), a fourth one channels.

The affine stays as the file has it: it maps the voxel's (x, y, z) to millimetres, RAS+.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.files import FileHeader, check_size, read_tail, reading
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = (".nii", ".nii.gz")
GZIP = b"\x1f\x8b"


def matches(head: bytes) -> bool:
    """Whether the first bytes, unzipped if need be, are those of a NIfTI file."""
    plain = _unzipped(head) if head.startswith(GZIP) else head
    return plain[344:348] in (b"n+1\0", b"ni1\0") or plain[4:8] in (b"n+2\0", b"ni2\0")


def headless(head: bytes) -> bool:
    """A gzip too damaged to show its inside is still tried, for a telling error."""
    return head.startswith(GZIP)


def header(path: Path) -> FileHeader:
    """Shape, spacing and affine.

    Raises:
        ReadError: truncated, damaged, too large, or not numbers.
    """
    with reading(path, "NIfTI"):
        volume = _open(path)
        _check_end(path, volume)
        shape = _shape(path, volume)
        zooms = tuple(float(zoom) for zoom in volume.header.get_zooms()[: len(shape) - 1][::-1])
        affine = tuple(tuple(float(v) for v in row) for row in volume.affine)
    return FileHeader(shape, {"spacing_mm": zooms if min(zooms) > 0 else None, "affine": affine})


def pixels(path: Path) -> Pixels:
    """Decode to (channel, z, y, x), or (channel, y, x) for a flat file; scaled values are 32-bit floats.

    Raises:
        ReadError: truncated, damaged, too large, or not numbers.
    """
    with reading(path, "NIfTI"):
        volume = _open(path)
        shape = _shape(path, volume)
        array = np.asanyarray(volume.dataobj)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        # the file's order is x fastest, so reversing the axes makes the array C-ordered
        return np.ascontiguousarray(array.T.reshape(shape)).astype(array.dtype.newbyteorder("="), copy=False)


def labels(path: Path) -> Pixels:
    """A mask's values are its pixels."""
    return pixels(path)


def _open(path: Path) -> Any:
    import nibabel

    if not path.name.lower().endswith(ENDINGS):
        raise ReadError(f"{path} is NIfTI under another name", hint="rename it to end in .nii or .nii.gz")
    return nibabel.load(path, mmap=False)


def _shape(path: Path, volume: Any) -> tuple[int, ...]:
    sides = tuple(int(side) for side in volume.shape)
    if volume.get_data_dtype().kind not in "uif":
        raise ReadError(f"{path} holds {volume.get_data_dtype()} values, expected plain numbers")
    while len(sides) > 2 and sides[-1] == 1 and len(sides) != 3:
        sides = sides[:-1]
    if not 2 <= len(sides) <= 4:
        raise ReadError(f"{path} has the shape {sides}; a volume has x, y, z and at most one axis more")
    check_size(path, sides, max(volume.get_data_dtype().itemsize, 8))
    return sides[::-1] if len(sides) == 4 else (1, *sides[::-1])


def _check_end(path: Path, volume: Any) -> None:
    """Hold the announced bytes against the file's end (gzip keeps its plain size there, modulo 2**32)."""
    start = int(volume.dataobj.offset)
    announced = start + int(np.prod(volume.shape, dtype=np.int64)) * volume.get_data_dtype().itemsize
    zipped = path.name.lower().endswith(".gz")
    held = int.from_bytes(read_tail(path, 4), "little") if zipped else path.stat().st_size
    if held < announced % 2**32:
        raise ReadError(f"{path} is truncated: its header announces {announced} bytes", hint="copy it again")


def _unzipped(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, 1024)
    except zlib.error:
        return b""
