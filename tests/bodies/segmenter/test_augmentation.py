"""Patches: cut where asked, moved together with their masks, greys changed within bounds."""

import dataclasses

import numpy as np
import pytest
import torch

from polyclinic.bodies.segmenter.augmentation import UNCHANGED, Augmentation, blurred, cut
from polyclinic.bodies.segmenter.plan import Channel, Plan

FLAT = Plan((Channel("grey"),), ("a",), (5, 5), (), mirrors=(0, 1), side=9)
DEEP = dataclasses.replace(FLAT, patch=(4, 6, 6), spacing_mm=(5.0, 0.5, 0.5), side=None)
NUMBERS = np.arange(81, dtype=np.float32).reshape(1, 9, 9)
CENTRE = np.array([4.0, 4.0])
STILL = np.eye(2)


def test_a_patch_lies_around_its_centre_and_is_zero_outside() -> None:
    (patch,) = cut([NUMBERS], CENTRE, (3, 3), STILL, [True])
    np.testing.assert_array_equal(patch[0], NUMBERS[0, 3:6, 3:6])
    (corner,) = cut([NUMBERS], np.array([0.0, 0.0]), (3, 3), STILL, [True])
    assert corner[0].tolist() == [[0, 0, 0], [0, 0, 1], [0, 9, 10]]
    (outside,) = cut([NUMBERS], np.array([40.0, 0.0]), (3, 3), STILL, [True])
    assert not outside.any()


@pytest.mark.parametrize("centre", [(4.0, 4.0), (3.3, 4.4), (0.0, 8.0)])
def test_a_mirrored_patch_is_the_patch_mirrored(centre: tuple[float, float]) -> None:
    """Pixel by pixel, wherever its centre lies: nothing is blurred by half a pixel."""
    (still,) = cut([NUMBERS], np.array(centre), (3, 4), STILL, [True])
    (mirrored,) = cut([NUMBERS], np.array(centre), (3, 4), np.diag([1.0, -1.0]), [True])
    assert torch.equal(mirrored, still.flip(2))
    (both,) = cut([NUMBERS], np.array(centre), (3, 4), -STILL, [True])
    assert torch.equal(both, still.flip(1, 2))


def test_a_quarter_turn_is_exact() -> None:
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    smooth, label = cut([NUMBERS, NUMBERS.astype(np.uint8)], CENTRE, (5, 5), turn, [True, False])
    expected = np.rot90(NUMBERS[0, 2:7, 2:7], -1)
    np.testing.assert_allclose(smooth[0], expected, atol=1e-3)
    np.testing.assert_array_equal(label[0], expected)


def test_the_moved_patch_is_scipys() -> None:
    from scipy.ndimage import affine_transform

    matrix = np.array([[0.9, -0.3], [0.2, 1.1]])
    offset = CENTRE - matrix @ np.array([2.0, 2.0])
    expected = affine_transform(NUMBERS[0], matrix, offset, (5, 5), order=1)
    (made,) = cut([NUMBERS], CENTRE, (5, 5), matrix, [True])
    np.testing.assert_allclose(made[0], expected, atol=1e-3)


def test_thick_slices_are_turned_in_their_plane_alone_and_in_millimetres() -> None:
    always = dataclasses.replace(UNCHANGED, turn=1.0)
    matrix = always.matrix(DEEP, np.random.default_rng(0))
    np.testing.assert_allclose(matrix[0], [1, 0, 0])
    np.testing.assert_allclose(matrix[1:, 1:] @ matrix[1:, 1:].T, np.eye(2), atol=1e-12)
    even = dataclasses.replace(DEEP, spacing_mm=(2.0, 1.0, 1.0))
    matrix = always.matrix(even, np.random.default_rng(0))
    in_mm = np.diag([2.0, 1, 1]) @ matrix @ np.diag([0.5, 1, 1])
    np.testing.assert_allclose(in_mm @ in_mm.T, np.eye(3), atol=1e-12)
    assert abs(in_mm[0, 0]) < 1


def test_nothing_is_mirrored_where_sides_have_names() -> None:
    mirror = dataclasses.replace(UNCHANGED, mirror=1.0)
    np.testing.assert_array_equal(mirror.matrix(FLAT, np.random.default_rng(0)), -np.eye(2))
    named = mirror.matrix(dataclasses.replace(FLAT, mirrors=()), np.random.default_rng(0))
    np.testing.assert_array_equal(named, STILL)
    np.testing.assert_array_equal(UNCHANGED.matrix(FLAT, np.random.default_rng(0)), STILL)


@pytest.mark.parametrize("name", ["noise", "blur", "shade", "low", "gamma"])
def test_each_change_of_greys_is_made_and_bounded(name: str) -> None:
    patch = torch.randn(2, 8, 9, 10, generator=torch.Generator().manual_seed(0))
    rng = np.random.default_rng(1)
    made = dataclasses.replace(UNCHANGED, **{name: 1.0}).greys(patch, rng)
    assert made.shape == patch.shape
    assert not torch.equal(made, patch)
    assert made.isfinite().all()
    assert made.mean().abs() < 0.2
    assert 0.2 < made.std() < 1.5
    assert torch.equal(UNCHANGED.greys(patch, rng), patch)


def test_gamma_keeps_mean_and_spread() -> None:
    patch = torch.randn(1, 20, 20, generator=torch.Generator().manual_seed(0))
    made = dataclasses.replace(UNCHANGED, gamma=1.0, exponents=(0.7, 0.7)).greys(patch, np.random.default_rng(0))
    assert made.mean().item() == pytest.approx(patch.mean().item(), abs=1e-4)
    assert made.std().item() == pytest.approx(patch.std().item(), rel=1e-3)
    assert (made - patch).abs().max() > 0.1


def test_the_blur_is_scipys() -> None:
    from scipy.ndimage import gaussian_filter

    patch = torch.randn(1, 8, 9, 10)
    expected = gaussian_filter(patch[0].numpy(), 1.0, mode="nearest", truncate=3.0)
    np.testing.assert_allclose(blurred(patch, 1.0)[0], expected, atol=1e-5)


def test_a_draw_is_a_function_of_its_generator() -> None:
    patch = torch.randn(1, 12, 12)
    one, two = (Augmentation().greys(patch, np.random.default_rng(5)) for _ in range(2))
    assert torch.equal(one, two)
