"""Slices whose pixels are plain numbers, read straight into a volume.

A series' headers are parsed to sort it. For slices that need no decoder, what they say is enough to read the pixels as
well: the file is not parsed a second time, and one plane is all that is held beside the volume. Whatever is in the
least unusual is left to `decoding`, so both give the same values.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.study import Pixels

TAGS = ("BitsStored", "PixelRepresentation", "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence")
UNUSUAL = ("ModalityLUTSequence", "DoseGridScaling", "PixelValueTransformationSequence")
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
PIXEL_DATA = struct.pack("<HH", 0x7FE0, 0x0010)
WORDS = {(8, 0): "u1", (8, 1): "i1", (16, 0): "<u2", (16, 1): "<i2"}  # bits, signed
MOST_EXACT = 2**24  # up to which a 32-bit float holds every whole number


@dataclass(frozen=True)
class Native:
    """Where a slice's numbers lie, and what they mean.

    Args:
        start: of the pixel data's element in the file.
        explicit: whether the element names its type.
        unused: bits above those that are stored; whatever lies there is no part of the value.
        scale: rescale slope and intercept; None where stored values are the values.
    """

    start: int
    explicit: bool
    shape: tuple[int, int]
    dtype: str
    unused: int
    scale: tuple[float, float] | None

    def read(self, path: Path) -> Pixels | None:
        """The values (y, x); None where the file is not what its header was when it was read."""
        try:
            with path.open("rb") as file:
                file.seek(self.start)
                length = 12 if self.explicit else 8
                if self._announced(file.read(length)) != self._bytes:
                    return None
                raw = np.fromfile(file, self.dtype, self.shape[0] * self.shape[1])
        except OSError:
            return None
        if raw.nbytes != self._bytes:
            return None
        if self.unused:
            raw = (raw << self.unused) >> self.unused  # the sign, where there is one, is carried back along
        values = raw.astype(raw.dtype.newbyteorder("="), copy=False).reshape(self.shape)
        return values if self.scale is None else scaled(values, *self.scale)

    @property
    def _bytes(self) -> int:
        return self.shape[0] * self.shape[1] * np.dtype(self.dtype).itemsize

    def _announced(self, element: bytes) -> int | None:
        """The length that the pixel data's element states; None where it is another element."""
        if not element.startswith(PIXEL_DATA) or (self.explicit and element[4:6] not in (b"OW", b"OB")):
            return None
        return int.from_bytes(element[-4:], "little")


def native_of(data: Any, start: int) -> Native | None:
    """How to read a slice's pixels without parsing it again; None where a decoder is needed.

    Args:
        data: its header, with the attributes of `TAGS` where it has them.
        start: where the parser stopped: before the pixel data.
    """
    syntax = str(getattr(data, "file_meta", {}).get("TransferSyntaxUID", ""))
    dtype = WORDS.get((data.get("BitsAllocated"), data.get("PixelRepresentation")))
    stored = data.get("BitsStored")
    plain = (
        syntax in (EXPLICIT, IMPLICIT)
        and dtype is not None
        and isinstance(stored, int)
        and data.get("SamplesPerPixel") == 1
        and data.get("PhotometricInterpretation") == "MONOCHROME2"
        and int(data.get("NumberOfFrames") or 1) == 1
        and not any(name in data for name in UNUSUAL)
    )
    if not plain or dtype is None:
        return None
    unused = 8 * np.dtype(dtype).itemsize - int(stored)
    sides, scale = (data.get("Rows"), data.get("Columns")), (data.get("RescaleSlope"), data.get("RescaleIntercept"))
    if not 0 <= unused < 8 * np.dtype(dtype).itemsize or not all(isinstance(side, int) for side in sides):
        return None
    if scale in ((None, None), (1, 0)):
        return Native(start, syntax == EXPLICIT, sides, dtype, unused, None)
    if not all(isinstance(number, float) for number in scale):  # one is missing, or there are several
        return None
    return Native(start, syntax == EXPLICIT, sides, dtype, unused, (float(scale[0]), float(scale[1])))


def scaled(raw: Pixels, slope: float, intercept: float) -> Pixels:
    """Stored values in their unit, as 32-bit floats rounded once: the arithmetic is 64-bit where 32 are not exact."""
    most = abs(slope) * 2.0 ** (8 * raw.dtype.itemsize) + abs(intercept)
    exact = slope.is_integer() and intercept.is_integer() and most < MOST_EXACT
    values = np.multiply(raw, slope, dtype=np.float32 if exact else np.float64)
    values += intercept
    return values.astype(np.float32, copy=False)
