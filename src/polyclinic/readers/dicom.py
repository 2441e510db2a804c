"""DICOM through pydicom: one image or one multi-frame object in one file.

Pixels are in modality units (rescale slope or modality LUT applied: Hounsfield units for CT), colour is
RGB, and MONOCHROME1 is turned so that larger is brighter. The display window is not burnt in: `window`
gives it in the same units. Errors never quote the file, as it may name a patient.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.codestreams import check_frames
from polyclinic.readers.files import FileHeader, check_size, reading
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = (".dcm", ".dicom")
MARK, MARK_AT = b"DICM", 128
DEFLATED = "1.2.840.10008.1.2.1.99"
GROUP_LENGTH_BYTES = 12
FIRST_PIXELS, LAST_PIXELS = 0x7FE00008, 0x7FE00010  # FloatPixelData, PixelData


def matches(head: bytes) -> bool:
    """Whether the DICOM mark stands behind the preamble."""
    return head[MARK_AT : MARK_AT + 4] == MARK


def headless(head: bytes) -> bool:
    """Old files lack preamble and mark; the name then has to say what they are."""
    return True


def header(path: Path) -> FileHeader:
    """Shape, modality, view and spacing.

    Raises:
        ReadError: damaged, without pixels, or too large.
    """
    with reading(path, "DICOM", private=True):
        data = _open(path, pixels=False)
        shape = _shape(path, data)
        known = {
            "modality": str(data.get("Modality", "")) or None,
            "view": str(data.get("ViewPosition", "")) or None,
            "spacing_mm": _spacing(data, volume=len(shape) == 4),
        }
    return FileHeader(shape, known)


def pixels(path: Path) -> Pixels:
    """Decode to (channel, y, x) or, for several frames, (channel, z, y, x).

    Raises:
        ReadError: damaged, without pixels, too large, or in a transfer syntax without a decoder here.
    """
    with reading(path, "DICOM", private=True):
        data = _open(path, pixels=True)
        shape = _shape(path, data)
        array = _decoded(path, data)
        if shape[0] == 3:
            array = np.moveaxis(array, -1, 0)
        return np.ascontiguousarray(array.reshape(shape)).astype(array.dtype.newbyteorder("="), copy=False)


def labels(path: Path) -> Pixels:
    """A mask's values are its pixels."""
    return pixels(path)


def window(path: Path) -> tuple[float, float] | None:
    """The first display window as (low, high) in the units of `pixels`; None where the file has none."""
    with reading(path, "DICOM", private=True):
        data = _open(path, pixels=False)
        if "WindowCenter" not in data or "WindowWidth" not in data:
            return None
        centre, width = (float(_first(data[name].value)) for name in ("WindowCenter", "WindowWidth"))
        low, high = centre - width / 2, centre + width / 2
        turn = _turn(data)
        return (low, high) if turn is None else (turn - high, turn - low)


def _open(path: Path, *, pixels: bool) -> Any:
    from pydicom.filereader import read_partial

    with path.open("rb") as file:
        marked = matches(file.read(MARK_AT + 4))
    if marked:
        _check_inflated(path)
    last = LAST_PIXELS if pixels else FIRST_PIXELS - 1
    with path.open("rb") as file:
        # a deflated megabyte can hold a hundred million empty elements of group 0, where a data set has none
        data = read_partial(file, lambda tag, *_: tag > last or tag.group == 0, force=not marked)
    if "Rows" not in data or "Columns" not in data:
        raise ReadError(f"{path} is DICOM without pixels", hint="reports, plans and waveforms are no images")
    if pixels and not ({"PixelData", "FloatPixelData", "DoubleFloatPixelData"} & set(data.dir())):
        raise ReadError(f"{path} is DICOM without pixels", hint="the header is there, the pixel data is not")
    return data


