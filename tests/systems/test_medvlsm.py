"""What is MedVLSM's own: prompts from a ladder, one thing asked for at a time, and a text that shapes the mask."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from polyclinic.curate.ladder import RUNGS, ladder, ways
from polyclinic.objectives.labels import cross_entropy, dice_loss
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Study
from polyclinic.systems import medvlsm
from polyclinic.systems.medvlsm import PRESETS, Config, Model, SlimDecoder

STUDIES = [study for i in range(4) for study in Phantom("chest", 3, Dials(size=64)).studies(i)]
SMALL = dataclasses.replace(PRESETS["all-rungs"], reduce=16, hidden=16, text_width=16, text_out=16)


def made(config: Config = SMALL) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, STUDIES)
    view = model.view(STUDIES)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(4)])


@pytest.fixture(scope="module")
def fresh() -> tuple[Model, dict[str, Any]]:
    model, batch = made()
    return model.eval(), batch


def drawn_on(study: Study) -> set[str]:
    return {region.name for region in study.regions if region.mask is not None}


def test_each_picture_is_asked_for_one_thing_that_is_drawn_on_it(fresh: tuple[Model, dict[str, Any]]) -> None:
    model = fresh[0]
    view = model.view(STUDIES)
    rungs = set()
    for i in range(40):
        sample = view.sample(i % len(STUDIES), np.random.default_rng(i))
        study, name = view.studies[sample["index"]], model.plan.classes[sample["asked"]]
        assert name in drawn_on(study)
        (rung, *_) = [r for r in range(len(RUNGS)) if sample["said"] in ways(study, name, r)]
        rungs.add(rung)
    assert 0 not in rungs
    assert len(rungs) >= 4


def test_a_rung_can_be_chosen_and_the_blind_are_told_nothing() -> None:
    for prompt in ("empty", "place"):
        view = made(dataclasses.replace(SMALL, prompt=prompt))[0].view(STUDIES)
        sample = view.sample(0, np.random.default_rng(0))
        name = view.plan.classes[sample["asked"]]
        assert sample["said"] in ways(view.studies[0], name, RUNGS.index(prompt))
    assert ladder(STUDIES[0], "heart")[RUNGS.index("empty")] == ""


def test_the_loss_is_that_of_what_was_asked_for(fresh: tuple[Model, dict[str, Any]]) -> None:
    model, batch = fresh
    logits = torch.stack(
        [
            model.prompted(batch["image"][i : i + 1], [batch["said"][i]], torch.zeros(1, dtype=torch.long))[0]
            for i in range(4)
        ]
    )
    target = torch.stack([batch["target"][i, asked] for i, asked in enumerate(batch["asked"].tolist())])
    known = torch.ones(4, 1, dtype=torch.bool)
    expected = dice_loss(logits[:, None], target[:, None], known) + 0.2 * cross_entropy(
        logits[:, None], target[:, None], known
    )
    torch.testing.assert_close(model(batch)["loss"], expected, atol=1e-4, rtol=1e-4)


def test_the_text_scales_and_shifts_the_deepest_state_alone() -> None:
    torch.manual_seed(0)
    decoder = SlimDecoder(width=6, count=2, stride=8, reduce=4, heads=2, hidden=8, width_text=3, refined=True)
    states, text = [torch.randn(2, 1 + 6, 6) for _ in range(2)], torch.randn(2, 3)
    first = decoder.scale(text)[:, None] * decoder.enter[0](states[0]) + decoder.shift(text)[:, None]
    x = decoder.layers[1](decoder.enter[1](states[1]) + decoder.layers[0](first))
    expected = decoder.leave(x[:, 1:].transpose(1, 2).reshape(2, 4, 3, 2))[:, 0]
    torch.testing.assert_close(decoder(states, text, (3, 2)), expected, atol=1e-5, rtol=1e-5)
    assert expected.shape == (2, 24, 16)
    for part in (decoder.scale, decoder.shift):
        torch.nn.init.zeros_(part.weight)
    torch.testing.assert_close(decoder(states, text, (3, 2)), decoder(states, -text, (3, 2)))


def test_states_are_taken_behind_the_chosen_blocks(fresh: tuple[Model, dict[str, Any]]) -> None:
    model, batch = fresh
    network, seen = model.network, []
    assert len(network.images.blocks) == 4
    x, _ = network.images.entered(batch["image"][:1])
    states = []
    for block in network.images.blocks:
        x = block(x)
        states.append(x)
    hook = network.decoder.register_forward_pre_hook(lambda _, given: seen.extend(given[0]))
    model.prompted(batch["image"][:1], ["heart"], torch.zeros(1, dtype=torch.long))
    hook.remove()
    for found, depth in zip(seen, SMALL.depths, strict=True):
        torch.testing.assert_close(found, states[depth - 1])


def test_any_prompt_can_be_asked_for_and_words_matter(fresh: tuple[Model, dict[str, Any]]) -> None:
    model, batch = fresh
    image = batch["image"][:2]
    (masks,) = model.logits(image, ["", ""], ["heart", "one small heart in the upper left", medvlsm.BLANK])
    assert masks.shape == (2, 3, 64, 64)
    (alone,) = model.logits(image[1:], [""], ["heart"])
    torch.testing.assert_close(alone[0, 0], masks[1, 0], atol=1e-4, rtol=1e-4)
    assert not torch.allclose(masks[:, 0], masks[:, 1])
    assert not torch.allclose(masks[:, 0], masks[:, 2])


def test_the_papers_decoder_has_its_published_size() -> None:
    with torch.device("meta"):
        model = medvlsm.build_meta(PRESETS["paper"])
        plain = medvlsm.build_meta(dataclasses.replace(PRESETS["paper"], refined=False))
    count = sum(p.numel() for p in model.network.decoder.parameters())
    assert count == medvlsm.CARD.published["decoder_parameters"]
    assert count - sum(p.numel() for p in plain.network.decoder.parameters()) == 70_241 - 16_385
    assert len(model.network.images.blocks) == 10
