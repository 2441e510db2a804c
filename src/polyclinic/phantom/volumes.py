"""Volumes on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def save_nifti(path: Path, voxels: NDArray[Any], affine: ArrayLike | None) -> None:
    """Write a volume indexed [x, y, z] with its voxel-to-world matrix (RAS+)."""
    import nibabel

    path.parent.mkdir(exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(voxels, None if affine is None else np.asarray(affine)), path)
