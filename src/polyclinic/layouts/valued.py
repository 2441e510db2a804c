"""Mask files whose meaning is known beforehand: a mask, or classes by value. Nothing is guessed.

`labelmaps` is for folders that say nothing of their masks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from polyclinic.errors import PixelError
from polyclinic.readers import FileLabels
from polyclinic.study import MaskFile, Pixels, Region


def values_in(labels: Pixels, called: str = "the mask") -> tuple[int, ...]:
    """The values of a label map other than zero, in order.

    Raises:
        PixelError: they are not whole numbers.

    Example:
        >>> values_in(np.array([[0, 4], [2, 2]], np.uint8))
        (2, 4)
    """
    if labels.dtype.kind in "ub" and labels.dtype.itemsize <= 2:
        found = np.flatnonzero(np.bincount(labels.ravel(), minlength=1))  # counting is faster than sorting
    else:
        found = np.unique(labels)
    if labels.dtype.kind == "f" and any(float(value) != int(value) for value in found):
        raise PixelError(f"{called} holds fractions, expected whole numbers")
    return tuple(int(value) for value in found if value != 0)


def regions_by_value(
    root: Path,
    path: str,
    names: Mapping[int, Sequence[str]],
    kind: Callable[[str], str | None],
    image: int = 0,
) -> tuple[list[Region], list[int]]:
    """Regions of the values that a label map holds, and the values that have no name.

    A class of several values becomes as many Regions of its name.

    Args:
        names: the names of each value; a value that is there without a name (ignored ones) is passed over.

    Raises:
        PixelError: the file does not hold whole numbers.
        ReadError: the file cannot be read.
    """
    load = FileLabels(root / path)
    values = values_in(load(), path)
    made = [
        Region(name, kind(name), image, mask=MaskFile(path, value, load=load))
        for value in values
        for name in names.get(value, ())
    ]
    return made, [value for value in values if value not in names]


def mask_region(root: Path, path: str, name: str, *, boxed: bool = False) -> Region | None:
    """The Region of a mask file in which anything but zero counts; None where there is nothing.

    Args:
        boxed: also give the box around a flat mask.

    Raises:
        ReadError: the file cannot be read.
    """
    load = FileLabels(root / path)
    labels = load()
    if not labels.any():
        return None
    box = box_of(labels) if boxed and labels.ndim == 2 else None
    return Region(name, box=box, mask=MaskFile(path, load=load))


def box_of(mask: Pixels) -> tuple[float, ...]:
    """The box around what is not zero in a flat mask: x0, y0, x1, y1, half open.

    Example:
        >>> box_of(np.array([[0, 0, 0], [0, 1, 1]]))
        (1.0, 1.0, 3.0, 2.0)
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
