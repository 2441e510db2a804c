"""What is MS-DualGuided's own: two guided steps, bottlenecks that agree, inputs that are rebuilt."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from polyclinic.cli.show import parameter_count
from polyclinic.objectives.labels import cross_entropy
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Study
from polyclinic.systems import ms_dualguided
from polyclinic.systems.ms_dualguided import PRESETS, Config, GuidedNetwork, Model, PlainNetwork

STUDIES = [study for i in range(5) for study in Phantom("chest", 3, Dials(size=64)).studies(i)]


def made(config: Config, studies: list[Study] = STUDIES) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, studies)
    view = model.view(studies)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(4)])


def test_the_loss_is_that_of_the_paper() -> None:
    """Equations 6 to 9 written out: eight maps (here six), 0.25 times the bottlenecks, 0.1 times what is rebuilt."""
    model, batch = made(dataclasses.replace(PRESETS["nano"], loss="cross-entropy"))
    model.eval()
    sight = model.network(batch["image"])
    assert len(sight.first) == len(sight.second) == 3
    drawn = sum(cross_entropy(each, batch["target"], batch["known"]) for each in (*sight.first, *sight.second))
    agree = sum(F.mse_loss(a, b) for a, b in sight.kept)
    rebuilt = sum(F.mse_loss(a, b) for a, b in sight.rebuilt)
    assert len(sight.rebuilt) == 6
    torch.testing.assert_close(model(batch)["loss"], drawn + 0.25 * agree + 0.1 * rebuilt)
    unguided = made(dataclasses.replace(PRESETS["unguided"], loss="cross-entropy"))[0].eval()
    torch.testing.assert_close(unguided(batch)["loss"], drawn)


def test_layers_start_as_in_the_papers_code() -> None:
    torch.manual_seed(0)
    conv, norm = torch.nn.Conv2d(64, 64, 3), torch.nn.BatchNorm2d(4096)
    ms_dualguided.started(conv)
    ms_dualguided.started(norm)
    assert conv.weight.std().item() == pytest.approx((2 / (2 * 64 * 9)) ** 0.5, rel=0.02)
    assert norm.weight.mean().item() == pytest.approx(1, abs=0.002)
    assert norm.weight.std().item() == pytest.approx(0.02, rel=0.05)
    network = made(PRESETS["nano"])[0].network
    assert all(0 < m.weight.std() < 0.1 for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d))


def test_what_was_attended_first_gates_the_second_step() -> None:
    model, batch = made(PRESETS["nano"])
    network = model.network.eval()
    assert isinstance(network, GuidedNetwork)
    before = network(batch["image"])
    for gate in network.steps[0].gate:
        torch.nn.init.zeros_(gate.weight)
        torch.nn.init.zeros_(gate.bias)
    after = network(batch["image"])
    assert torch.equal(before.first[0], after.first[0])
    assert not torch.allclose(before.second[0], after.second[0])
    given = [pair[0] for pair in after.rebuilt[3:]]
    width = PRESETS["nano"].width
    assert all(not each[:, width:].any() for each in given)  # a closed gate leaves nothing of the fused map
    assert all(each[:, :width].any() for each in given)


def test_the_coder_is_shared_by_the_scales_and_not_by_the_steps() -> None:
    network = made(PRESETS["nano"])[0].network
    assert isinstance(network, GuidedNetwork)
    assert network.steps[0].semantic is not network.steps[1].semantic
    coders = [name for name, module in network.named_modules() if type(module).__name__ == "SemanticCoder"]
    assert len(coders) == 2


def test_only_the_second_set_is_drawn() -> None:
    model, batch = made(PRESETS["nano"])
    model.eval()
    (drawn,) = model.logits(batch["image"], [""] * 4, model.plan.classes)
    torch.testing.assert_close(drawn, sum(model.network(batch["image"]).second) / 3)
    for head in model.network.predict_first:
        torch.nn.init.zeros_(head.weight)
    torch.testing.assert_close(model.logits(batch["image"], [""] * 4, model.plan.classes)[0], drawn)


def test_without_guidance_there_is_no_attention() -> None:
    model, batch = made(PRESETS["plain"])
    assert isinstance(model.network, PlainNetwork)
    assert not [name for name, _ in model.named_parameters() if "share" in name or "semantic" in name]
    assert set(model(batch)) == {"loss", "drawn"}


def test_the_paper_preset_has_the_papers_parts() -> None:
    """ResNeXt-101 without its classes and with one grey channel; four scales of 64; two coders of 128, 256, 512."""
    count = parameter_count(ms_dualguided, PRESETS["paper"])
    with torch.device("meta"):
        model = ms_dualguided.build_meta(PRESETS["paper"])
    encoder = sum(p.numel() for p in model.network.pyramid.encoder.parameters())
    assert encoder == 44_177_704 - 2048 * 1000 - 1000 - 2 * 64 * 49  # the published network of 1000 classes and colour
    assert [layer[0].in_channels for layer in model.network.pyramid.reduce] == [256, 512, 1024, 2048]
    assert [step.semantic.down[2][0].out_channels for step in model.network.steps] == [512] * 2
    assert count is not None
    assert count > encoder
