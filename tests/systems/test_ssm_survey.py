"""What is the survey's own: three state spaces, four orders and three tasks in one frame."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from polyclinic.errors import UsageError
from polyclinic.parts.sequence.diagonal import DiagonalMixer, JointMixer
from polyclinic.parts.sequence.selective import SelectiveMixer
from polyclinic.parts.vision.residual_unet import ResidualUnit
from polyclinic.parts.vision.scanned import ScanLayer
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import ssm_survey
from polyclinic.systems.ssm_survey import PRESETS, Config, Model, layer_of, space_of

STUDIES = [study for i in range(4) for study in Phantom("chest", 3, Dials(size=32)).studies(i)]


def small(preset: str, **more: Any) -> Config:
    return dataclasses.replace(PRESETS[preset], **{"patch": 32, "widths": (4, 8, 16), "states": 4, **more})


def made(config: Config, domain: str = "chest") -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    studies = STUDIES if domain == "chest" else list(Phantom(domain, 3, Dials(size=32)).studies(0))
    torch.manual_seed(0)
    model = Model.from_studies(config, studies)
    view = model.view(studies)
    return model, view.collate([view.sample(0, np.random.default_rng(i)) for i in range(2)])


@pytest.mark.parametrize(
    ("space", "kind", "count"), [("s4", DiagonalMixer, 1), ("s5", JointMixer, 4), ("s6", SelectiveMixer, 1)]
)
def test_each_space_has_parameters_for_every_route(space: Any, kind: type, count: int) -> None:
    torch.manual_seed(0)
    mixer = space_of(small("nano", space=space), 8)
    assert len([each for each in mixer.modules() if isinstance(each, kind)]) == count
    x = torch.randn(1, 9, 8)
    y = mixer(x.repeat(1, 1, 4)).chunk(4, -1)
    assert all(not torch.allclose(y[0], other, atol=1e-3) for other in y[1:])


@pytest.mark.parametrize("preset", ["s4", "s5", "nano", "both-ways", "conv"])
def test_every_space_and_order_learns(preset: str) -> None:
    model, batch = made(small(preset))
    losses = model(batch)
    losses["loss"].backward()
    assert all(p.grad is not None for p in model.parameters())
    torch.testing.assert_close(losses["loss"], losses["masks"] + 0.1 * losses["findings"])


def seen(preset: str) -> Tensor:
    """Which places of a map a layer changes when its last place changes."""
    torch.manual_seed(0)
    layer = layer_of(small(preset), 8, (3, 3))
    assert isinstance(layer, ScanLayer)
    x = torch.randn(1, 8, 6, 6)
    changed = x.clone()
    changed[0, 0, 5, 5] += 1
    return ((layer(changed) - layer(x)).abs().amax(1)[0] > 0)[:4]


def test_one_route_never_learns_of_what_is_read_last() -> None:
    assert not seen("one-route").any()
    assert seen("both-ways").all()
    assert seen("nano").all()


def test_layers_stand_behind_the_deepest_stages() -> None:
    model = made(small("nano", layers=2))[0]
    assert [isinstance(each, ScanLayer) for each in model.network.encoder.layers] == [False, True, True]
    assert isinstance(made(small("conv"))[0].network.encoder.layers[-1][0], ResidualUnit)


def test_restoring_is_learning_the_noise() -> None:
    """At first all of the noise is left, whose mean size is 0.8 of its deviation, and images stay as they are."""
    model, batch = made(small("restore", noise=0.5))
    losses = model(batch)
    assert losses["left"].item() == pytest.approx(0.5 * (2 / torch.pi) ** 0.5, rel=0.05)
    coarse = (3 * losses["loss"] - 2 * losses["left"]).item()  # a pixel of it is the mean of four
    assert coarse == pytest.approx(losses["left"].item() / 2, rel=0.15)
    torch.testing.assert_close(model.cleaned(batch["image"]), batch["image"])


def test_it_restores_whole_images_and_then_draws_nothing() -> None:
    model = made(small("restore"))[0].eval()
    (restored,) = model.restore(STUDIES[:1])
    pixels = torch.from_numpy(STUDIES[0].images[0].pixels.astype(np.float32))
    assert restored.shape == pixels.shape
    torch.testing.assert_close(torch.from_numpy(restored), (pixels - pixels.mean()) / pixels.std(correction=0))
    for ask in (lambda: model.segment(STUDIES[:1], [["heart"]]), lambda: model.classify(STUDIES[:1], ["heart"])):
        with pytest.raises(UsageError, match="restores"):
            ask()
    with pytest.raises(UsageError, match="nothing"):
        made(small("nano"))[0].restore(STUDIES[:1])


def test_it_learns_to_restore() -> None:
    model, batch = made(small("restore", widths=(8, 16, 16)))
    optimiser = torch.optim.AdamW(model.parameters(), 3e-3)
    left = []
    for _ in range(40):
        optimiser.zero_grad()
        losses = model(batch)
        losses["loss"].backward()
        optimiser.step()
        left.append(losses["left"].item())
    assert np.mean(left[-5:]) < 0.85 * left[0]


def test_volumes_are_read_from_slice_to_slice() -> None:
    model, batch = made(small("nano-3d", widths=(4, 8)), "abdomen")
    assert batch["image"].ndim == 5
    assert model.network.encoder.layers[-1].block.scan.mixer.order == "slices"
    assert torch.isfinite(model(batch)["loss"])


def test_the_paper_preset_has_segmambas_widths() -> None:
    with torch.device("meta"):
        network = ssm_survey.build_meta(PRESETS["paper"]).network
    assert network.encoder.widths_maps == (48, 96, 192, 384)
    assert all(isinstance(each, ScanLayer) for each in network.encoder.layers)
