"""What is xLSTM-UNet's own: a matrix memory in a U-Net, where it stands, its tokens, and which way it reads."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from polyclinic.bodies.segmenter import Plan, plan_of_size
from polyclinic.cli.show import parameter_count
from polyclinic.parts.sequence.blocks import GatedBlock, MemoryBlock, SequenceLayer
from polyclinic.parts.vision.residual_unet import ResidualUnit
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import xlstm_unet
from polyclinic.systems.xlstm_unet import LEVEL, LUNGS, PRESETS, Config, Model, layers_of, with_ticks


def made(config: Config, plan: Plan | None = None) -> Model:
    torch.manual_seed(0)
    return Model(config, plan or plan_of_size(channels=1, classes=2, wanted=Model.wanted(config))).eval()


def meta(preset: str) -> Model:
    with torch.device("meta"):
        return xlstm_unet.build_meta(PRESETS[preset])


def reached(model: Model, place: tuple[int, int]) -> Tensor:
    """How much each pixel of the deepest map changes with one pixel of the image."""
    image = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    changed = image.clone()
    changed[0, 0, place[0], place[1]] += 5
    with torch.no_grad():
        return (model.network[0](changed)[-1] - model.network[0](image)[-1]).abs().amax(1)[0]


def places(model: Model) -> list[str]:
    """What stands behind each stage."""
    names = {SequenceLayer: "sequence", nn.Identity: "", nn.Sequential: "unit"}
    return [names[type(layer)] for layer in model.network[0].layers]


@pytest.mark.parametrize("preset", ["nano", "conv"])
def test_a_far_mark_is_seen_through_the_memory_alone(preset: str) -> None:
    """Without the norms, whose means carry a trace of every pixel to all others."""
    model = made(PRESETS[preset])
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.InstanceNorm2d):
                setattr(parent, name, nn.Identity())
    change = reached(model, (2, 2))
    assert change[0, 0] > 0
    assert bool(change[12:, 12:].any()) == (preset == "nano")


def test_the_memory_reads_in_one_direction_unless_both_are_asked_for() -> None:
    """The deepest map's layer alone: a place changes those behind it, and with both ways all of them."""
    for preset, before in (("nano", False), ("both-ways", True)):
        layer = made(PRESETS[preset]).network[0].layers[-1]
        x = torch.randn(1, 32, 16, 16)
        changed = x.clone()
        changed[0, 3, 8, 8] += 1
        moved = ((layer(changed) - layer(x)).abs().amax(1)[0] > 1e-6).flatten()
        assert bool(moved[: 8 * 16 + 8].any()) == before
        assert moved[8 * 16 + 8 :].all()


def test_layers_stand_at_the_bottleneck_or_at_every_second_stage() -> None:
    """Counted from the deepest of seven stages, and of six; the second stage gets a unit more."""
    assert places(meta("paper")) == ["", "", "", "", "", "", "sequence"]
    seven = dataclasses.replace(PRESETS["paper"], place="encoder")
    with torch.device("meta"):
        assert places(xlstm_unet.build_meta(seven)) == ["", "unit", "sequence", "", "sequence", "", "sequence"]
    assert places(meta("paper-3d")) == ["", "unit", "", "sequence", "", "sequence"]


def test_channels_are_tokens_where_they_are_more_than_places() -> None:
    """320 pixels halved six times are 25 places of 512 channels; before that there are 400, and then 6,400 of 128."""
    config = dataclasses.replace(PRESETS["paper"], place="encoder")
    with torch.device("meta"):
        plan = plan_of_size(channels=1, classes=2, wanted=Model.wanted(config))
        layers = [layer for layer in layers_of(config, config.widths, plan) if isinstance(layer, SequenceLayer)]
    assert [layer.channels for layer in layers] == [False, True, True]
    blocks = [layer.blocks[0] for layer in layers]
    assert all(isinstance(block, MemoryBlock) for block in blocks)
    assert [block.narrow.out_features for block in blocks] == [128, 400, 25]
    assert [block.heads for block in blocks] == [4, 4, 2]


def test_the_arms_differ_in_the_layer_alone() -> None:
    kinds = {"nano": MemoryBlock, "space": GatedBlock, "conv": ResidualUnit}
    for preset, kind in kinds.items():
        layer: Any = made(PRESETS[preset]).network[0].layers[-1]
        assert isinstance(layer[0] if preset == "conv" else layer.blocks[0], kind)
    counts = {preset: sum(p.numel() for p in made(PRESETS[preset]).parameters()) for preset in kinds}
    assert counts["conv"] > counts["nano"], "the baseline has no fewer weights"


def test_the_paper_presets_have_the_papers_dimensions() -> None:
    """Of U-Mamba's plans for AMOS and the microscopy challenge; the block's weights written out for 512 channels."""
    block: Any = meta("paper").network[0].layers[-1].blocks[0]
    width, inner = 512, 1024
    written = (
        width + 2 * width * inner + 5 * inner + 3 * 4 * inner + 2 * (3 * inner * 4 + 4) + 2 * inner + inner * width
    )
    assert sum(p.numel() for p in block.parameters()) == written
    assert [len(stage) for stage in meta("paper").network[0].stages] == [2, 2, 2, 2, 1, 1, 1]
    assert parameter_count(xlstm_unet, PRESETS["paper-3d"]) is not None


def test_it_draws_volumes() -> None:
    studies = [study for i in range(2) for study in Phantom("abdomen", 3, Dials(size=32)).studies(i)]
    torch.manual_seed(0)
    model = Model.from_studies(PRESETS["nano-3d"], studies)
    view = model.view(studies)
    batch = view.collate([view.sample(i, np.random.default_rng(i)) for i in range(2)])
    assert batch["image"].ndim == 5
    assert torch.isfinite(model(batch)["loss"])
    (region,) = model.eval().segment(studies[:1], [["liver"]])[0]
    assert region.array.shape == studies[0].images[0].pixels.shape[1:]


def test_the_claims_films_carry_their_tick_where_rows_begin() -> None:
    studies = list(Phantom("chest", 3, Dials(size=64)).studies(0))
    (ticked, *_) = with_ticks(studies)
    assert [region.name for region in ticked.regions] == [LEVEL]
    assert {region.name for region in studies[0].regions} >= {*LUNGS}
    changed = ticked.images[0].pixels != studies[0].images[0].pixels
    assert changed[..., :4].any()
    assert not changed[..., 4:].any()
