"""The generalist with eyes that were made for something else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from polyclinic.bodies.dual_encoder import Outlook
from polyclinic.errors import CheckpointError
from polyclinic.parts.features import ImageEncoder
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.parts.vision import ENCODERS, MakesEncoder
from polyclinic.phantom.world import Phantom
from polyclinic.study import Study
from polyclinic.systems import convirt
from polyclinic.systems.generalist import PRESETS, Model
from polyclinic.verbs import Ask

TINY = dataclasses.replace(
    PRESETS["nano"], image_size=64, widths=(16, 16, 32), query_width=32, width=32, depth=1, vocabulary=400, longest=8
)


@pytest.fixture(scope="module")
def studies() -> list[Study]:
    world = Phantom("chest", seed=3)
    return [study for i in range(4) for study in world.studies(i)]


def taught_by_reports(*, channels: int, image_size: int) -> ImageEncoder:
    """The image encoder of a dual encoder, as it is taken over after its own training."""
    outlook, words = Outlook(image_size, channels), WordPieces.of_size(50)
    return convirt.Model(convirt.PRESETS["nano"], outlook, words).image_encoder


@pytest.mark.parametrize("make", [taught_by_reports, ENCODERS["vit-nano"]])
def test_it_learns_and_speaks_with_them(make: MakesEncoder, studies: list[Study]) -> None:
    torch.manual_seed(0)
    model = Model.from_studies(TINY, studies, encoder=make)
    view = model.view(studies)
    model(view.collate([view.sample(i, np.random.default_rng(i)) for i in range(4)]))["loss"].backward()
    assert not [name for name, p in model.encoder.named_parameters() if p.grad is None or not p.grad.any()]
    model.eval()
    (answer,) = model.answer([Ask(studies[0], "Is there mass?", options=("yes", "no"))])
    assert answer.text in ("yes", "no")
    assert model.segment(studies[:1], [["heart"]])[0][0].array.shape == (128, 128)


def test_it_comes_back_only_with_the_eyes_it_was_made_with(studies: list[Study], tmp_path: Path) -> None:
    model = Model.from_studies(TINY, studies, encoder=ENCODERS["vit-nano"]).eval()
    model.save_pretrained(tmp_path)
    again = Model.from_pretrained(tmp_path, encoder=ENCODERS["vit-nano"])
    ask = Ask(studies[0], "Is there mass?", options=("yes", "no"))
    assert again.answer([ask]) == model.answer([ask])
    with pytest.raises(CheckpointError, match="does not fit"):
        Model.from_pretrained(tmp_path)
