"""Volumes on one grid: the same scan in any of the 48 orientations gives the same volume at the same place."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from polyclinic.curate.conform import conform, standardised
from polyclinic.errors import PixelError, UsageError
from polyclinic.study import Image

TURNS = [(order, flips) for order in itertools.permutations(range(3)) for flips in itertools.product((1, -1), repeat=3)]
RNG = np.random.default_rng(0)
VALUES_XYZ = RNG.normal(size=(6, 8, 5)).astype(np.float32)
AFFINE = np.array([[2.0, 0, 0, -7], [0, 1.0, 0, 3], [0, 0, 4.0, 11], [0, 0, 0, 1]])


def image_of(values_xyz: np.ndarray, affine: np.ndarray) -> Image:
    return Image.from_array(values_xyz.T[None], affine=tuple(map(tuple, affine.tolist())))


def turned(order: tuple[int, ...], flips: tuple[int, ...]) -> Image:
    """The same scan stored with its axes exchanged and reversed."""
    matrix = np.zeros((4, 4))
    matrix[3, 3] = 1
    for new, (old, flip) in enumerate(zip(order, flips, strict=True)):
        matrix[old, new] = flip
        matrix[old, 3] = 0 if flip > 0 else VALUES_XYZ.shape[old] - 1
    return image_of(VALUES_XYZ.transpose(order)[tuple(slice(None, None, flip) for flip in flips)], AFFINE @ matrix)


@pytest.mark.parametrize(("order", "flips"), TURNS)
def test_orientation_does_not_matter(order: tuple[int, ...], flips: tuple[int, ...]) -> None:
    expected, found = conform(turned((0, 1, 2), (1, 1, 1)), 1.5), conform(turned(order, flips), 1.5)
    np.testing.assert_allclose(found.pixels, expected.pixels, atol=1e-5)
    np.testing.assert_allclose(found.affine, expected.affine, atol=1e-9)


def test_a_ramp_keeps_its_world_coordinates() -> None:
    """A linear function of place is interpolated exactly, wherever the new voxels lie."""
    index = np.stack(np.meshgrid(*map(np.arange, (9, 7, 8)), indexing="ij"), -1)
    world = index @ AFFINE[:3, :3].T + AFFINE[:3, 3]
    found = conform(image_of(world @ [1.0, 10.0, 100.0], AFFINE), 2.5)
    assert found.spacing_mm == (2.5, 2.5, 2.5)
    affine, values = np.array(found.affine), found.pixels[0].T
    index = np.stack(np.meshgrid(*map(np.arange, values.shape), indexing="ij"), -1)
    inner = tuple(slice(1, -1) for _ in range(3))  # beyond the outermost centres the edge goes on
    expected = ((index @ affine[:3, :3].T + affine[:3, 3]) @ [1.0, 10.0, 100.0])[inner]
    slope, start = np.polyfit(expected.ravel(), values[inner].ravel(), 1)
    np.testing.assert_allclose(values[inner], slope * expected + start, atol=1e-4)
    np.testing.assert_allclose((affine @ [*(n / 2 - 0.5 for n in values.shape), 1])[:3], AFFINE[:3] @ [4, 3, 3.5, 1])


def test_intensities_are_standardised_by_channel() -> None:
    values = np.stack([np.arange(8.0), np.arange(8.0) * 100 + 5]).astype(np.float32).reshape(2, 2, 2, 2)
    found = standardised(values, "x")
    np.testing.assert_allclose(found.mean(axis=(1, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(found.std(axis=(1, 2, 3)), 1, atol=1e-6)
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def test_a_missing_voxel_spoils_its_neighbours_alone() -> None:
    values = VALUES_XYZ.copy()
    values[0, 0, 0] = np.nan
    found = conform(image_of(values, AFFINE), 1.0).pixels
    assert 0 < np.isnan(found).sum() < found.size / 8


def test_a_single_slice_is_a_volume() -> None:
    assert conform(image_of(VALUES_XYZ[..., :1], AFFINE), 2.0).pixels.shape == (1, 2, 4, 6)


def test_what_cannot_be_conformed_is_refused() -> None:
    image = image_of(VALUES_XYZ, AFFINE)
    for spacing in (0.0, -1.0, float("nan")):
        with pytest.raises(UsageError, match="spacing"):
            conform(image, spacing)
    with pytest.raises(PixelError, match="where it lies"):
        conform(Image.from_array(VALUES_XYZ[None]), 1.0)
    with pytest.raises(PixelError, match="no contrast"):
        conform(image_of(np.ones((3, 3, 3)), AFFINE), 1.0)
