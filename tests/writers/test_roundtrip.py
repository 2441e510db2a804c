"""DICOM series -> record -> NIfTI -> record -> DICOM SEG -> Regions: the same places in the patient, always."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from polyclinic.errors import ReadError
from polyclinic.readers import read_image
from polyclinic.readers.dicom.grid import Grid
from polyclinic.readers.dicom.seg import read_segmentation
from polyclinic.study import Image, Mask, Region
from polyclinic.writers.dicom_seg import write_segmentation
from polyclinic.writers.nifti import write_label_map, write_volume

Series = Callable[..., list[Path]]
SHAPE = (5, 6, 7)
VALUES = np.arange(210, dtype=np.int16).reshape(SHAPE)
SPACING, GAP = [0.8, 1.1], 2.5
# A rotation of 20 degrees about one axis and 35 about another: nothing is parallel to anything.
A, B = np.deg2rad([20, 35])
OBLIQUE = np.array([[1, 0, 0], [0, np.cos(A), -np.sin(A)], [0, np.sin(A), np.cos(A)]]) @ np.array(
    [[np.cos(B), 0, np.sin(B)], [0, 1, 0], [-np.sin(B), 0, np.cos(B)]]
)
AXES = [(axes, signs) for axes in itertools.permutations(range(3)) for signs in itertools.product((1, -1), repeat=3)]


def places(mask: NDArray[np.bool_], affine: object) -> NDArray[np.float64]:
    """The foreground's RAS+ millimetres, sorted."""
    matrix = np.array(affine)
    points = np.argwhere(mask)[:, ::-1] @ matrix[:3, :3].T + matrix[:3, 3]
    return points[np.lexsort(np.round(points, 2).T)]


def reordered(image: Image, axes: tuple[int, ...], signs: tuple[int, ...]) -> Image:
    """The same voxels stored with their axes in another order and direction, the affine following."""
    pixels, matrix = image.pixels[0], np.array(image.affine)
    sides = pixels.shape[::-1]
    change = np.zeros((4, 4))
    change[3, 3] = 1
    for new, old in enumerate(axes):
        change[old, new], change[old, 3] = (1, 0) if signs[new] > 0 else (-1, sides[old] - 1)
    turned = pixels.T.transpose(axes)[tuple(slice(None, None, sign) for sign in signs)].T
    return Image.from_array(np.ascontiguousarray(turned)[None], affine=tuple(map(tuple, matrix @ change)))


@pytest.mark.parametrize(("axes", "signs"), AXES)
def test_places_survive_every_order_and_direction(
    tmp_path: Path, write_series: Series, axes: tuple[int, ...], signs: tuple[int, ...]
) -> None:
    # the series itself is turned as well: columns of it point against the world's axes
    turn = np.eye(3)[list(axes)] * np.array(signs)[:, None]
    row, column, across = turn @ OBLIQUE
    write_series(
        tmp_path / "series", VALUES, row=row, column=column, step=across * GAP, start=(-12.5, 30, 7), spacing=SPACING
    )
    image = read_image(tmp_path / "series")
    world = np.array(image.affine) @ [0, 0, 0, 1]
    assert (image.pixels[0] == (VALUES if np.cross(row, column) @ across > 0 else VALUES[::-1])).all()
    assert np.allclose(world[:3] * [-1, -1, 1], (-12.5, 30, 7), atol=1e-4) == (np.cross(row, column) @ across > 0)

    other = reordered(image, axes, signs)
    tumour, core = other.pixels[0] % 7 == 3, other.pixels[0] == 102
    core &= ~tumour
    write_volume(tmp_path / "v.nii.gz", other)
    back = read_image(tmp_path / "v.nii.gz")
    assert (back.pixels == other.pixels).all()
    masks = [Region("tumour", mask=Mask.from_array(tumour)), Region("core", mask=Mask.from_array(core))]
    assert write_label_map(tmp_path / "l.nii", other, masks) == {"tumour": 1, "core": 2}

    write_segmentation(tmp_path / "s.dcm", masks, tmp_path / "series", affine=back.affine)
    found = read_segmentation(tmp_path / "s.dcm", Grid.of(image, image.pixels.shape))
    assert [region.name for region in found.regions] == ["tumour", "core"]
    for region, mask in zip(found.regions, (tumour, core), strict=True):
        assert (image.pixels[0][region.array] % 7 == 3).all() == (region.name == "tumour")
        assert np.allclose(places(region.array, image.affine), places(mask, other.affine), atol=1e-3)


def test_without_its_image_a_segmentation_lies_at_the_same_places(tmp_path: Path, write_series: Series) -> None:
    row, column, across = OBLIQUE
    write_series(tmp_path / "series", VALUES, row=row, column=column, step=across * GAP, spacing=SPACING)
    image = read_image(tmp_path / "series")
    mask = np.zeros(SHAPE, bool)
    mask[1, 2, 3] = mask[3, 0, 0] = True
    write_segmentation(tmp_path / "s.dcm", [Region("it", mask=Mask.from_array(mask))], tmp_path / "series")
    found = read_segmentation(tmp_path / "s.dcm")
    assert found.grid is not None
    assert np.allclose(places(found.regions[0].array, found.grid.affine), places(mask, image.affine), atol=1e-3)


def test_uneven_gaps_are_refused_with_the_reason(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "series", VALUES)
    (tmp_path / "series" / "002.dcm").unlink()
    region = Region("it", mask=Mask.from_array(np.ones((4, 6, 7), bool)))
    with pytest.raises(ReadError, match=r"4\.000 mm between 001\.dcm and 003\.dcm, 2\.000 mm elsewhere"):
        write_segmentation(tmp_path / "s.dcm", [region], tmp_path / "series")
    assert not (tmp_path / "s.dcm").exists()
