"""Volumes on one grid: axes to the patient's right, front and head, one spacing, mean zero and deviation one.

Scans come as they were taken: sagittal or axial, from the feet or from the head, in slices thick or thin. What compares
them voxel by voxel wants none of that. Turning costs nothing here: an axis that runs the other way is sampled from its
far end, and exchanged axes are a view, so the volume is gone through once for each axis, linearly interpolated, and
becomes floating point only after the first of these has made it smaller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import PixelError, UsageError
from polyclinic.readers.files import check_size
from polyclinic.study import Image, Pixels

Affine = NDArray[np.float64]


@dataclass(frozen=True)
class _Axis:
    """One axis of the new grid: which of the old ones it follows, and the old index at each new one."""

    source: int
    start: float
    step: float
    side: int
    held: int  # the old axis's length

    @property
    def places(self) -> NDArray[np.float64]:
        """Old indices, those beyond the edge taken from it."""
        return np.clip(self.start + self.step * np.arange(self.side), 0, self.held - 1)


def conform(image: Image, spacing_mm: float) -> Image:
    """The volume in RAS+ orientation with cubes for voxels, intensities of mean 0 and deviation 1.

    The middle of the volume stays where it is, and so does its extent, to half a voxel. An oblique volume keeps its
    tilt: its axes are named by what they are nearest to, and nothing is rotated. Nothing is smoothed either, so what is
    finer than the new voxels may alias.

    Args:
        image: a volume with an affine.
        spacing_mm: side of a voxel.

    Raises:
        PixelError: no volume, nothing known of where it lies, or no contrast in it.
        UsageError: a spacing that is none.
        ReadError: its file cannot be read, or the new grid is larger than a file may be.
    """
    if not math.isfinite(spacing_mm) or spacing_mm <= 0:
        raise UsageError(f"expected a spacing in millimetres, got {spacing_mm}", hint="1.0 is usual")
    if image.affine is None:
        raise PixelError(f"{image.path} does not say where it lies", hint="conform needs an image with an affine")
    pixels = image.pixels
    if pixels.ndim != 4:
        raise PixelError(f"{image.path} has the shape {pixels.shape}, a volume has (channel, z, y, x)")
    affine = np.array(image.affine, np.float64)
    axes = _axes(affine, pixels.shape[:0:-1], spacing_mm)
    check_size(Path(image.path), (len(pixels), *(axis.side for axis in axes)), 4)
    values = standardised(_sampled(pixels, axes), image.path)
    return Image.from_array(
        values,
        image.path,
        modality=image.modality,
        channels=image.channels,
        spacing_mm=(spacing_mm,) * 3,
        affine=tuple(map(tuple, (affine @ _placing(axes)).tolist())),
        time_days=image.time_days,
    )


def standardised(values: Pixels, called: str) -> Pixels:
    """Each channel with mean 0 and deviation 1, in place; voxels that are not finite stay so and do not count.

    Raises:
        PixelError: a channel without contrast.
    """
    for channel in values:
        finite = channel if np.isfinite(channel.sum(dtype=np.float64)) else channel[np.isfinite(channel)]
        mean = finite.mean(dtype=np.float64)
        deviation = finite.std(dtype=np.float64)
        if not deviation > 0:
            raise PixelError(f"{called} has one value throughout, no contrast to normalise", hint="leave it out")
        np.subtract(channel, np.float32(mean), out=channel)
        np.multiply(channel, np.float32(1 / deviation), out=channel)
    return values


def _axes(affine: Affine, sides: tuple[int, ...], spacing_mm: float) -> tuple[_Axis, ...]:
    """The new grid's axes x, y, z.

    Args:
        sides: lengths of the old axes x, y, z.
    """
    from nibabel.orientations import io_orientation

    turns = io_orientation(affine)
    found = []
    for towards in range(3):
        source = int(np.flatnonzero(turns[:, 0] == towards)[0])
        step = spacing_mm / float(np.linalg.norm(affine[:3, source]))
        side = max(round(sides[source] / step), 1)
        middle = (sides[source] - 1) / 2
        step *= turns[source, 1]
        found.append(_Axis(source, middle - step * (side - 1) / 2, step, side, sides[source]))
    return tuple(found)


def _placing(axes: tuple[_Axis, ...]) -> Affine:
    """The old (x, y, z) index at a new one, as a matrix."""
    matrix = np.zeros((4, 4))
    matrix[3, 3] = 1
    for towards, axis in enumerate(axes):
        matrix[axis.source, towards], matrix[axis.source, 3] = axis.step, axis.start
    return matrix


def _sampled(pixels: Pixels, axes: tuple[_Axis, ...]) -> NDArray[np.float32]:
    """(channel, z, y, x) values at the new grid, the axis that shrinks most first."""
    values = pixels.transpose(0, *(3 - axis.source for axis in reversed(axes)))
    for towards in sorted(range(3), key=lambda towards: axes[towards].side / axes[towards].held):
        values = _interpolated(values, 3 - towards, axes[towards].places)
    return np.ascontiguousarray(values, np.float32)


def _interpolated(values: Pixels, axis: int, places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Linear interpolation along one axis."""
    low = np.minimum(places.astype(np.intp), max(values.shape[axis] - 2, 0))
    high = np.minimum(low + 1, values.shape[axis] - 1)
    share = (places - low).astype(np.float32).reshape(-1, *(1,) * (values.ndim - 1 - axis))
    below = values.take(low, axis).astype(np.float32, copy=False)
    above = values.take(high, axis).astype(np.float32, copy=False)
    above -= below
    above *= share
    above += below
    return above
