"""Planes in the patient's space, stacks of them, and carrying masks from one grid to another exactly.

DICOM counts millimetres to the patient's left, back and head (LPS), the record to the right, front and head
(RAS+): the first two axes change sign here and nowhere else. A voxel index is (x, y, z), an array (z, y, x).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import PixelError, ReadError
from polyclinic.study import Image

Array = NDArray[np.float64]
Affine = tuple[tuple[float, ...], ...]
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
SAME_PLACE_MM = 1e-3
SAME_DIRECTION = 1e-3
UNEVEN_MM, UNEVEN_SHARE = 0.01, 0.01
ON_GRID = 0.05  # of a voxel: decimal strings round, other grids differ by more


@dataclass(frozen=True)
class Plane:
    """Where a slice lies, in LPS millimetres.

    Args:
        position: centre of the first pixel.
        along_row: unit direction in which the column index grows.
        along_column: unit direction in which the row index grows.
        spacing_mm: between rows, between columns.
        depth_mm: distance to the next slice where the file says it; None where it does not.
    """

    position: tuple[float, ...]
    along_row: tuple[float, ...]
    along_column: tuple[float, ...]
    spacing_mm: tuple[float, float]
    depth_mm: float | None = None

    @property
    def normal(self) -> Array:
        """Unit direction across the plane."""
        return np.cross(self.along_row, self.along_column)

    @property
    def affine(self) -> Array:
        """From (x, y, 0) of the plane to RAS+ millimetres; its third axis is the normal, `depth_mm` or 1 mm long."""
        return _affine(self, self.normal * (self.depth_mm or 1.0))


@dataclass(frozen=True)
class Grid:
    """Voxels in space.

    Args:
        shape: (z, y, x).
        affine: from a voxel's (x, y, z) to RAS+ millimetres.
    """

    shape: tuple[int, ...]
    affine: Affine

    @classmethod
    def of(cls, image: Image, shape: Sequence[int]) -> Grid:
        """The grid of an image.

        Args:
            shape: of its pixels, channel first.

        Raises:
            PixelError: the image does not say where it lies.
        """
        if image.affine is None or len(shape) != 4:
            raise PixelError(
                f"image {image.path} is no volume with an affine", hint="read the whole series, not one of its files"
            )
        return cls(tuple(shape[1:]), image.affine)


@dataclass(frozen=True)
class Stack:
    """Planes put in order.

    Args:
        order: indices of the planes along the normal.
        affine: of the volume.
    """

    order: tuple[int, ...]
    affine: Affine

    @property
    def spacing_mm(self) -> tuple[float, ...]:
        """Between voxel centres along z, y, x."""
        sides = np.linalg.norm(np.array(self.affine)[:3, :3], axis=0)[::-1]
        return tuple(float(side) for side in sides)


def plane_of(geometry: Any) -> Plane | None:
    """The plane that a dataset, or the functional groups of a frame put together, describe; None where incomplete."""
    position, turn, spacing = (
        geometry.get(name) for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
    )
    if not position or not turn or not spacing or (len(position), len(turn), len(spacing)) != (3, 6, 2):
        return None
    numbers = np.array([*position, *turn, *spacing], dtype=np.float64)
    row, column, sides = numbers[3:6], numbers[6:9], numbers[9:]
    unit = np.allclose([row @ row, column @ column, row @ column], [1, 1, 0], atol=SAME_DIRECTION)
    if not np.isfinite(numbers).all() or min(sides) <= 0 or not unit:
        return None
    depth = geometry.get("SpacingBetweenSlices") or geometry.get("SliceThickness")
    return Plane(
        tuple(numbers[:3]),
        tuple(row / np.linalg.norm(row)),
        tuple(column / np.linalg.norm(column)),
        (float(sides[0]), float(sides[1])),
        abs(float(depth)) if depth else None,
    )


def stack(planes: Sequence[Plane], names: Sequence[str], where: str) -> Stack:
    """Order planes along their normal and find the volume's affine; a tilted gantry's shear is kept in it.

    Args:
        names: of the planes, for the error.
        where: what they belong to, for the error.

    Raises:
        ReadError: directions or pixel sizes differ, two planes lie at one place, gaps are uneven.
    """
    first = planes[0]
    for plane, name in zip(planes, names, strict=True):
        _check_alike(first, plane, f"{where}: {names[0]} and {name}")
    positions = np.array([plane.position for plane in planes])
    depths = positions @ first.normal
    order = np.argsort(depths, kind="stable")
    if len(order) == 1:
        return Stack((0,), _plain(first.affine))
    _check_gaps(depths[order], [names[i] for i in order], where)
    step = (positions[order[-1]] - positions[order[0]]) / (len(order) - 1)
    line = positions[order[0]] + np.arange(len(order))[:, None] * step
    off = np.linalg.norm(positions[order] - line, axis=1)
    if off.max() > _tolerance(float(np.linalg.norm(step))):
        name = names[int(order[int(off.argmax())])]
        raise ReadError(f"{where}: {name} lies {off.max():.3f} mm beside the line through the other slices")
    return Stack(tuple(int(i) for i in order), _plain(_affine(planes[int(order[0])], step)))


def carry(mask: NDArray[Any], source: Affine | Array, target: Grid, where: str) -> NDArray[np.bool_]:
    """The mask in another grid whose voxels are the same places, in any order of axes and any direction.

    Args:
        mask: (z, y, x).
        source: its affine.

    Raises:
        ReadError: as `places_in`.
    """
    moved = np.zeros(target.shape, dtype=bool)
    moved[places_in(mask, source, target, where)] = True
    return moved


def places_in(mask: NDArray[Any], source: Affine | Array, target: Grid, where: str) -> tuple[NDArray[np.int64], ...]:
    """Where the mask's foreground lies in another grid: an index into (z, y, x) arrays.

    Nothing is interpolated: only whole voxels are moved. The direction across a single slice carries nothing.

    Raises:
        ReadError: the grids are no permutation of each other, or foreground falls outside of the target.
    """
    places = np.argwhere(mask)[:, ::-1]
    if not len(places):
        return tuple(np.zeros(0, np.int64) for _ in range(3))
    change = np.linalg.inv(np.array(target.affine)) @ np.array(source)
    extents = np.array(mask.shape[::-1])
    used = extents > 1
    turned, shift = np.round(change[:3, :3]) * used, np.round(change[:3, 3])
    drift = (np.abs(change[:3, :3] - turned) * (extents - 1)).sum(axis=1) + np.abs(change[:3, 3] - shift)
    if drift.max() > ON_GRID or (np.abs(turned).sum(axis=0)[used] != 1).any():
        raise ReadError(f"{where} lies on another grid than its image", hint="resample it to the image's grid first")
    whole = (places @ turned.T + shift).astype(np.int64)
    if (whole < 0).any() or (whole >= target.shape[::-1]).any():
        raise ReadError(f"{where} reaches out of its image's grid of {'x'.join(map(str, target.shape))}")
    x, y, z = whole.T
    return z, y, x


def _affine(plane: Plane, step: Array) -> Array:
    lps = np.eye(4)
    lps[:3, 0] = np.array(plane.along_row) * plane.spacing_mm[1]
    lps[:3, 1] = np.array(plane.along_column) * plane.spacing_mm[0]
    lps[:3, 2] = step
    lps[:3, 3] = plane.position
    return LPS_TO_RAS @ lps


def _plain(affine: Array) -> Affine:
    return tuple(tuple(float(value) + 0.0 for value in row) for row in affine)


def _check_alike(first: Plane, other: Plane, where: str) -> None:
    directions = np.array([first.along_row, first.along_column]) - np.array([other.along_row, other.along_column])
    if np.abs(directions).max() > SAME_DIRECTION:
        raise ReadError(f"{where} have different orientations", hint="a localiser or several stacks are no volume")
    if not np.allclose(first.spacing_mm, other.spacing_mm, rtol=1e-3):
        raise ReadError(f"{where} have different pixel spacings, {first.spacing_mm} and {other.spacing_mm} mm")


def _check_gaps(depths: Array, names: Sequence[str], where: str) -> None:
    gaps = np.diff(depths)
    if gaps.min() < SAME_PLACE_MM:
        at = int(gaps.argmin())
        raise ReadError(
            f"{where}: {names[at]} and {names[at + 1]} lie at the same place, {depths[at]:.3f} mm along the normal",
            hint="the series holds a slice twice, or several volumes that no known attribute tells apart",
        )
    usual = float(np.sort(gaps)[(len(gaps) - 1) // 2])
    off = np.abs(gaps - usual)
    if off.max() > _tolerance(usual):
        at = int(off.argmax())
        raise ReadError(
            f"{where} has uneven gaps: {gaps[at]:.3f} mm between {names[at]} and {names[at + 1]}, "
            f"{usual:.3f} mm elsewhere",
            hint="a slice is missing" if gaps[at] > 1.5 * usual else "an affine cannot say where such slices lie",
        )


def _tolerance(step: float) -> float:
    return max(UNEVEN_MM, UNEVEN_SHARE * step)
