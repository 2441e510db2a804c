"""NRRD: attached and detached headers, raw or gzip, the axes by their kinds and directions.

Axes in space become (z, y, x); one axis beside them (list, vector, colour, time) holds channels. The affine is given
in RAS+ where the file names a space of the patient (RAS, LAS, LPS), spacing in millimetres.

Source:
    Definition of NRRD file format, teem.sourceforge.net/nrrd/format.html.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ReadError
from polyclinic.readers.files import FileHeader, reading
from polyclinic.readers.units import millimetres
from polyclinic.readers.voxels import (
    HEADER_BYTES,
    LAS,
    LPS,
    MOST_AXES,
    RAS,
    Affine,
    Voxels,
    affine_ras,
    beside,
    numbers,
)
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = (".nrrd", ".nhdr")
MAGIC = b"NRRD000"
TYPES: dict[str, tuple[str, ...]] = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
CODES = {name: code for code, names in TYPES.items() for name in names}
SPACES = {
    **dict.fromkeys(("right-anterior-superior", "ras"), RAS),
    **dict.fromkeys(("left-anterior-superior", "las"), LAS),
    **dict.fromkeys(("left-posterior-superior", "lps"), LPS),
}
IN_SPACE = ("domain", "space", "???", "none")
ALIASES = {"datafile": "data file", "byteskip": "byte skip", "lineskip": "line skip"}
ENCODINGS = {"raw": False, "gzip": True, "gz": True}

Fields = dict[str, str]


def matches(head: bytes) -> bool:
    """Whether the first bytes are NRRD's."""
    return head.startswith(MAGIC)


def headless(head: bytes) -> bool:
    """The format does not do without its mark."""
    return False


def header(path: Path) -> FileHeader:
    """Shape, spacing and affine.

    Raises:
        ReadError: truncated, damaged, too large, data outside of the folder, or of a kind that is not read.
    """
    with reading(path, "NRRD"):
        fields, voxels = _open(path)
        steps = _steps(fields)
        axes = _axes_in_space(fields)
        spacing = _spacing(steps, fields, axes)
        return FileHeader(voxels.shape, {"spacing_mm": spacing, "affine": _affine(steps, fields, axes)})


def pixels(path: Path) -> Pixels:
    """Decode to (channel, [z,] y, x).

    Raises:
        ReadError: as `header`.
    """
    with reading(path, "NRRD"):
        return _open(path)[1].read()


def plane(path: Path, index: int) -> Pixels:
    """Decode one slice along z to (channel, y, x).

    Raises:
        ReadError: as `header`.
        PixelError: no such slice.
    """
    with reading(path, "NRRD"):
        return _open(path)[1].plane(index)


def labels(path: Path) -> Pixels:
    """A mask's values are its pixels."""
    return pixels(path)


def files(path: Path) -> tuple[Path, ...]:
    """The file, and the one beside it that holds its data.

    Raises:
        ReadError: as `header`.
    """
    with reading(path, "NRRD"):
        return tuple(dict.fromkeys((path, _open(path)[1].path)))


def _open(path: Path) -> tuple[Fields, Voxels]:
    fields, end = _fields(path)
    kind, encoding = fields["type"].lower(), fields["encoding"].lower()
    if kind not in CODES or encoding not in ENCODINGS:
        told = f"type {kind!r}" if kind not in CODES else f"encoding {encoding!r}"
        raise ReadError(f"{path} has the {told}, which is not read", hint="save it with plain numbers, raw or gzip")
    if int(fields.get("line skip", 0)):
        raise ReadError(f"{path} skips lines before its data, which is not read", hint="save it again without")
    order = {"little": "<", "big": ">"}[fields.get("endian", "little").lower()]
    if "endian" not in fields and CODES[kind][1] != "1":
        raise ReadError(f"{path} does not say in which order its bytes are", hint="add 'endian: little' or 'big'")
    sides, channel = _axes(path, fields)
    apart = fields.get("data file")
    data = path if apart is None else beside(path, _one_file(path, apart))
    begin, skip = 0 if apart else end, int(fields.get("byte skip", 0))
    voxels = Voxels(data, 0, sides, np.dtype(order + CODES[kind]), channel, begin if ENCODINGS[encoding] else None)
    start = _start(voxels, begin, skip)
    voxels = Voxels(data, start, sides, voxels.dtype, channel, voxels.packed_at)
    voxels.check()
    return fields, voxels


def _start(voxels: Voxels, begin: int, skip: int) -> int:
    """The first byte of the numbers; a skip of -1 says that they are the file's last bytes."""
    if skip < -1 or (skip == -1 and voxels.packed_at is not None):
        raise ValueError(f"byte skip {skip}")
    if skip == -1:
        size = voxels.dtype.itemsize
        for side in voxels.sides:
            size *= side
        return max(voxels.path.stat().st_size - size, 0)
    return skip if voxels.packed_at is not None else begin + skip


