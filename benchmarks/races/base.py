"""What a race is: material, ways to do one thing, and what makes two results the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

OURS = "polyclinic"
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Race:
    """One thing that several libraries can do.

    Args:
        title: what is done, for the table.
        make: writes the material into a folder; a scale of 1 is the size that counts.
        cases: library -> does it on that folder. Imports are inside, so that a process has one library alone.
        differs: what tells a result from ours; None where it is the same.
        packages: library -> the distributions whose versions are shown.
        note: what a reader has to know of how it is compared.
    """

    title: str
    make: Callable[[Path, float], None]
    cases: Mapping[str, Callable[[Path], Arrays]]
    differs: Callable[[Arrays, Arrays], str | None]
    packages: Mapping[str, tuple[str, ...]]
    note: str


def placed(values_xyz: NDArray[Any], affine: Any) -> Arrays:
    """A volume and its voxel-to-world matrix (RAS+)."""
    return {"values": values_xyz, "affine": np.asarray(affine, np.float64)}


def canonical(found: Arrays) -> Arrays:
    """The volume with its axes to the right, the front and the head."""
    import nibabel

    image = nibabel.as_closest_canonical(nibabel.Nifti1Image(found["values"].astype(np.float32), found["affine"]))
    return placed(np.asarray(image.dataobj), image.affine)


def same_volume(ours: Arrays, theirs: Arrays) -> str | None:
    """Whether two volumes have the same values at the same places of the world, whatever the order of their axes."""
    one, other = canonical(ours), canonical(theirs)
    if one["values"].shape != other["values"].shape:
        return f"the shape is {other['values'].shape}, ours {one['values'].shape}"
    if not np.allclose(one["affine"], other["affine"], atol=1e-3):
        return f"the affine is {other['affine'].tolist()}, ours {one['affine'].tolist()}"
    most = float(np.abs(one["values"] - other["values"]).max())
    return f"values differ by up to {most}" if most > 1e-3 else None


def same_arrays(ours: Arrays, theirs: Arrays) -> str | None:
    """Whether all arrays are equal."""
    for name, values in ours.items():
        if values.shape != theirs[name].shape or not np.array_equal(values, theirs[name]):
            return f"{name} differ"
    return None
