"""Readers: bytes to Images. One file a format; which one reads a file is decided by its content.

`read_pixels` gives the pixels, `read_slice` one slice of a volume, `read_image` the header's facts with the
pixels still on disk, `read_shape` the pixels' shape without decoding them, `read_labels` a mask or label map as
integers. A folder of DICOM slices is read like a file. `FilePixels` and `FileLabels` are what a Study's images and
masks are loaded by.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from polyclinic.errors import ReadError
from polyclinic.readers import (
    channel_files,
    dicom,
    members,
    metaimage,
    nifti,
    nrrd,
    ome_zarr,
    photo,
    slide,
    tiff,
    video,
)
from polyclinic.readers.dicom import series
from polyclinic.readers.files import (
    ClaimingReader,
    FileHeader,
    ManyFilesReader,
    Reader,
    SlicedReader,
    check_plane,
    read_head,
)
from polyclinic.study import Image, Pixels

READERS: tuple[Reader, ...] = (photo, dicom, tiff, nrrd, metaimage, nifti, video)  # a DICOM preamble may pose as a TIFF
CLAIMANTS: tuple[ClaimingReader, ...] = (members, channel_files, ome_zarr, series, slide)  # asked first
ENDINGS = tuple(ending for reader in (*READERS, *CLAIMANTS) for ending in reader.ENDINGS)

__all__ = [
    "ENDINGS",
    "FileLabels",
    "FilePixels",
    "image_files",
    "is_image_folder",
    "is_image_name",
    "read_header",
    "read_image",
    "read_labels",
    "read_pixels",
    "read_shape",
    "read_slice",
]


@dataclass(frozen=True)
class FilePixels:
    """The loader of an image in a file: the whole, one slice, or the shape alone."""

    path: Path

    def __call__(self) -> Pixels:
        """The whole, by `read_pixels`."""
        return read_pixels(self.path)

    def slice(self, index: int) -> Pixels:
        """One slice, by `read_slice`."""
        return read_slice(self.path, index)

    def shape(self) -> tuple[int, ...]:
        """The shape of the whole, by `read_shape`."""
        return read_shape(self.path)


@dataclass(frozen=True)
class FileLabels:
    """The loader of a mask or label map in a file: the whole, or one slice."""

    path: Path

    def __call__(self) -> Pixels:
        """The whole, by `read_labels`."""
        return read_labels(self.path)

    def slice(self, index: int) -> Pixels:
        """One slice: of the format's own making where it can, else of the whole, of which the last few are kept."""
        if isinstance(_reader(self.path), SlicedReader):
            return _flat_labels(read_slice(self.path, index))
        labels = read_labels(self.path)
        check_plane(self.path, (1, *labels.shape), index)
        return labels[index]


def is_image_name(name: str) -> bool:
    """Whether a file of this name may be an image; content decides later.

    Example:
        >>> is_image_name("scan.nii.gz"), is_image_name("table.csv")
        (True, False)
    """
    return name.lower().endswith(ENDINGS)


def is_image_folder(name: str) -> bool:
    """Whether a folder of this name is one image, not a folder of images.

    Example:
        >>> is_image_folder("cells.ome.zarr"), is_image_folder("cells")
        (True, False)
    """
    return name.lower().endswith(ome_zarr.ENDINGS)


def image_files(path: Path) -> tuple[Path, ...]:
    """All files that make an image: its own, and those that it keeps data in. A path that is no image stands alone."""
    try:
        reader = _reader(path)
        return tuple(reader.files(path)) if isinstance(reader, ManyFilesReader) else (path,)
    except ReadError:
        return (path,)


def read_pixels(path: Path) -> Pixels:
    """Read pixels as (channel, y, x), or (channel, z, y, x) for a volume, in the file's own number type.

    Raises:
        ReadError: missing, truncated, without pixels, too large, or of no known format.
    """
    return _reader(path).pixels(path)


def read_slice(path: Path, index: int) -> Pixels:
    """Read one slice of a volume along z as (channel, y, x): what `read_pixels(path)[:, index]` gives.

    Formats that can read no more than that of a plain file, and no further than that of a packed one, whose checksum
    then stays unchecked.

    Raises:
        ReadError: as `read_pixels`.
        PixelError: no volume, or no such slice in it.
    """
    reader = _reader(path)
    if isinstance(reader, SlicedReader):
        return reader.plane(path, index)
    pixels = reader.pixels(path)
    check_plane(path, pixels.shape, index)
    return np.ascontiguousarray(pixels[:, index])


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
    return Image(path.name, load=FilePixels(path), **read_header(path).known)


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
    labels = _flat_labels(reader.labels(path))
    labels.flags.writeable = False
    return labels


def _flat_labels(array: Pixels) -> Pixels:
    labels = array[0] if len(array) == 1 else array.max(axis=0)
    return labels if labels.dtype.kind != "f" else np.nan_to_num(labels)


def _stat(path: Path) -> tuple[int, int]:
    try:
        held = series.folder_of(path) if series.claims(path) else members.container_of(path)
        status = (held or path).stat()
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error
    return status.st_mtime_ns, status.st_size


def _reader(path: Path) -> Reader:
    for claimant in CLAIMANTS:
        if claimant.claims(path):
            return claimant
    head = read_head(path)
    for reader in READERS:
        if reader.matches(head):
            return reader
    for reader in READERS:
        if path.name.lower().endswith(reader.ENDINGS) and reader.headless(head):
            return reader
    raise ReadError(
        f"{path} is no image of a known format (it starts with {head[:8].hex(' ') or 'nothing'})",
        hint="readable formats: PNG, JPEG, GIF, PPM, TIFF, DICOM, NIfTI, NRRD, MetaImage, OME-Zarr, slides, video",
    )
