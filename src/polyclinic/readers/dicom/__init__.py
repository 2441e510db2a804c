"""DICOM through pydicom: one image or one multi-frame object in one file, and a folder's series as volumes.

Pixels are in modality units (rescale slope or modality LUT applied: Hounsfield units for CT), colour is
RGB, and MONOCHROME1 is turned so that larger is brighter. Frames that say where they lie are put in order
along their normal. The display window is not burnt in: `window` gives it in the same units. Errors never
quote the file, as it may name a patient.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.readers.dicom.decoding import colours, decoded, turn_of
from polyclinic.readers.dicom.frames import frame_stack
from polyclinic.readers.dicom.opening import marked, open_image, reading_dicom, whole_number
from polyclinic.readers.files import FileHeader, check_size
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = (".dcm", ".dicom")


def matches(head: bytes) -> bool:
    """Whether the DICOM mark stands behind the preamble."""
    return marked(head)


def headless(head: bytes) -> bool:
    """Old files lack preamble and mark; the name then has to say what they are."""
    return True


def header(path: Path) -> FileHeader:
    """Shape, modality, view, spacing, and the affine of a multi-frame volume.

    Raises:
        ReadError: damaged, without pixels, or too large.
    """
    with reading_dicom(path):
        data = open_image(path, pixels=False)
        shape = _shape(path, data)
        known: dict[str, Any] = {
            "modality": str(data.get("Modality", "")) or None,
            "view": str(data.get("ViewPosition", "")) or None,
            "spacing_mm": _spacing(data, volume=len(shape) == 4),
        }
        if len(shape) == 4 and (placed := frame_stack(data, shape[1])) is not None:
            known |= {"spacing_mm": placed.spacing_mm, "affine": placed.affine}
    return FileHeader(shape, known)


def pixels(path: Path) -> Pixels:
    """Decode to (channel, y, x) or, for several frames, (channel, z, y, x).

    Raises:
        ReadError: damaged, without pixels, too large, or in a transfer syntax without a decoder here.
    """
    with reading_dicom(path):
        data = open_image(path, pixels=True)
        shape = _shape(path, data)
        array = decoded(path, data, frames=shape[1] if len(shape) == 4 else 1)
        if shape[0] == 3:
            array = np.moveaxis(array, -1, 0)
        array = array.reshape(shape)
        if len(shape) == 4 and (placed := frame_stack(data, shape[1])) is not None:
            array = array[:, list(placed.order)]
        return np.ascontiguousarray(array).astype(array.dtype.newbyteorder("="), copy=False)


def labels(path: Path) -> Pixels:
    """A mask's values are its pixels."""
    return pixels(path)


def window(path: Path) -> tuple[float, float] | None:
    """The first display window as (low, high) in the units of `pixels`; None where the file has none."""
    with reading_dicom(path):
        data = open_image(path, pixels=False)
        if "WindowCenter" not in data or "WindowWidth" not in data:
            return None
        centre, width = (float(_first(data[name].value)) for name in ("WindowCenter", "WindowWidth"))
        low, high = centre - width / 2, centre + width / 2
        turn = turn_of(data, data)
        return (low, high) if turn is None else (turn - high, turn - low)


def _shape(path: Path, data: Any) -> tuple[int, ...]:
    frames = whole_number(path, data, "NumberOfFrames", 1)
    rows, columns = (whole_number(path, data, name, 0) for name in ("Rows", "Columns"))
    plane = (rows, columns)
    shape = (3 if colours(data) else 1, *((frames, *plane) if frames > 1 else plane))
    check_size(path, shape, max(whole_number(path, data, "BitsAllocated", 8) // 8, 4))
    return shape


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
