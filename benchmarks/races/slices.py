"""Slices out of a `.nii.gz` without the rest: the middle one, or sixteen one after the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from races.base import OURS, Arrays, Race, same_arrays

SIDES = (256, 256, 176)
SEVERAL = 16


def make(folder: Path, scale: float) -> None:
    """A smooth volume with noise."""
    from races.conformed import make

    make(folder, scale)


def _numbers(folder: Path, several: bool) -> list[int]:
    import nibabel

    depth = nibabel.load(folder / "scan.nii.gz").shape[2]
    return np.random.default_rng(0).permutation(depth)[:SEVERAL].tolist() if several else [depth // 2]


def _ours(folder: Path, several: bool) -> Arrays:
    from polyclinic.readers import read_slice

    return {"slices": np.stack([read_slice(folder / "scan.nii.gz", z)[0] for z in _numbers(folder, several)])}


def _nibabel(folder: Path, several: bool) -> Arrays:
    import nibabel

    held = nibabel.load(folder / "scan.nii.gz").dataobj
    return {"slices": np.stack([np.asarray(held[:, :, z]).T for z in _numbers(folder, several)])}


def _race(title: str, several: bool) -> Race:
    return Race(
        title=title,
        make=make,
        cases={
            OURS: lambda folder: _ours(folder, several),
            "nibabel": lambda folder: _nibabel(folder, several),
        },
        differs=same_arrays,
        packages={"nibabel": ("nibabel",)},
        note="Equal: all values. nibabel reads without `indexed_gzip`, which has to be installed besides.",
    )


ONE = _race(f"one slice out of a `.nii.gz` of {' x '.join(map(str, SIDES))}, the middle one", several=False)
MANY = _race(f"{SEVERAL} slices out of it, one after the other in any order", several=True)
