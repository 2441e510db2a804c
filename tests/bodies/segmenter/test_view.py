"""The training view: where patches lie, what is left out, and that a sample is a pure function."""

import dataclasses

import numpy as np
import pytest
import torch

from polyclinic.bodies.segmenter.view import PatchView
from polyclinic.errors import TrainingError

from .conftest import Toy, ToyConfig, discs, region, study


def test_patches_lie_in_the_foreground_as_often_as_asked() -> None:
    mask = np.zeros((200, 200), bool)
    mask[190:196, 190:196] = True
    far = study(np.random.default_rng(0).normal(size=(1, 200, 200)), (region("a", mask),))
    plan = dataclasses.replace(Toy.from_studies(ToyConfig(), [far]).plan, side=200)
    for share, low, high in ((1.0, 1.0, 1.0), (1 / 3, 0.2, 0.5), (0.0, 0.0, 0.05)):
        view = PatchView([far], plan=plan, augment=Toy(ToyConfig(), plan).augment, foreground=share)
        hits = [bool((view.sample(0, np.random.default_rng(i))["target"] == 1).any()) for i in range(100)]
        assert low <= np.mean(hits) <= high


def test_studies_that_teach_nothing_are_left_out() -> None:
    model = Toy.from_studies(ToyConfig(), discs(3))
    silent = study(np.zeros((1, 24, 24)))
    assert len(model.view([*discs(2), silent])) == 2
    with pytest.raises(TrainingError, match="none of 1 studies tells where square is"):
        model.view([silent])


def test_a_sample_is_a_function_of_index_and_generator() -> None:
    model = Toy.from_studies(ToyConfig(), discs(3))
    one, two = (model.view(discs(3)).sample(1, np.random.default_rng(7)) for _ in range(2))
    assert torch.equal(one["image"], two["image"])
    assert torch.equal(one["target"], two["target"])
