"""What is TextBraTS's own: two steps of attention at the coarsest map, the report as it is, nested regions."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from polyclinic.cli.show import parameter_count
from polyclinic.curate.instructions import match_text
from polyclinic.curate.nested import NESTED, nested
from polyclinic.objectives.masks import soft_dice_loss
from polyclinic.parts.connectors.word_fusion import NoFusion, SequentialFusion
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Mask, Study
from polyclinic.systems import textbrats
from polyclinic.systems.textbrats import PRESETS, Config, Model, report_use, tumour_dice

WORLD = Phantom("brain", 6, Dials(size=32, prevalence=0.4))
STUDIES = [study for i in range(8) for study in WORLD.studies(i)]
SMALL = Config(patch=12, poolings=2, width=8, window=4, text_width=16)


def made(**changes: Any) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch of four."""
    torch.manual_seed(0)
    model = Model.from_studies(dataclasses.replace(SMALL, **changes), STUDIES).eval()
    view = model.view(STUDIES)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(4)])


def logits(model: Model, batch: dict[str, Any], texts: Sequence[str]) -> torch.Tensor:
    """Of the batch's volumes beside other texts."""
    return model.logits(batch["image"], texts, model.plan.classes)[0]


def test_a_patch_is_the_whole_volume_and_nothing_is_mirrored() -> None:
    model, batch = made()
    sizes = [model.plan.shape_for(s.images[0].pixels.shape[1:], s.images[0].spacing_mm) for s in STUDIES]
    assert all(np.prod(model.plan.patch) >= 0.8 * np.prod(size) for size in sizes)
    assert model.augment.mirror == model.augment.turn == 0
    assert batch["texts"][0] == match_text(model.view(STUDIES).studies[0])
    assert set(model.plan.classes) == set(NESTED)
    assert model.plan.overlapping


def test_the_report_changes_what_is_drawn_and_only_where_it_enters() -> None:
    model, batch = made()
    assert isinstance(model.network.fuse, SequentialFusion)
    right, wrong = logits(model, batch, batch["texts"]), logits(model, batch, batch["texts"][::-1])
    assert not torch.allclose(right, wrong, atol=1e-5)
    model.network.fuse = NoFusion()
    torch.testing.assert_close(logits(model, batch, batch["texts"]), logits(model, batch, batch["texts"][::-1]))


def test_without_text_nobody_reads() -> None:
    model, batch = made(fusion="none")
    torch.testing.assert_close(logits(model, batch, batch["texts"]), logits(model, batch, [""] * 4))
    assert not any(p.requires_grad for p in model.text_encoder.parameters())  # type: ignore[attr-defined]


@pytest.mark.parametrize("fusion", ["sequential", "direct", "added"])
def test_every_way_of_fusing_learns(fusion: str) -> None:
    model, batch = made(fusion=fusion)
    model(batch)["loss"].backward()
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]


def test_the_published_loss_is_dice_alone() -> None:
    model, batch = made(loss="dice")
    drawn = logits(model, batch, batch["texts"])
    known = batch["known"]
    plain = (soft_dice_loss(drawn, batch["target"]) * known).sum() / known.sum()
    torch.testing.assert_close(model(batch)["loss"], plain)
    assert made(loss="both")[0](batch)["loss"] != plain


def test_the_paper_preset_has_the_papers_parts() -> None:
    """Swin UNETR of 62.19 million, two steps of three layers, the words' two layers, the last layer; BERT rests."""
    config = PRESETS["paper"]
    with torch.device("meta"):
        model = textbrats.build_meta(config)
    fuse = model.network.fuse
    backbone = sum(p.numel() for name, p in model.network.named_parameters() if not name.startswith("fuse."))
    assert backbone == 62_191_941
    assert [layer.out_features for layer in fuse.words[::2]] == [1024, 768]
    assert fuse.settle.before.normalized_shape == (64,)
    own = 6 * (768 * 768 + 768) + (768 * 1024 + 1024) + (1024 * 768 + 768) + (768 * 768 + 768) + 4 * 64
    assert sum(p.numel() for p in fuse.parameters()) == own
    learning = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert learning == backbone + own
    assert (parameter_count(textbrats, config) or 0) > 107e6 + learning


class Reader:
    """Draws the truth where the report is the Study's own, nothing where there is none, all where it is another's."""

    def segment(self, studies: Sequence[Study], prompts: Any) -> Any:
        """For each Study its three regions."""
        return [[self._region(study, name) for name in NESTED] for study in studies]

    def _region(self, study: Study, name: str) -> Any:
        own = next(each for each in STUDIES if each.id == study.id)
        parts = [region for region in nested(own).regions if region.name == name]
        shape = own.images[0].pixels.shape[1:]
        mask = np.logical_or.reduce([part.array for part in parts]) if parts else np.zeros(shape, bool)
        said = match_text(study)
        mask = mask if said == match_text(own) else np.full(shape, bool(said))
        return dataclasses.replace(STUDIES[0].regions[0], name=name, mask=Mask.from_array(mask))


def test_dice_counts_what_is_rightly_left_empty() -> None:
    assert tumour_dice(Reader(), STUDIES) == [1.0] * len(STUDIES)


def test_the_use_of_a_report_is_told() -> None:
    use = report_use(Reader(), STUDIES)
    empty = [not nested(study).regions for study in STUDIES]
    assert use.right.tolist() == [1.0] * len(STUDIES)
    assert [value == 1 for value in use.empty] == empty
    assert (use.wrong < 0.5).all()


def test_texts_and_tokens_come_back_from_disk(tmp_path: Any) -> None:
    model, batch = made()
    model.save_pretrained(tmp_path)
    again = Model.from_pretrained(tmp_path)
    torch.testing.assert_close(logits(again, batch, batch["texts"]), logits(model, batch, batch["texts"]))
