"""Whole images, window by window: where something stands, it is told, and names that nobody knows stay even."""

import numpy as np
import pytest
import torch
from torch import Tensor

from polyclinic.bodies.segmenter.inference import Inference
from polyclinic.bodies.segmenter.plan import Channel, Plan
from polyclinic.bodies.segmenter.presence import presences, windows
from polyclinic.study import Image, Study


def plan(dimensions: int) -> Plan:
    return Plan(
        channels=(Channel("grey"),),
        classes=("bright",),
        patch=(8,) * dimensions,
        pooling=((2,) * dimensions,),
        side=24 if dimensions == 2 else None,
        spacing_mm=None if dimensions == 2 else (1.0, 1.0, 1.0),
    )


def study(shape: tuple[int, ...], place: tuple[int, ...] | None) -> Study:
    pixels = np.random.default_rng(0).random(shape).astype(np.float32)
    if place:
        pixels[place] = 50
    return Study("s", "s", images=(Image.from_array(pixels[None]),))


def brightest(window_BCX: Tensor) -> Tensor:
    return window_BCX.flatten(2).amax(-1) - 8


@pytest.mark.parametrize(("shape", "place"), [((24, 20), (22, 1)), ((5, 24, 20), (4, 22, 1)), ((24, 20), (12, 10))])
def test_what_stands_in_one_window_is_told(shape: tuple[int, ...], place: tuple[int, ...]) -> None:
    """In a picture, and in a volume plane by plane."""
    told = presences(
        [study(shape, place), study(shape, None)], ["bright", "dark"], brightest, plan(2), Inference(windows=3)
    )
    assert told[0]["bright"] > 0.9
    assert told[1]["bright"] < 0.1
    assert [row["dark"] for row in told] == [0.5, 0.5]


def test_windows_cover_the_image_and_come_some_at_a_time() -> None:
    made = list(windows(study((24, 20), None), plan(2), Inference(overlap=0.0, windows=4)))
    assert [len(each) for each in made] == [4, 4, 1]
    assert {each.shape[1:] for each in made} == {torch.Size((1, 8, 8))}
    volume = list(windows(study((9, 8, 8), None), plan(3), Inference()))
    assert torch.cat(volume).shape == (2, 1, 8, 8, 8)
