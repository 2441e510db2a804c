"""Whole images: windows that cover everything, blending as MONAI blends, decisions that do not depend on chunks."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from polyclinic.bodies.segmenter.inference import (
    Inference,
    decided,
    gaussian,
    largest_piece,
    planes,
    starts,
    touched_pieces,
    with_flips,
)

ONE = Inference(windows=1)


def predict(window_BCX: Tensor) -> Tensor:
    """Two logits that depend on where in its window a voxel is, so that blending matters."""
    ramp = torch.linspace(-1, 1, window_BCX.shape[-1])
    return torch.cat([window_BCX + ramp, window_BCX * ramp], dim=1)


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([0.0, 0.25, 0.5, 0.75]))
def test_windows_cover_an_axis_from_end_to_end(length: int, patch: int, overlap: float) -> None:
    length = max(length, patch)
    begin = starts(length, patch, overlap)
    assert begin[0] == 0
    assert begin[-1] == length - patch
    assert all(0 < b - a <= max(patch * (1 - overlap), 1) + 1 for a, b in pairwise(begin))


def test_blending_is_monais() -> None:
    monai = pytest.importorskip("monai.inferers", reason="MONAI is not installed")
    image = torch.randn(1, 1, 16, 16, 24)
    theirs = monai.sliding_window_inference(
        image, (8, 8, 8), 4, predict, overlap=0.5, mode="gaussian", sigma_scale=0.125
    )
    ours = torch.stack(list(planes(predict, image[0], (8, 8, 8), Inference(overlap=0.5))), dim=1)
    torch.testing.assert_close(ours, theirs[0], atol=1e-4, rtol=1e-4)


def test_two_windows_blend_by_their_weights() -> None:
    """Windows at 0 and 2 of an axis of 6 say 0 and 1; between them each counts by its weight there."""
    said = iter([0.0, 1.0])
    (made,) = planes(lambda window: torch.full_like(window, next(said)), torch.zeros(1, 1, 1, 6), (1, 1, 4), ONE)
    weight = gaussian((1, 1, 4)).flatten()
    share = [weight[0] / (weight[0] + weight[2]), weight[1] / (weight[1] + weight[3])]
    torch.testing.assert_close(made.flatten(), torch.tensor([0.0, 0.0, *share, 1.0, 1.0]))


@settings(deadline=None, max_examples=20)
@given(st.tuples(*[st.integers(1, 20)] * 3), st.integers(1, 5))
def test_a_network_that_copies_gives_the_image_back(shape: tuple[int, int, int], windows: int) -> None:
    image = torch.randn(2, *shape)
    made = torch.stack(list(planes(lambda window: window, image, (6, 5, 7), Inference(windows=windows))), dim=1)
    torch.testing.assert_close(made, image)


def test_the_middle_of_a_window_counts_most() -> None:
    weight = gaussian((5, 4))
    assert weight.shape == (5, 4)
    assert weight[2, 1] == weight.max()
    assert weight.min() > 0


@pytest.mark.parametrize("shape_out", [(5, 6, 7), (9, 12, 5), (3, 6, 7), (1, 1, 1)])
@pytest.mark.parametrize("overlapping", [True, False])
def test_a_decision_is_that_of_the_whole_interpolated_volume(
    shape_out: tuple[int, int, int], overlapping: bool
) -> None:
    """Plane after plane and some classes at a time change nothing."""
    logits = torch.randn(5, 5, 6, 7)
    whole = F.interpolate(logits[None], shape_out, mode="trilinear", align_corners=False)[0]
    for classes in (1, 2, 5):
        made = decided(logits.unbind(1), (5, 6, 7), shape_out, overlapping=overlapping, classes=classes)
        expected = whole > 0 if overlapping else whole.argmax(0)
        share = np.mean(made.pixels == expected.numpy())
        assert share > 0.999
    highest = logits.sigmoid().amax((1, 2, 3)) if overlapping else logits.softmax(0).amax((1, 2, 3))[1:]
    np.testing.assert_allclose(made.scores, highest.numpy(), rtol=1e-5)


def test_flips_average_over_all_mirrored_copies() -> None:
    image = torch.randn(1, 1, 4, 5)
    seen: list[Tensor] = []

    def watched(window: Tensor) -> Tensor:
        seen.append(window)
        return window + torch.arange(5.0)

    made = with_flips(watched, (0, 1))(image)
    assert len(seen) == 4
    torch.testing.assert_close(made, image + 2.0)  # the ramp's mean over both ways is its middle


def test_pieces() -> None:
    mask = np.array([[1, 0, 1, 1], [0, 0, 1, 0]], bool)
    assert largest_piece(mask).sum() == 3
    assert touched_pieces(mask, [(0, 0), (9, 9)]).sum() == 1
    assert not touched_pieces(mask, [(0, 1)]).any()
