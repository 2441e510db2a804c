"""MetaImage (ITK's .mha and .mhd): plain or zlib, the data behind the header or in one file beside it.

Positions in the file are LPS, as ITK has them; the affine is given in RAS+. Where a file has neither a matrix nor an
offset it says nothing of where it lies, and has no affine.

Source:
    ITK wiki, MetaIO/Documentation; rows of `TransformMatrix` are the directions of the axes.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.files import FileHeader, reading
from polyclinic.readers.voxels import HEADER_BYTES, LPS, Affine, Voxels, affine_ras, beside, numbers
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = (".mha", ".mhd")
FIRST = ("ObjectType", "NDims", "Comment", "ObjectSubType", "TransformType", "Name", "ID")
TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",  # four bytes in the format, whatever the machine has
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
MATRICES = ("TransformMatrix", "Rotation", "Orientation")
ORIGINS = ("Offset", "Position", "Origin")

Fields = dict[str, str]


def matches(head: bytes) -> bool:
    """Whether the first line is a field that MetaImage headers begin with, and another follows."""
    lines = head.split(b"\n")
    names = [line.split(b"=")[0].strip().decode("latin-1") for line in lines[:2] if b"=" in line]
    return len(names) == 2 and names[0] in FIRST and (names[0] != "ObjectType" or b"Image" in lines[0])


def headless(head: bytes) -> bool:
    """The format does not do without its first fields."""
    return False


def header(path: Path) -> FileHeader:
    """Shape, spacing and affine.

    Raises:
        ReadError: truncated, damaged, too large, data outside of the folder, or of a kind that is not read.
    """
    with reading(path, "MetaImage"):
        fields, voxels = _open(path)
        spacing = _spacing(fields)
        known = {
            "spacing_mm": tuple(spacing[: len(voxels.shape) - 1][::-1]) if spacing is not None else None,
            "affine": _affine(fields, spacing),
        }
        return FileHeader(voxels.shape, known)


def pixels(path: Path) -> Pixels:
    """Decode to (channel, [z,] y, x).

    Raises:
        ReadError: as `header`.
    """
    with reading(path, "MetaImage"):
        return _open(path)[1].read()


def plane(path: Path, index: int) -> Pixels:
    """Decode one slice along z to (channel, y, x).

    Raises:
        ReadError: as `header`.
        PixelError: no such slice.
    """
    with reading(path, "MetaImage"):
        return _open(path)[1].plane(index)


def labels(path: Path) -> Pixels:
    """A mask's values are its pixels."""
    return pixels(path)


def files(path: Path) -> tuple[Path, ...]:
    """The file, and the one beside it that holds its data.

    Raises:
        ReadError: as `header`.
    """
    with reading(path, "MetaImage"):
        return tuple(dict.fromkeys((path, _open(path)[1].path)))


def encode(pixels: Pixels) -> bytes:
    """A file of these (channel, [z,] y, x) pixels that says nothing of where they lie; flags and halves are widened."""
    wider = {"b": "u1", "f": "f4"}.get(pixels.dtype.kind if pixels.dtype.itemsize < 3 else "")
    values = np.moveaxis(pixels, 0, -1).astype(wider or pixels.dtype.newbyteorder("<"))
    kind = next(name for name, code in TYPES.items() if code == values.dtype.str[1:])
    sides = " ".join(map(str, values.shape[-2::-1]))
    head = f"ObjectType = Image\nNDims = {values.ndim - 1}\nDimSize = {sides}\n"
    head += f"ElementNumberOfChannels = {values.shape[-1]}\nElementType = {kind}\nElementDataFile = LOCAL\n"
    return head.encode() + values.tobytes()


