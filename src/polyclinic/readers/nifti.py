"""NIfTI-1 and NIfTI-2 through nibabel, plain or gzipped: axes become (z, y, x), a fourth one channels.

The affine maps the voxel's (x, y, z) to millimetres, RAS+: the sform where its code is set, else the qform; a file
that sets neither says nothing of where it lies, and has none. The frames of a series in time are channels, named by
their time where the header states unit and step.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.files import FileHeader, check_plane, check_size, read_tail, reading
from polyclinic.readers.inflate import GZIP, MOST_RATIO, Inflated, inflated_head, inflated_whole
from polyclinic.readers.units import millimetres, seconds, time_names
from polyclinic.readers.voxels import writable
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = (".nii", ".nii.gz")
SPACE, TIME = 3, 4  # number of axes that lie in space; the first that does not


def matches(head: bytes) -> bool:
    """Whether the first bytes, unzipped if need be, are those of a NIfTI file."""
    plain = inflated_head(head, 1024) if head.startswith(GZIP) else head
    return plain[344:348] in (b"n+1\0", b"ni1\0") or plain[4:8] in (b"n+2\0", b"ni2\0")


def headless(head: bytes) -> bool:
    """A gzip too damaged to show its inside is still tried, for a telling error."""
    return head.startswith(GZIP)


def header(path: Path) -> FileHeader:
    """Shape, spacing, affine, and the times of frames.

    Raises:
        ReadError: truncated, damaged, too large, or not numbers.
    """
    with reading(path, "NIfTI"):
        volume = _open(path)
        shape = _shape(path, volume)
        _check_end(path, volume)
        unit = millimetres(volume.header.get_xyzt_units()[0]) or 1.0  # unsaid means mm
        zooms = tuple(float(zoom) * unit for zoom in volume.header.get_zooms()[: min(SPACE, len(shape) - 1)][::-1])
        known = {
            "spacing_mm": zooms if all(math.isfinite(z) and z > 0 for z in zooms) else None,
            "affine": _affine(volume, unit),
            "channels": _times(volume, shape[0]),
        }
    return FileHeader(shape, {name: value for name, value in known.items() if value != ()})


def pixels(path: Path) -> Pixels:
    """Decode to (channel, z, y, x), or (channel, y, x) for a flat file; scaled values are 32-bit floats.

    Raises:
        ReadError: truncated, damaged, too large, or not numbers.
    """
    with reading(path, "NIfTI"):
        volume = _open(path)
        shape = _shape(path, volume)
        _check_end(path, volume)
        return _ours(_values(path, volume), shape)


def plane(path: Path, index: int) -> Pixels:
    """Decode one slice along z to (channel, y, x), and of a packed file nothing behind it.

    Raises:
        ReadError: as `pixels`; the checksum of a packed file is not looked at.
        PixelError: no such slice.
    """
    from nibabel.arrayproxy import ArrayProxy

    with reading(path, "NIfTI"):
        volume = _open(path)
        shape = _shape(path, volume)
        check_plane(path, shape, index)
        data = volume.dataobj
        if _packed(path):
            with Inflated(path) as file:
                data = ArrayProxy(file, (data.shape, data.dtype, data.offset, data.slope, data.inter), mmap=False)
                flat = np.asanyarray(data[:, :, index])
        else:
            flat = np.asanyarray(data[:, :, index])
        return _ours(flat, (shape[0], *shape[2:]))


def labels(path: Path) -> Pixels:
    """A mask's values are its pixels."""
    return pixels(path)


def _values(path: Path, volume: Any) -> Pixels:
    """The file's array, x first; a packed one is inflated at once where that can be."""
    from nibabel.volumeutils import apply_read_scaling

    data = volume.dataobj
    plain = inflated_whole(path, _announced(volume)) if _packed(path) else None
    if plain is None:
        return np.asanyarray(data)
    raw = plain[int(data.offset) :].view(data.dtype).reshape(data.shape, order="F")
    return np.asanyarray(apply_read_scaling(raw, data.slope, data.inter))


def _ours(array: Pixels, shape: tuple[int, ...]) -> Pixels:
    """The file's array, x first, in the order and number type that pixels have here."""
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    # the file's order is x fastest, so reversing the axes makes the array C-ordered
    turned = np.ascontiguousarray(array.T.reshape(shape))
    return writable(turned.astype(array.dtype.newbyteorder("="), copy=False))


def _open(path: Path) -> Any:
    import nibabel

    if not path.name.lower().endswith(ENDINGS):
        raise ReadError(f"{path} is NIfTI under another name", hint="rename it to end in .nii or .nii.gz")
    return nibabel.load(path, mmap=False)


def _packed(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def _shape(path: Path, volume: Any) -> tuple[int, ...]:
    sides = tuple(int(side) for side in volume.shape)
    if volume.get_data_dtype().kind not in "uif":
        raise ReadError(f"{path} holds {volume.get_data_dtype()} values, expected plain numbers")
    # vectors have their components on the fifth axis, behind a time axis of one
    sides = sides[:SPACE] + tuple(side for side in sides[SPACE:] if side != 1)
    if not 2 <= len(sides) <= TIME:
        raise ReadError(f"{path} has the shape {sides}; a volume has x, y, z and at most one axis more")
    check_size(path, sides, max(volume.get_data_dtype().itemsize, 8))
    return sides[::-1] if len(sides) == TIME else (1, *sides[::-1])


def _affine(volume: Any, unit: float) -> tuple[tuple[float, ...], ...] | None:
    """The placing that the header vouches for, in millimetres."""
    codes = int(volume.header["sform_code"]), int(volume.header["qform_code"])
    if max(codes) <= 0 or not np.isfinite(volume.affine).all():
        return None
    scaled = np.diag([unit, unit, unit, 1.0]) @ volume.affine
    return tuple(tuple(float(value) for value in row) for row in scaled)


def _times(volume: Any, frames: int) -> tuple[str, ...]:
    """Names of frames in time; none where the fourth axis is not said to be time, or its step is not stated."""
    unit = seconds(volume.header.get_xyzt_units()[1])
    if unit is None or frames == 1 or volume.ndim != TIME:
        return ()
    step, start = float(volume.header.get_zooms()[SPACE]) * unit, float(volume.header["toffset"]) * unit
    return time_names(frames, step, start) if step > 0 else ()


def _announced(volume: Any) -> int:
    """How many plain bytes the header says that there are."""
    sides = math.prod(int(side) for side in volume.shape)
    return int(volume.dataobj.offset) + sides * int(volume.get_data_dtype().itemsize)


def _check_end(path: Path, volume: Any) -> None:
    """Hold the announced bytes against the file: its size, or what it can hold and says at its end that it does.

    gzip keeps its plain size in the last four bytes, modulo 2**32.
    """
    held, announced = path.stat().st_size, _announced(volume)
    told = int.from_bytes(read_tail(path, 4), "little") if _packed(path) else held
    if told < announced % 2**32 or (_packed(path) and held * MOST_RATIO < announced):
        raise ReadError(f"{path} is truncated: its header announces {announced} bytes", hint="copy it again")
