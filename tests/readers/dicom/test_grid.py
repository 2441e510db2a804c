"""Planes in space: order, affines by hand, what is refused, and masks carried between grids."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from polyclinic.errors import PixelError, ReadError
from polyclinic.readers.dicom.grid import Grid, Plane, carry, plane_of, stack
from polyclinic.study import Image


def axial(z: float, **more: object) -> Plane:
    known = {"position": (10.0, 20.0, z), "along_row": (1.0, 0.0, 0.0), "along_column": (0.0, 1.0, 0.0)}
    return Plane(**{**known, "spacing_mm": (0.5, 0.25), **more})  # type: ignore[arg-type]


def test_an_axial_stack_has_the_affine_that_one_writes_by_hand() -> None:
    found = stack([axial(7), axial(1), axial(4)], "abc", "here")
    assert found.order == (1, 2, 0)
    assert found.affine == ((-0.25, 0, 0, -10), (0, -0.5, 0, -20), (0, 0, 3, 1), (0, 0, 0, 1))
    assert found.spacing_mm == (3, 0.5, 0.25)


def test_a_tilted_gantry_keeps_its_shear() -> None:
    planes = [axial(3.0 * k, position=(10, 20 + 0.4 * k, 3.0 * k)) for k in range(3)]
    found = np.array(stack(planes, "abc", "here").affine)
    assert found[:3, 2].tolist() == pytest.approx([0, -0.4, 3])


def test_a_single_plane_lies_its_depth_apart_from_nothing() -> None:
    assert np.array(stack([axial(5, depth_mm=4.0)], "a", "here").affine)[:3, 2].tolist() == [0, 0, 4]


@pytest.mark.parametrize(
    ("planes", "reason"),
    [
        ([axial(0), axial(2), axial(6)], r"uneven gaps: 4\.000 mm between B and C, 2\.000 mm elsewhere"),
        ([axial(0), axial(2), axial(2)], r"B and C lie at the same place, 2\.000 mm"),
        ([axial(0), axial(2), axial(4, along_row=(0.0, 0.0, 1.0))], "A and C have different orientations"),
        ([axial(0), axial(2), axial(4, spacing_mm=(1.0, 1.0))], "A and C have different pixel spacings"),
        ([axial(0), axial(2, position=(11.0, 20.0, 2.0)), axial(4)], r"B lies 1\.000 mm beside the line"),
    ],
)
def test_what_is_no_volume_is_refused_with_names_and_millimetres(planes: list[Plane], reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        stack(planes, "ABC", "here")


@pytest.mark.parametrize("lack", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
def test_incomplete_or_crooked_geometry_is_none(lack: str) -> None:
    whole = {
        "ImagePositionPatient": [0, 0, 0],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [1, 1],
    }
    assert plane_of(whole) is not None
    assert plane_of({**whole, lack: None}) is None
    assert plane_of({**whole, "ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}) is None
    assert plane_of({**whole, "PixelSpacing": [0, 1]}) is None
    assert plane_of({**whole, "ImagePositionPatient": [float("nan"), 0, 0]}) is None


def test_masks_are_carried_over_all_axis_orders_and_flips() -> None:
    mask = np.zeros((2, 3, 4), bool)
    mask[1, 0, 2] = mask[0, 2, 3] = True
    base = np.array([[0, -2, 0, 5], [1, 0, 0, 6], [0, 0, 3, 7], [0, 0, 0, 1.0]])
    seen = np.argwhere(mask)[:, ::-1] @ base[:3, :3].T + base[:3, 3]
    for axes in itertools.permutations(range(3)):
        for flips in itertools.product((False, True), repeat=3):
            change = np.zeros((4, 4))
            change[3, 3] = 1
            for new, old in enumerate(axes):
                side = mask.shape[2 - old]
                change[old, new], change[old, 3] = (-1, side - 1) if flips[new] else (1, 0)
            shape = tuple(mask.shape[2 - old] for old in axes)[::-1]
            target = Grid(shape, tuple(map(tuple, base @ change)))
            moved = carry(mask, base, target, "it")
            world = np.argwhere(moved)[:, ::-1] @ (base @ change)[:3, :3].T + (base @ change)[:3, 3]
            assert sorted(world.tolist()) == sorted(seen.tolist())


@pytest.mark.parametrize(
    ("shift", "scale", "reason"), [(0.5, 1.0, "another grid"), (2.0, 1.0, "reaches out"), (0.0, 1.5, "another grid")]
)
def test_masks_of_another_grid_are_refused(shift: float, scale: float, reason: str) -> None:
    mask = np.ones((2, 2, 2), bool)
    moved = np.diag([scale, 1, 1, 1.0])
    moved[0, 3] = shift
    with pytest.raises(ReadError, match=reason):
        carry(mask, moved, Grid((2, 2, 2), tuple(map(tuple, np.eye(4)))), "it")


def test_a_grid_needs_a_volume_with_an_affine() -> None:
    with pytest.raises(PixelError, match="no volume"):
        Grid.of(Image("a.dcm"), (1, 2, 2, 2))