def _fields(path: Path) -> tuple[Fields, int]:
    """The header's fields, names in small letters, and where the header ends."""
    fields: Fields = {}
    with path.open("rb") as file:
        file.readline(HEADER_BYTES)
        while (line := file.readline(HEADER_BYTES)).strip():
            if file.tell() > HEADER_BYTES:
                raise ValueError("a header without an end")
            text = line.decode("utf-8", "replace").strip()
            name, found, value = text.partition(": ")
            if found and not text.startswith("#") and ":=" not in name:
                fields[ALIASES.get(name.lower(), name.lower())] = value.strip()
        return fields, file.tell()


def _one_file(path: Path, name: str) -> str:
    if name.split(maxsplit=1)[0] == "LIST" or "%" in name:
        raise ReadError(f"{path} keeps its data in several files", hint="save it as one file")
    return name


def _dimension(fields: Fields) -> int:
    dimension = int(fields["dimension"])
    if not 2 <= dimension <= MOST_AXES:
        raise ValueError(f"dimension {dimension}")
    return dimension


def _axes(path: Path, fields: Fields) -> tuple[tuple[int, ...], int | None]:
    """The sides that are kept, and which of them holds channels."""
    sides = tuple(int(word) for word in fields["sizes"].split())
    if len(sides) != _dimension(fields) or min(sides) < 1:
        raise ValueError(f"sizes {fields['sizes']!r} for dimension {fields['dimension']}")
    spatial = _axes_in_space(fields)
    kept = [axis for axis, side in enumerate(sides) if axis in spatial or side > 1]
    others = [axis for axis in kept if axis not in spatial]
    if len(others) > 1 or not 2 <= len(spatial) <= 3:
        raise ReadError(f"{path} has the sizes {sides}; an image has two or three axes in space and one beside them")
    return tuple(sides[axis] for axis in kept), kept.index(others[0]) if others else None


def _axes_in_space(fields: Fields) -> list[int]:
    """The axes with a direction, else those of a spatial kind, else the first three."""
    every = list(range(_dimension(fields)))
    steps = _vectors(fields.get("space directions", ""))
    if steps:
        return [axis for axis, step in zip(every, steps, strict=True) if step is not None]
    kinds = fields.get("kinds", "").lower().split()
    if len(kinds) == len(every):
        return [axis for axis in every if kinds[axis] in IN_SPACE][:3]
    return every[:3]


def _vectors(text: str) -> list[tuple[float, ...] | None]:
    """Vectors as NRRD writes them: `(1,0,0) none (0,1,0)`."""
    words = text.replace("none", " (none) ").replace("(", " ").split(")")
    stripped = [word.strip() for word in words if word.strip()]
    return [None if word == "none" else numbers(word.replace(",", " "), MOST_AXES) for word in stripped]


def _steps(fields: Fields) -> NDArray[Any] | None:
    """The directions of the axes in space, in millimetres, (axis, dimension of the space)."""
    found = [step for step in _vectors(fields.get("space directions", "")) if step is not None]
    if not found:
        return None
    scale = _scale(fields.get("space units", ""))
    return None if scale is None else np.array(found) * scale


def _scale(text: str) -> float | None:
    """Millimetres in the unit that all axes share; None where they differ or are no lengths. Unsaid means mm."""
    units = {word for word in text.replace('"', " ").split() if word.lower() not in ("none", "???")}
    if not units:
        return 1.0
    return millimetres(units.pop()) if len(units) == 1 else None


def _spacing(steps: NDArray[Any] | None, fields: Fields, axes: list[int]) -> tuple[float, ...] | None:
    if steps is not None:
        lengths = np.linalg.norm(steps, axis=1)
    elif "spacings" in fields and (scale := _scale(fields.get("units", ""))) is not None:
        lengths = np.array(numbers(fields["spacings"], MOST_AXES))[axes] * scale
    else:
        return None
    usable = np.isfinite(lengths).all() and (lengths > 0).all()
    return tuple(float(length) for length in lengths[::-1]) if usable else None


def _affine(steps: NDArray[Any] | None, fields: Fields, axes: list[int]) -> Affine | None:
    turn = SPACES.get(fields.get("space", "").lower())
    if steps is None or turn is None or steps.shape != (3, 3) or len(axes) != 3:
        return None
    told = _vectors(fields.get("space origin", ""))
    if len(told) != 1 or told[0] is None or len(told[0]) != 3:
        return None
    return affine_ras(steps, np.array(told[0]) * (_scale(fields.get("space units", "")) or 1.0), turn)
