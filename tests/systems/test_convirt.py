"""What is ConVIRT's own: the two-way contrast with its weights, one sentence a time, the largest token."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from polyclinic.bodies.dual_encoder.speaking import sentences, whole
from polyclinic.cli.show import parameter_count
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Study
from polyclinic.systems import convirt
from polyclinic.systems.convirt import PRESETS, Config, Model

STUDIES = [study for i in range(5) for study in Phantom("chest", 3, Dials(size=64)).studies(i)]


def made(config: Config, studies: list[Study] = STUDIES) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, studies)
    view = model.view(studies)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])


def test_the_loss_weighs_both_ways_as_the_paper_does() -> None:
    """Equations 2 to 4, written out."""
    model, batch = made(PRESETS["nano"])
    image_BE = model.image_vectors(model.look(batch["pictures"]))
    text_BE = model.text_vectors(model.read(batch["texts"]))
    logits_BB = image_BE @ text_BE.T / 0.1
    own_B = torch.arange(len(logits_BB))
    expected = 0.75 * F.cross_entropy(logits_BB, own_B) + 0.25 * F.cross_entropy(logits_BB.T, own_B)
    torch.testing.assert_close(model(batch)["loss"], expected)
    turned = made(dataclasses.replace(PRESETS["nano"], image_share=0.5))[0]
    assert abs(turned(batch)["loss"].item() - expected.item()) > 1e-4


@pytest.mark.parametrize("preset", ["matching", "image-only"])
def test_the_other_objectives_do_not_contrast_a_batch_of_pairs(preset: str) -> None:
    model, batch = made(PRESETS["nano"])
    other, again = made(PRESETS[preset])
    assert abs(other(again)["loss"].item() - model(batch)["loss"].item()) > 1e-3
    other.zero_grad()
    other(again)["loss"].backward()
    reads = any(p.grad is not None and p.grad.abs().sum() > 0 for p in other.text_encoder.parameters())
    assert reads == (preset == "matching")


def test_one_sentence_stands_for_a_report() -> None:
    view = made(PRESETS["nano"])[0].view(STUDIES)
    drawn = [{view.sample(i, np.random.default_rng(n))["text"] for n in range(12)} for i in range(3)]
    assert all(
        said <= set(sentences(whole(study, np.random.default_rng(0))))
        for said, study in zip(drawn, STUDIES, strict=False)
    )
    assert max(map(len, drawn)) > 1


def test_frozen_layers_rest() -> None:
    model, batch = made(dataclasses.replace(PRESETS["nano"], frozen=1))
    model(batch)["loss"].backward()
    bert = model.text_encoder.bert
    assert bert.embeddings.word_embeddings.weight.grad is None
    assert next(bert.encoder.layer[0].parameters()).grad is None
    assert next(bert.encoder.layer[1].parameters()).grad is not None


def test_the_paper_preset_has_the_papers_parts() -> None:
    """ResNet-50 without its classes, BERT base of the cased vocabulary, two heads of one hidden layer."""
    heads = 2048 * 2048 + 2048 + 2048 * 512 + 512 + 768 * 768 + 768 + 768 * 512 + 512
    bert = (
        28_996 * 768
        + 512 * 768
        + 2 * 768
        + 2 * 768
        + 12 * (4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 4 * 768)
    )
    assert parameter_count(convirt, PRESETS["paper"]) == 23_508_032 + bert + heads + 1
