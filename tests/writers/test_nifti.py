"""NIfTI out and in again: values, affine, label maps, and what cannot be written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from polyclinic.errors import PixelError, UsageError
from polyclinic.readers import read_image, read_labels
from polyclinic.study import Image, Mask, Region
from polyclinic.writers.nifti import write_label_map, write_volume

AFFINE = ((0.0, -2.0, 0.0, 5.0), (1.5, 0.0, 0.0, 6.0), (0.0, 0.5, 3.0, 7.0), (0.0, 0.0, 0.0, 1.0))  # sheared


@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "i4", "f4", "?", "i8", "f2"])
@pytest.mark.parametrize("shape", [(1, 2, 3, 4), (3, 2, 3, 4)])
def test_values_and_affine_come_back(tmp_path: Path, kind: str, shape: tuple[int, ...]) -> None:
    values = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    write_volume(tmp_path / "a.nii.gz", Image.from_array(values, affine=AFFINE))
    back = read_image(tmp_path / "a.nii.gz")
    assert (back.pixels == values).all()
    assert np.allclose(back.affine or (), AFFINE, atol=1e-6)


def test_without_an_affine_the_spacing_is_kept(tmp_path: Path) -> None:
    write_volume(tmp_path / "a.nii", Image.from_array(np.zeros((1, 2, 3, 4)), spacing_mm=(3.0, 2.0, 1.0)))
    assert read_image(tmp_path / "a.nii").spacing_mm == (3, 2, 1)
    write_volume(tmp_path / "b.nii", Image.from_array(np.ones((1, 3, 4)), spacing_mm=(2.0, 1.0)))
    assert read_image(tmp_path / "b.nii").pixels.size == 12


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PixelError, match="do not fit into 32 bits"):
        write_volume(tmp_path / "a.nii", Image.from_array(np.full((1, 1, 1, 2), 2**40)))
    with pytest.raises(PixelError, match="numbers"):
        write_volume(tmp_path / "a.nii", Image.from_array(np.full((1, 1, 1, 2), 1j)))
    with pytest.raises(PixelError, match="expected"):
        write_volume(tmp_path / "a.nii", Image.from_array(np.zeros((1, 1, 1, 1, 2))))
    with pytest.raises(UsageError, match=r"end it in|no name"):
        write_volume(tmp_path / "a.png", Image.from_array(np.zeros((1, 1, 2))))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    image = Image.from_array(np.zeros((1, 2, 2, 2)))
    write_volume(tmp_path / "a.nii", image)
    with pytest.raises(UsageError, match="is there already"):
        write_volume(tmp_path / "a.nii", image)


def region(name: str, *places: tuple[int, int, int], shape: tuple[int, ...] = (2, 2, 2)) -> Region:
    mask = np.zeros(shape, bool)
    for place in places:
        mask[place] = True
    return Region(name, mask=Mask.from_array(mask))


def test_label_maps_number_names_and_refuse_overlap(tmp_path: Path) -> None:
    image = Image.from_array(np.zeros((1, 2, 2, 2)), affine=AFFINE)
    a, b = region("a", (0, 0, 0)), region("b", (1, 1, 1))
    assert write_label_map(tmp_path / "l.nii", image, [a, b, region("a", (0, 0, 0), (0, 1, 0))]) == {"a": 1, "b": 2}
    labels = read_labels(tmp_path / "l.nii")
    assert (labels[0, 0, 0], labels[0, 1, 0], labels[1, 1, 1], labels.sum()) == (1, 1, 2, 4)
    with pytest.raises(PixelError, match="'c' and 'a' overlap"):
        write_label_map(tmp_path / "m.nii", image, [a, region("c", (0, 0, 0))])
    with pytest.raises(PixelError, match="the first is"):
        write_label_map(tmp_path / "m.nii", image, [a, region("c", shape=(1, 2, 2))])
    with pytest.raises(UsageError, match="no region"):
        write_label_map(tmp_path / "m.nii", image, [])
