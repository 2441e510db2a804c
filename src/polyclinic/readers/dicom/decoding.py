"""From pixel data to values: codestreams unpacked, colours as RGB, grey in modality units, larger is brighter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers.codestreams import check_frames
from polyclinic.readers.dicom.frames import OWN, rescale_of
from polyclinic.study import Pixels

PALETTE = "PALETTE COLOR"
LIBRARIES = "pip install imagecodecs pyjpegls, or save it again uncompressed"


def colours(data: Any) -> bool:
    """Whether the pixels are colours, directly or through a palette."""
    return int(data.get("SamplesPerPixel") or 1) > 1 or data.get("PhotometricInterpretation") == PALETTE


def decoded(path: Path, data: Any, frames: int) -> Pixels:
    """The object's values as pydicom orders them: ([frame,] y, x [, colour]).

    Raises:
        ReadError: truncated, damaged, or in a transfer syntax without a decoder here.
    """
    raw = unpacked(path, data)
    if data.get("PhotometricInterpretation") == PALETTE:
        from pydicom.pixels.processing import apply_color_lut

        return _eight_bits(apply_color_lut(raw, data))[..., :3]
    if data.get("SamplesPerPixel", 1) > 1:
        return raw
    if frames == 1 or OWN not in data:
        values = _valued(raw, data, rescale_of(data, 0))
    else:
        each = [_valued(raw[frame], data, rescale_of(data, frame)) for frame in range(frames)]
        values = np.stack(each)
    return values.astype(np.float32) if values.dtype == np.float64 else values


def turn_of(data: Any, scale: Any) -> float | None:
    """Where larger means darker (MONOCHROME1): the sum of the two ends of the range, to subtract from."""
    if data.get("PhotometricInterpretation") != "MONOCHROME1":
        return None
    bits, signed = int(data.BitsStored), int(data.get("PixelRepresentation", 0))
    ends = np.array([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] if signed else [0, 2**bits - 1])
    return float(_rescaled(ends, scale).sum())


def unpacked(path: Path, data: Any) -> Pixels:
    """The object's stored values, ([frame,] y, x [, colour]).

    Raises:
        ReadError: as `decoded`.
    """
    from pydicom.pixels.utils import pixel_array

    from polyclinic.readers.dicom.codecs import add_codecs

    add_codecs()
    try:
        check_frames(path, data)
        return np.asarray(pixel_array(data))
    except (MemoryError, ReadError):
        raise
    except Exception as error:
        raise _undecoded(path, data) from error


def _valued(raw: Pixels, data: Any, scale: Any) -> Pixels:
    values = _rescaled(raw, scale)
    turn = turn_of(data, scale)
    return values if turn is None else turn - values.astype(np.float64)


def _rescaled(raw: Pixels, scale: Any) -> Pixels:
    from pydicom.pixels.processing import apply_modality_lut

    slope, start = scale.get("RescaleSlope"), scale.get("RescaleIntercept")
    if "ModalityLUTSequence" in scale or slope not in (None, 1) or start not in (None, 0):
        return np.asarray(apply_modality_lut(raw, scale))
    if (dose := scale.get("DoseGridScaling")) is not None:
        return raw * float(dose)
    return raw


def _eight_bits(values: Pixels) -> Pixels:
    """Palettes hold 16-bit entries; screens, and everything else here, have 8."""
    return (values >> 8).astype(np.uint8) if values.dtype == np.uint16 else values


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
    if not ready:
        return ReadError(f"cannot decode {path}: no decoder for transfer syntax {told} is installed", hint=LIBRARIES)
    if not syntax.is_encapsulated and (lacking := _lacking(data)):
        return ReadError(f"cannot decode {path}: its pixel data is truncated, {lacking}", hint="copy it again")
    return ReadError(f"cannot decode {path}, transfer syntax {told}", hint="its pixel data is truncated or damaged")


def _lacking(data: Any) -> str | None:
    """How many bytes of uncompressed pixel data are there, where the header announces more."""
    counts = [int(data.get(name) or 1) for name in ("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames")]
    announced = int(np.prod(counts, dtype=np.int64)) * int(data.BitsAllocated) // 8
    held = len(data.get("PixelData") or b"")
    return f"{held} of {announced} bytes" if held < announced else None
