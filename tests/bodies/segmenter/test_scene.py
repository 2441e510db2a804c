"""From a Study to arrays: channels, scales, masks, and what is refused."""

import dataclasses

import numpy as np
import pytest
import torch

from polyclinic.bodies.segmenter.plan import Channel, Plan
from polyclinic.bodies.segmenter.scene import IGNORED, make_scene, on_grid, scaled, stacked, with_flags
from polyclinic.errors import PixelError
from polyclinic.study import Image, MaskFile, Region, Study

from .conftest import region, study

FLAT = Plan((Channel("grey"),), ("a", "b"), (8, 8), (), kinds={"a": "organ", "b": "organ"}, side=8)
NOISE = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)
HALF = np.arange(64).reshape(8, 8) % 8 < 4


def test_a_missing_channel_is_zero_and_flagged() -> None:
    plan = dataclasses.replace(FLAT, channels=(Channel("T1"), Channel("T2")), flags=True)
    only = study(NOISE[None] + 7, channels=("T2",))
    image, present, shape = on_grid(only, plan)
    assert present.tolist() == [False, True]
    assert shape == (8, 8)
    assert image[0].abs().max() == 0
    assert image[1].mean().abs() < 1e-5
    flagged = with_flags(image, present, plan)
    assert [plane.unique().tolist() for plane in flagged[2:]] == [[0.0], [1.0]]


def test_sequences_in_files_of_their_own_are_one_scene() -> None:
    plan = dataclasses.replace(FLAT, channels=(Channel("T1"), Channel("T2")))
    images = tuple(Image.from_array(NOISE[None] + k, channels=(f"T{k}",)) for k in (2, 1))
    array, present = stacked(Study("s", "s", images=images), plan)
    assert present.all()
    np.testing.assert_allclose(array[1] - array[0], 1, atol=1e-5)
    second = Image.from_array(NOISE[None] + 9, channels=("T1",))
    again, _ = stacked(Study("s", "s", images=(*images, second)), plan)
    np.testing.assert_array_equal(again, array)


@pytest.mark.parametrize(
    ("planned", "given", "expected"), [("grey", (1.0, 2.0, 6.0), [3.0]), ("red", (4.0,), [4.0] * 3)]
)
def test_grey_and_colour_stand_in_for_each_other(planned: str, given: tuple[float, ...], expected: list[float]) -> None:
    names = ("grey",) if planned == "grey" else ("red", "green", "blue")
    plan = dataclasses.replace(FLAT, channels=tuple(Channel(name) for name in names))
    array, _ = stacked(study(np.stack([np.full((8, 8), v) for v in given])), plan)
    assert array[:, 0, 0].tolist() == expected


def test_a_window_is_the_same_for_every_image() -> None:
    channel = Channel("ct", "window", low=-100, high=300, mean=100, spread=50)
    made = scaled(torch.tensor([[[-2000.0, 100.0, 5000.0]]]), np.array([True]), (channel,))
    assert made.flatten().tolist() == [-4.0, 0.0, 4.0]
    own = scaled(torch.tensor([[[0.0, 4.0, 6.0]]]), np.array([True]), (Channel("mr", "nonzero"),))
    assert own.flatten().tolist() == [0.0, -1.0, 1.0]


def test_what_nobody_looked_for_is_no_background() -> None:
    """`b` is neither drawn nor are others of its kind, so that pixels outside of `a` may be it."""
    plan = dataclasses.replace(FLAT, kinds={"a": "organ", "b": "finding"})
    scene = make_scene(study(NOISE[None], (region("a", HALF),)), plan)
    assert scene.known.tolist() == [True, False]
    assert sorted(np.unique(scene.target)) == [1, IGNORED]
    denied = make_scene(study(NOISE[None], (region("a", HALF),), findings=(("b", False),)), plan)
    assert denied.known.all()
    assert sorted(np.unique(denied.target)) == [0, 1]


def test_an_empty_foreground_is_background() -> None:
    empty = study(NOISE[None], findings=(("a", False), ("b", False)))
    scene = make_scene(empty, FLAT)
    assert scene.known.all()
    assert len(scene.places) == 0
    assert not scene.target.any()


def test_places_lie_in_their_class() -> None:
    plan = dataclasses.replace(FLAT, overlapping=True)
    scene = make_scene(study(NOISE[None], (region("a", HALF), region("b", ~HALF))), plan)
    for (y, x), k in zip(scene.places, scene.classes, strict=True):
        assert HALF[y, x] == (k == 0)
    assert set(scene.classes) == {0, 1}


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(PixelError, match=r"shape \(4, 8\), its image \(8, 8\)") as told:
        make_scene(study(NOISE[None], (region("a", HALF[:4]),)), FLAT)
    assert "resample the mask" in str(told.value.hint)


def test_sequences_of_different_sizes_are_refused() -> None:
    images = (Image.from_array(NOISE[None], channels=("T1",)), Image.from_array(NOISE[None, :4], channels=("T2",)))
    plan = dataclasses.replace(FLAT, channels=(Channel("T1"), Channel("T2")))
    with pytest.raises(PixelError, match="differ in size") as told:
        on_grid(Study("s", "s", images=images), plan)
    assert "one grid" in str(told.value.hint)


def test_a_volume_is_no_picture_and_an_unknown_channel_no_other() -> None:
    with pytest.raises(PixelError, match="expected 2 axes"):
        on_grid(study(np.zeros((1, 3, 8, 8))), FLAT)
    plan = dataclasses.replace(FLAT, channels=(Channel("T1"), Channel("T2")))
    with pytest.raises(PixelError, match="none of the channels T1, T2") as told:
        on_grid(study(NOISE[None], channels=("PET",)), plan)
    assert told.value.hint
    with pytest.raises(PixelError, match="has no image"):
        on_grid(Study("s", "s"), FLAT)


def test_pixels_that_are_not_finite_become_the_nearest_extreme() -> None:
    pixels = NOISE[None].copy()
    pixels[0, 0, :3] = [np.nan, np.inf, -np.inf]
    array, _ = stacked(study(pixels), FLAT)
    known = pixels[np.isfinite(pixels)]
    assert array[0, 0, :3].tolist() == pytest.approx([known.min(), known.max(), known.min()])


def test_a_value_of_a_label_map_that_no_class_has_is_background() -> None:
    """The record names values; one that nobody named belongs to no region."""
    labels = np.zeros((8, 8), np.uint8)
    labels[0], labels[1] = 1, 77
    mask = MaskFile("labels.png", value=1, load=lambda: labels)
    scene = make_scene(study(NOISE[None], (Region("a", "organ", mask=mask),)), FLAT)
    assert (scene.target[0] == 1).sum() == 8
    assert not scene.target[0, 1].any()
