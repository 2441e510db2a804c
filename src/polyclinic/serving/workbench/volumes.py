"""A volume, and the regions in it, as one small NIfTI file each: what a browser needs to render them in space.

Volumes may hold gigabytes, and a browser's texture at most 2048 voxels a side. For a picture in space blocks of voxels
are averaged until no side is longer than `SIDE`; planes that are read and measured come one by one, unthinned
(`planes`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import PixelError, UnsupportedError, UsageError
from polyclinic.serving.workbench.planes import plain
from polyclinic.study import Image, Pixels, Region
from polyclinic.writers.nifti import volume_bytes

SIDE = 256
MOST_LABELS = 2**16 - 1


def volume_file(image: Image, pixels: Pixels, channel: int = 0) -> bytes:
    """One channel of a volume as NIfTI, thinned.

    Args:
        pixels: (channel, z, y, x).

    Raises:
        UsageError: no such channel.
        UnsupportedError: a picture, which has no depth.
    """
    if pixels.shape[1] == 1:
        raise UnsupportedError("a picture has no depth to render", hint="ask for its plane")
    if not 0 <= channel < len(pixels):
        raise UsageError(f"no channel {channel}, there are {len(pixels)}")
    steps = steps_of(pixels.shape[1:])
    return volume_bytes(thinned_grid(image, steps), averaged(plain(pixels[channel]), steps)[None])


def labels_file(image: Image, regions: Mapping[int, Region], shape: Sequence[int]) -> bytes:
    """Masks as one label map in the grid of `volume_file`.

    Where masks overlap, the smaller one is on top, so that none hides another wholly.

    Args:
        regions: by their value in the map; those without a mask are not in it.
        shape: (z, y, x) of the image, unthinned.

    Raises:
        UnsupportedError: a value that is too high for a label map.
        PixelError: a mask of another size.
    """
    if max(regions, default=0) > MOST_LABELS:
        raise UnsupportedError(f"{len(regions)} regions are more than a label map holds")
    steps = steps_of(shape)
    z, y, x = (
        np.minimum(np.arange(0, side, step) + (step - 1) // 2, side - 1)
        for side, step in zip(shape, steps, strict=True)
    )
    masks = {value: _mask(region, shape)[np.ix_(z, y, x)] for value, region in regions.items() if region.mask}
    labels = np.zeros((len(z), len(y), len(x)), np.uint8 if max(regions, default=0) < 2**8 else np.uint16)
    for value in sorted(masks, key=lambda value: -int(masks[value].sum())):
        labels[masks[value]] = value
    return volume_bytes(thinned_grid(image, steps), labels[None])


def steps_of(shape: Sequence[int], most: int = SIDE) -> tuple[int, ...]:
    """How many voxels of each axis become one.

    Example:
        >>> steps_of((30, 512, 600))
        (1, 2, 3)
    """
    return tuple(-(-side // most) for side in shape)


def thinned_grid(image: Image, steps: Sequence[int]) -> Image:
    """The image's record with the geometry of its thinned grid, whose voxels lie amid those that they are made of."""
    known = image.spacing_mm if image.spacing_mm and len(image.spacing_mm) == len(steps) else None
    spacing = known and tuple(mm * step for mm, step in zip(known, steps, strict=True))
    if image.affine is None:
        return replace(image, spacing_mm=spacing)
    x_y_z = np.array(steps[::-1], float)
    thinning = np.diag([*x_y_z, 1.0])
    thinning[:3, 3] = (x_y_z - 1) / 2
    return replace(image, spacing_mm=spacing, affine=tuple(map(tuple, (np.array(image.affine) @ thinning).tolist())))


def averaged(volume: NDArray[np.generic], steps: Sequence[int]) -> NDArray[np.generic]:
    """Means of blocks of (z, y, x), in the volume's own number type; blocks at the far edges may be smaller.

    One layer of blocks is averaged at a time, so that little more than the result is held.
    """
    if max(steps) == 1:
        return volume
    depth, rows, columns = steps
    starts = [np.arange(0, side, step) for side, step in zip(volume.shape[1:], (rows, columns), strict=True)]
    sizes = [np.diff([*start, side]) for start, side in zip(starts, volume.shape[1:], strict=True)]
    layers = []
    for z in range(0, len(volume), depth):
        flat = volume[z : z + depth].mean(axis=0, dtype=np.float32)
        summed = np.add.reduceat(np.add.reduceat(flat, starts[0], axis=0), starts[1], axis=1)
        layers.append(summed / np.multiply.outer(*sizes))
    means = np.stack(layers)
    return (np.rint(means) if volume.dtype.kind in "iu" else means).astype(volume.dtype)


def _mask(region: Region, shape: Sequence[int]) -> NDArray[np.bool_]:
    mask = region.mask.array() if region.mask else np.zeros(shape, bool)  # `region.array` would be kept
    if mask.shape != tuple(shape):
        raise PixelError(f"region {region.name!r} is {mask.shape}, its image {tuple(shape)}")
    return mask
