"""Miniature folders: pictures and tables written in a line each."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

Paint = Callable[..., Path]
Write = Callable[..., Path]


@pytest.fixture
def paint(tmp_path: Path) -> Paint:
    """Write a picture: an array, or a size whose pixels depend on the path."""

    def write(path: str, values: Any = None, size: tuple[int, ...] = (6, 8)) -> Path:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if values is None:
            values = np.random.default_rng(sum(path.encode())).integers(0, 255, size, dtype=np.uint8)
        Pillow.fromarray(np.asarray(values)).save(target)
        return target

    return write


@pytest.fixture
def scan(tmp_path: Path) -> Paint:
    """Write a NIfTI volume from (z, y, x) values; by default 2 x 3 x 4 voxels of noise."""
    import nibabel

    def write(path: str, values: Any = None) -> Path:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if values is None:
            values = np.random.default_rng(sum(path.encode())).integers(1, 255, (2, 3, 4), dtype=np.uint8)
        nibabel.save(nibabel.Nifti1Image(np.asarray(values).T, np.eye(4)), target)
        return target

    return write


@pytest.fixture
def table(tmp_path: Path) -> Write:
    """Write a CSV: columns in one string, rows as tuples."""

    def write(name: str, columns: str, *rows: tuple[Any, ...]) -> Path:
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([columns.split(), *rows])
        return tmp_path / name

    return write
