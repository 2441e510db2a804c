"""Readers: bytes to Images. One file a format; which one reads a file is decided by its content.

`read_pixels` gives the pixels, `read_image` the header's facts with the pixels still on disk,
`read_shape` the pixels' shape without decoding them, `read_labels` a mask or label map as integers.
"""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers import dicom, nifti, photo, tiff
from polyclinic.readers.files import FileHeader, Reader, read_head
from polyclinic.study import Image, Pixels

READERS: tuple[Reader, ...] = (photo, dicom, tiff, nifti)  # a DICOM preamble may pose as a TIFF
ENDINGS = tuple(ending for reader in READERS for ending in reader.ENDINGS)

__all__ = ["ENDINGS", "is_image_name", "read_header", "read_image", "read_labels", "read_pixels", "read_shape"]


def is_image_name(name: str) -> bool:
    """Whether a file of this name may be an image; content decides later.

    Example:
        >>> is_image_name("scan.nii.gz"), is_image_name("table.csv")
        (True, False)
    """
    return name.lower().endswith(ENDINGS)


def read_pixels(path: Path) -> Pixels:
    """Read pixels as (channel, y, x), or (channel, z, y, x) for a volume, in the file's own number type.

    Raises:
        ReadError: missing, truncated, without pixels, too large, or of no known format.
    """
    return _reader(path).pixels(path)


def read_header(path: Path) -> FileHeader:
    """Read what the header says: the pixels' shape, and what an `Image` can know of it.

    Raises:
        ReadError: as `read_pixels`, where the header or the file's end shows it already.
    """
    return _reader(path).header(path)


def read_shape(path: Path) -> tuple[int, ...]:
    """The shape that `read_pixels` will give."""
    return read_header(path).shape


def read_image(path: Path) -> Image:
    """An `Image` with the header's facts; its pixels are read when they are asked for.

    Raises:
        ReadError: as `read_header`.
    """
    return Image(path.name, load=partial(read_pixels, path), **read_header(path).known)


def read_labels(path: Path) -> Pixels:
    """Read a mask or label map as (y, x) or (z, y, x); the last few are kept, as many Regions share one file.

    Palette images give their indices; colour masks their largest channel; a JPEG mask is cut at half
    its range, because compression smears its edges.
    """
    status = _stat(path)
    return _labels(path, *status)


@lru_cache(maxsize=4)
def _labels(path: Path, modified: int, size: int) -> Pixels:
    reader = _reader(path)
    array = reader.labels(path)
    labels = array[0] if len(array) == 1 else array.max(axis=0)
    labels.flags.writeable = False
    return labels if labels.dtype.kind != "f" else np.nan_to_num(labels)


def _stat(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error
    return status.st_mtime_ns, status.st_size


def _reader(path: Path) -> Reader:
    head = read_head(path)
    for reader in READERS:
        if reader.matches(head):
            return reader
    for reader in READERS:
        if path.name.lower().endswith(reader.ENDINGS) and reader.headless(head):
            return reader
    raise ReadError(
        f"{path} is no image of a known format (it starts with {head[:8].hex(' ') or 'nothing'})",
        hint="readable formats: PNG, JPEG, GIF, PPM, TIFF, DICOM, NIfTI",
    )
