"""What is the survey's own: families that one field tells apart, that draw and tell, with the published dimensions."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from polyclinic.cli.show import parameter_count
from polyclinic.errors import UsageError
from polyclinic.objectives.presence import presence_loss
from polyclinic.parts.sequence.blocks import GatedBlock
from polyclinic.parts.vision.residual_unet import ResidualDecoder, ResidualEncoder, ResidualUnit
from polyclinic.parts.vision.scanned import ScanDecoder, ScanEncoder, SplitScanBlock
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Study
from polyclinic.systems import mamba_survey
from polyclinic.systems.mamba_survey import PRESETS, Config, Model

STUDIES = [study for i in range(4) for study in Phantom("chest", 3, Dials(size=32)).studies(i)]
SMALL = {"patch": 32, "states": 4}


def made(config: Config, studies: list[Study] = STUDIES) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, studies)
    view = model.view(studies)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(2)])


def small(preset: str, **more: Any) -> Config:
    widths = (8, 16) if PRESETS[preset].family in mamba_survey.SCANNING else (4, 8, 16)
    return dataclasses.replace(PRESETS[preset], **SMALL, widths=widths, depths=(1, 1), depths_up=(1, 1), **more)


KINDS = {
    "nano": (ResidualEncoder, ResidualDecoder),
    "pure": (ScanEncoder, ScanDecoder),
    "scanned": (ScanEncoder, ResidualDecoder),
    "split": (ScanEncoder, type(None)),
}


@pytest.mark.parametrize("preset", KINDS)
def test_each_family_is_made_of_its_parts_and_learns(preset: str) -> None:
    model, batch = made(small(preset))
    assert (type(model.network.encoder), type(model.network.decoder)) == KINDS[preset]
    losses = model(batch)
    losses["loss"].backward()
    assert all(p.grad is not None for p in model.parameters())
    drawn, told = model.network(batch["image"])
    assert told.shape == (2, len(model.plan.classes))
    assert [tuple(each.shape[2:]) for each in drawn[:1]] == ([] if preset == "split" else [(32, 32)])


def test_the_scan_is_what_the_arms_differ_in() -> None:
    hybrid, conv = (made(PRESETS[preset])[0].network.encoder.layers[-1] for preset in ("nano", "conv"))
    assert isinstance(hybrid.blocks[0], GatedBlock)
    assert isinstance(conv[0], ResidualUnit)
    assert sum(p.numel() for p in conv.parameters()) > sum(p.numel() for p in hybrid.parameters())


def test_masks_and_findings_are_weighed() -> None:
    model, batch = made(small("nano", findings=0.5, masks=2.0))
    model.eval()
    losses = model(batch)
    drawn, told = model.network(batch["image"])
    torch.testing.assert_close(losses["masks"], model.losses(drawn, batch)["loss"])
    torch.testing.assert_close(losses["findings"], presence_loss(told, batch["target"], batch["known"]))
    torch.testing.assert_close(losses["loss"], 2 * losses["masks"] + 0.5 * losses["findings"])


def test_what_a_preset_was_not_made_for_it_refuses() -> None:
    split = made(small("split"))[0].eval()
    assert set(split.classify(STUDIES[:1], ["heart", "moon"])[0]) == {"heart", "moon"}
    with pytest.raises(UsageError, match="draws nothing"):
        split.segment(STUDIES[:1], [["heart"]])
    drawing = made(small("nano", findings=0.0))[0].eval()
    assert drawing.network.head is None
    with pytest.raises(UsageError, match="no findings"):
        drawing.classify(STUDIES[:1], ["heart"])


def test_half_of_the_channels_are_scanned_in_the_split_family() -> None:
    block = made(small("split"))[0].network.encoder.stages[0][0]
    assert isinstance(block, SplitScanBlock)
    assert block.scan.narrow.out_features == 4


def test_paper_presets_have_the_published_sizes() -> None:
    """VM-UNet with three colours and one lesion; MedMamba-T with six classes."""
    published = mamba_survey.CARD.published
    for preset, figure in (("paper", "parameters"), ("paper-split", "parameters_split")):
        count = parameter_count(mamba_survey, PRESETS[preset])
        assert count == pytest.approx(published[figure], rel=0.005)
    with torch.device("meta"):
        hybrid = mamba_survey.build_meta(PRESETS["paper-hybrid"]).network
    assert [len(stage) for stage in hybrid.encoder.stages] == [2, 2, 2, 2, 1, 1, 1]
    assert hybrid.encoder.layers[-1].blocks[0].widen.in_features == 512