def _check_inflated(path: Path) -> None:
    """A deflated file is unpacked whole by the parser: measure first what it would become."""
    from pydicom.filereader import read_file_meta_info

    meta = read_file_meta_info(path)
    if meta.get("TransferSyntaxUID") != DEFLATED:
        return
    unpacker, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with path.open("rb") as file:
        file.seek(MARK_AT + 4 + GROUP_LENGTH_BYTES + int(meta.FileMetaInformationGroupLength))
        while (packed := unpacker.unconsumed_tail or file.read(2**16)) and not unpacker.eof:
            size += len(unpacker.decompress(packed, 2**20))
            check_size(path, (max(size, 1),), 1)


def _shape(path: Path, data: Any) -> tuple[int, ...]:
    frames = int(data.get("NumberOfFrames") or 1)
    colour = int(data.get("SamplesPerPixel") or 1) > 1 or data.get("PhotometricInterpretation") == "PALETTE COLOR"
    plane = (int(data.Rows), int(data.Columns))
    shape = (3 if colour else 1, *((frames, *plane) if frames > 1 else plane))
    check_size(path, shape, max(int(data.get("BitsAllocated") or 8) // 8, 4))
    return shape


def _decoded(path: Path, data: Any) -> Pixels:
    from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
    from pydicom.pixels.utils import pixel_array

    try:
        check_frames(path, data)
        raw = pixel_array(data)
    except (MemoryError, ReadError):
        raise
    except Exception as error:
        raise _undecoded(path, data) from error
    if data.get("PhotometricInterpretation") == "PALETTE COLOR":
        return _eight_bits(apply_color_lut(raw, data))[..., :3]
    if data.get("SamplesPerPixel", 1) > 1:
        return raw
    values = apply_modality_lut(raw, data) if _rescaled(data) else raw
    turn = _turn(data)
    values = values if turn is None else turn - values.astype(np.float64)
    return values.astype(np.float32) if values.dtype == np.float64 else values


def _eight_bits(colours: Pixels) -> Pixels:
    """Palettes hold 16-bit entries; screens, and everything else here, have 8."""
    return (colours >> 8).astype(np.uint8) if colours.dtype == np.uint16 else colours


def _rescaled(data: Any) -> bool:
    slope, start = data.get("RescaleSlope"), data.get("RescaleIntercept")
    return "ModalityLUTSequence" in data or (slope not in (None, 1) or start not in (None, 0))


def _turn(data: Any) -> float | None:
    """Where larger means darker (MONOCHROME1): the sum of the two ends of the range, to subtract from."""
    from pydicom.pixels.processing import apply_modality_lut

    if data.get("PhotometricInterpretation") != "MONOCHROME1":
        return None
    bits, signed = int(data.BitsStored), int(data.get("PixelRepresentation", 0))
    ends = np.array([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] if signed else [0, 2**bits - 1])
    return float((apply_modality_lut(ends, data) if _rescaled(data) else ends).sum())


def _undecoded(path: Path, data: Any) -> ReadError:
    from pydicom.pixels.decoders.base import get_decoder

    syntax = getattr(data.file_meta, "TransferSyntaxUID", None) if hasattr(data, "file_meta") else None
    if syntax is None:
        return ReadError(
            f"cannot decode {path}: it names no transfer syntax", hint="save it again with its file meta header"
        )
    told = f"{syntax.name} ({syntax})"
    try:
        ready = get_decoder(syntax).is_available
    except NotImplementedError:
        ready = False
    if ready:
        return ReadError(f"cannot decode {path}, transfer syntax {told}", hint="its pixel data is truncated or damaged")
    return ReadError(
        f"cannot decode {path}: no decoder for transfer syntax {told} is installed",
        hint="pip install pylibjpeg-openjpeg pyjpegls, or save it again uncompressed",
    )


def _spacing(data: Any, *, volume: bool) -> tuple[float, ...] | None:
    plane = data.get("PixelSpacing") or data.get("ImagerPixelSpacing")
    if not plane or len(plane) != 2:
        return None
    sides = tuple(float(side) for side in plane)
    between = data.get("SpacingBetweenSlices") or data.get("SliceThickness")
    if volume and not between:
        return None
    return (float(between), *sides) if volume else sides


def _first(value: Any) -> Any:
    return value[0] if hasattr(value, "__getitem__") and not isinstance(value, str) else value