def _open(path: Path) -> tuple[Fields, Voxels]:
    fields, end = _fields(path)
    kind = fields["ElementType"].upper().removesuffix("_ARRAY")
    if kind not in TYPES or not _true(fields.get("BinaryData", "True")):
        told = f"the element type {kind}" if kind not in TYPES else "its numbers as text"
        raise ReadError(f"{path} has {told}, which is not read", hint="save it with plain binary numbers")
    sides, channel = _axes(path, fields)
    big = _true(fields.get("BinaryDataByteOrderMSB", fields.get("ElementByteOrderMSB", "False")))
    dtype = np.dtype((">" if big else "<") + TYPES[kind])
    data, begin = _place(path, fields, end)
    skip = int(fields.get("HeaderSize", 0))
    if skip == -1:
        begin = max(data.stat().st_size - math.prod(sides) * dtype.itemsize, 0)
    elif skip < 0:
        raise ValueError(f"HeaderSize {skip}")
    elif data != path:
        begin += skip
    packed = _true(fields.get("CompressedData", "False"))
    voxels = Voxels(data, 0 if packed else begin, sides, dtype, channel, begin if packed else None)
    voxels.check()
    return fields, voxels


def _fields(path: Path) -> tuple[Fields, int]:
    """The header's fields, and where it ends: behind the line that says where the data are."""
    fields: Fields = {}
    with path.open("rb") as file:
        while (line := file.readline(HEADER_BYTES)) and file.tell() <= HEADER_BYTES:
            name, found, value = line.decode("utf-8", "replace").partition("=")
            if found:
                fields[name.strip()] = value.strip()
            if name.strip() == "ElementDataFile":
                return fields, file.tell()
    raise ValueError("the header has no ElementDataFile")


def _place(path: Path, fields: Fields, end: int) -> tuple[Path, int]:
    name = fields["ElementDataFile"]
    if name.upper() == "LOCAL":
        return path, end
    if name.upper().startswith("LIST") or "%" in name:
        raise ReadError(f"{path} keeps its data in several files", hint="save it as one file")
    return beside(path, name), 0


def _axes(path: Path, fields: Fields) -> tuple[tuple[int, ...], int | None]:
    """Sides, fastest first, and which of them holds channels: elements of several numbers, or a fourth axis."""
    sides = tuple(int(word) for word in fields["DimSize"].split())
    components = int(fields.get("ElementNumberOfChannels", 1))
    if len(sides) != int(fields["NDims"]) or min(*sides, components) < 1:
        raise ValueError(f"DimSize {fields['DimSize']!r} for {fields['NDims']} dimensions of {components} channels")
    while len(sides) > 3 and sides[-1] == 1:
        sides = sides[:-1]
    if not 2 <= len(sides) <= 4 or (len(sides) == 4 and components > 1):
        raise ReadError(f"{path} has the sizes {sides}; an image has two or three axes in space and one beside them")
    if components > 1:
        return (components, *sides), 0
    return sides, 3 if len(sides) == 4 else None


def _spacing(fields: Fields) -> tuple[float, ...] | None:
    """Spacing by axis, x first; None where the file does not say."""
    told = fields.get("ElementSpacing", fields.get("ElementSize"))
    if told is None:
        return None
    spacing = numbers(told)[: min(int(fields["NDims"]), 3)]
    return spacing if spacing and all(math.isfinite(step) and step > 0 for step in spacing) else None


def _affine(fields: Fields, spacing: tuple[float, ...] | None) -> Affine | None:
    dims = int(fields["NDims"])
    matrix = next((numbers(fields[name]) for name in MATRICES if name in fields), None)
    origin = next((numbers(fields[name]) for name in ORIGINS if name in fields), None)
    if dims not in (3, 4) or spacing is None or (matrix is None and origin is None):
        return None
    turned = np.eye(3) if matrix is None else np.array(matrix).reshape(dims, dims)[:3, :3]
    start = np.zeros(3) if origin is None else np.array(origin).reshape(dims)[:3]
    return affine_ras(turned * np.array(spacing)[:, None], start, LPS)


def _true(word: str) -> bool:
    return word.strip().lower() in ("true", "1", "t", "yes")
