"""What is the system's own: it goes red when that is switched off. The contract tests the rest."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from polyclinic.errors import CheckpointError, TrainingError
from polyclinic.phantom.world import Phantom
from polyclinic.systems._template import PRESETS, Model

STUDIES = [study for index in range(4) for study in Phantom("chest", seed=5).studies(index)]


def model_of(preset: str) -> Model:
    """The same weights whatever the preset."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Model.from_studies(PRESETS[preset], STUDIES).eval()


def test_a_picture_is_compared_with_its_mirror_image() -> None:
    """Of a picture that is its own mirror image, and not empty, the comparison tells nothing."""
    half = torch.arange(32.0).repeat(64, 1)
    even = torch.cat([half, half.flip(1)], 1)[None]
    model = model_of("nano")
    seen: list[torch.Tensor] = []
    model.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model.logits(torch.cat([even, torch.arange(64.0).repeat(1, 64, 1)]))
    assert not seen[0][0, 1].any()
    assert seen[0][1, 1].any()
    assert seen[0][0, 0].any()


def test_the_ablation_is_alike_in_all_but_the_comparison() -> None:
    """Same configuration but for one field, same size, other output."""
    nano, without = model_of("nano"), model_of("no-mirror")
    assert dataclasses.replace(without.config, mirror=True) == nano.config
    assert [p.shape for p in nano.parameters()] == [p.shape for p in without.parameters()]
    assert nano.classify(STUDIES, nano.names) != without.classify(STUDIES, nano.names)


def test_what_is_not_known_is_not_learned() -> None:
    """A finding of which nothing is known gives no loss."""
    model, view = model_of("nano"), model_of("nano").view(STUDIES)
    batch = view.collate([view.sample(index, np.random.default_rng(0)) for index in range(2)])
    assert model(batch)["loss"].item() > 0
    assert model(batch | {"truth": torch.full_like(batch["truth"], torch.nan)})["loss"].item() == 0


def test_what_was_not_trained_is_neither_likely_nor_unlikely() -> None:
    """Collections ask for names that training never met."""
    (found,) = model_of("nano").classify(STUDIES[:1], ["unicorn", "mass"])
    assert list(found) == ["unicorn", "mass"]
    assert found["unicorn"] == 0.5
    assert model_of("nano").classify([], ["mass"]) == []


def test_data_without_findings_are_refused() -> None:
    """There is nothing to learn from them."""
    with pytest.raises(TrainingError, match="no Study has a finding"):
        Model.from_studies(PRESETS["nano"], [dataclasses.replace(STUDIES[0], findings=())])


def test_a_damaged_folder_is_refused(tmp_path: Path) -> None:
    """Neither half a configuration nor half a file of weights becomes a model."""
    model_of("nano").save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(CheckpointError):
        Model.from_pretrained(tmp_path)
    with pytest.raises(CheckpointError):
        Model.from_pretrained(tmp_path / "nowhere")
