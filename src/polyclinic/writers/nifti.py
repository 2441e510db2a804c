"""NIfTI files of volumes and label maps; the affine is kept as the record has it (as 32-bit floats)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import PixelError, UsageError
from polyclinic.readers.nifti import ENDINGS
from polyclinic.study import Image, Pixels, Region
from polyclinic.writers.files import whole

SCANNER = 1  # NIfTI's code for the scanner's coordinates
SIDES = 4


def write_volume(path: Path, image: Image, pixels: Pixels | None = None) -> None:
    """Write an image: axes become x, y, z and, where it has several channels, the channel.

    Args:
        path: ends in .nii or .nii.gz.
        pixels: (channel, [z,] y, x); None takes the image's own.

    Raises:
        UsageError: another ending, or the file is there.
        PixelError: values that NIfTI cannot hold.
    """
    _save(path, _axes(image.pixels if pixels is None else pixels), image)


def volume_bytes(image: Image, pixels: Pixels) -> bytes:
    """The content of the file that `write_volume` would write, uncompressed.

    Args:
        image: says affine or spacing.
        pixels: (channel, [z,] y, x).

    Raises:
        PixelError: values that NIfTI cannot hold.
    """
    data: bytes = _packed(_axes(pixels), image).to_bytes()
    return data


def write_label_map(path: Path, image: Image, regions: Sequence[Region]) -> Mapping[str, int]:
    """Write masks as one label map in the image's grid, values in the order given.

    Returns:
        Each region's value by its name; regions of one name share one.

    Raises:
        UsageError: no region, another ending, or the file is there.
        PixelError: a region has no mask or another size, or two of them overlap.
    """
    if not regions:
        raise UsageError("there is no region to write")
    values = {name: value for value, name in enumerate(dict.fromkeys(region.name for region in regions), start=1)}
    labels = np.zeros(regions[0].array.shape, np.uint8 if len(values) < 2**8 else np.uint16)
    for region in regions:
        mask, value = region.array, values[region.name]
        if mask.shape != labels.shape:
            raise PixelError(f"region {region.name!r} is {mask.shape}, the first is {labels.shape}")
        taken = labels[mask]
        if other := [v for v in np.unique(taken) if v not in (0, value)]:
            name = next(name for name, held in values.items() if held == other[0])
            raise PixelError(f"regions {region.name!r} and {name!r} overlap", hint="write each to a file of its own")
        labels[mask] = value
    _save(path, (labels if labels.ndim == SIDES - 1 else labels[None]).T, image)
    return values


def _axes(array: Pixels) -> Pixels:
    """(channel, [z,] y, x) as (x, y, z) or (x, y, z, channel)."""
    if array.ndim not in (3, SIDES):
        raise PixelError(f"expected (channel, [z,] y, x), got {array.shape}")
    volume = array if array.ndim == SIDES else array[:, None]
    return (volume[0] if len(volume) == 1 else volume).T


def _save(path: Path, array: Pixels, image: Image) -> None:
    import nibabel

    if not path.name.lower().endswith(ENDINGS):
        raise UsageError(f"{path.name} is no name of a NIfTI file", hint="end it in .nii or .nii.gz")
    volume = _packed(array, image)
    with whole(path) as part:
        nibabel.save(volume, part)


def _packed(array: Pixels, image: Image) -> Any:
    """A nibabel image with the record's geometry."""
    import nibabel

    volume = nibabel.Nifti1Image(_plain(array), None if image.affine is None else np.array(image.affine))
    if image.affine is not None:
        volume.set_sform(np.array(image.affine), code=SCANNER)
        volume.set_qform(np.array(image.affine), code=SCANNER, strip_shears=True)  # the sform goes first in readers
    elif image.spacing_mm is not None:
        volume.header.set_zooms([*image.spacing_mm[::-1], 1.0, 1.0][: array.ndim])
    volume.header.set_xyzt_units("mm")
    return volume


def _plain(array: Pixels) -> Pixels:
    """The array in a number type that NIfTI readers know."""
    if array.dtype == bool:
        return array.astype(np.uint8)
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8:
        low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
        fitting = next((t for t in (np.int32, np.uint32) if np.iinfo(t).min <= low and high <= np.iinfo(t).max), None)
        if fitting is None:
            raise PixelError(f"values from {low} to {high} do not fit into 32 bits")
        return array.astype(fitting)
    if array.dtype.kind not in "iuf":
        raise PixelError(f"expected numbers, got {array.dtype}")
    return array
