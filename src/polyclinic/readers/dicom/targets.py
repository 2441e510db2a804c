"""The image that regions of another DICOM object are to lie in, and contours drawn into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from polyclinic.readers.dicom import header
from polyclinic.readers.dicom.frames import frame_stack
from polyclinic.readers.dicom.grid import Array, Grid
from polyclinic.readers.dicom.opening import open_image, reading_dicom
from polyclinic.readers.dicom.series import Series


@dataclass(frozen=True)
class Target:
    """An image as other objects refer to it.

    Args:
        shape: (z, y, x), or (y, x) of a picture.
        grid: where it lies, None where it does not say.
        slices: index along z of each instance and its frame (from 1).
        frame_of_reference: UID of its coordinates; empty where it has none.
    """

    shape: tuple[int, ...]
    grid: Grid | None = None
    slices: Mapping[tuple[str, int], int] = field(default_factory=dict)
    frame_of_reference: str = ""


def target_of(series: Series) -> Target:
    """The target that a series is.

    Raises:
        ReadError: a file of its own that cannot be read.
    """
    first = series.heads[0]
    reference = first.text("FrameOfReferenceUID")
    if series.shape and series.affine is not None:
        slices = {(head.text("SOPInstanceUID"), 1): z for z, head in enumerate(series.heads)}
        return Target(series.shape[1:], Grid(series.shape[1:], series.affine), slices, reference)
    shape, uid = header(first.path).shape[1:], first.text("SOPInstanceUID")
    if len(shape) == 2:
        return Target(shape, None, {(uid, 1): 0}, reference)
    with reading_dicom(first.path):
        placed = frame_stack(open_image(first.path, pixels=False), shape[0])
    order = placed.order if placed is not None else range(shape[0])
    slices = {(uid, frame + 1): z for z, frame in enumerate(order)}
    return Target(shape, Grid(shape, placed.affine) if placed is not None else None, slices, reference)


def fill(polygons: Iterable[Array], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Pixels of a (y, x) picture whose centres lie inside closed polygons; what an even number covers is outside.

    A centre on a left or upper edge is inside, on a right or lower one outside, so that neighbours never share
    a pixel.

    Args:
        polygons: (n, 2) corners as (x, y), pixel centres at whole numbers.

    Example:
        >>> fill([np.array([[-0.5, -0.5], [1.5, -0.5], [1.5, 0.5], [-0.5, 0.5]])], (2, 3)).tolist()
        [[True, True, False], [False, False, False]]
    """
    rows, columns = shape
    crossings = np.zeros((rows, columns + 1), np.int32)
    for corners in polygons:
        for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            low, high = sorted((y0, y1))
            ys = np.arange(max(np.ceil(low), 0), min(np.ceil(high), rows))
            if len(ys):
                xs = np.ceil(x0 + (ys - y0) * (x1 - x0) / (y1 - y0))
                np.add.at(crossings, (ys.astype(int), np.clip(xs, 0, columns).astype(int)), 1)
    inside: NDArray[np.bool_] = np.cumsum(crossings, axis=1)[:, :-1] % 2 == 1
    return inside
