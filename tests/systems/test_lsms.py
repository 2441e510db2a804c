"""What is LSMS's own: words in every block's attention, a decoder of all scales, weights and a contrast in the loss."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from polyclinic.curate.instructions import match_text
from polyclinic.curate.referring import REFERRED
from polyclinic.parts.connectors.word_gate import WordGate
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Mask
from polyclinic.systems import lsms
from polyclinic.systems.lsms import PRESETS, Config, Model, among_others, phrase_use

WORLD = Phantom("chest", 6, Dials(size=64, prevalence=0.45))
FILMS = [study for i in range(8) for study in WORLD.studies(i)]
SMALL = Config(widths=(8, 8, 8, 8), width=16, text_width=16)
PHRASES = ["large nodule, left upper", "effusion, right"]


def made(**changes: Any) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch of six."""
    torch.manual_seed(0)
    model = Model.from_studies(dataclasses.replace(SMALL, **changes), FILMS).eval()
    view = model.view(FILMS)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(6)])


def gates(model: Model) -> list[str]:
    """Where words get in."""
    return [name for name, module in model.network.named_modules() if isinstance(module, WordGate)]


def test_words_take_part_in_every_block_and_nowhere_else() -> None:
    assert gates(made()[0]) == [f"encoder.stages.{i}.blocks.0.gate.words" for i in range(4)]
    assert gates(made(blocks_read=False, end_reads=True)[0]) == ["end"]
    assert gates(made(blocks_read=False)[0]) == []


def test_a_prompt_is_the_sentence() -> None:
    model, batch = made()
    both = model.logits(batch["image"], [""] * 6, PHRASES)[0]
    assert both.shape == (6, 2, 64, 64)
    assert not torch.allclose(both[:, 0], both[:, 1], atol=1e-6)
    (alone,) = model.logits(batch["image"], [PHRASES[1]] * 6, model.plan.classes)
    torch.testing.assert_close(alone[:, 0], both[:, 1])
    mute = made(blocks_read=False)[0]
    drawn = mute.logits(batch["image"], [""] * 6, PHRASES)[0]
    torch.testing.assert_close(drawn[:, 0], drawn[:, 1])


def test_the_loss_is_weighted_cross_entropy_and_contrast() -> None:
    model, batch = made()
    logit, seen, told = model.look(batch["image"], batch["texts"])
    label = batch["target"]
    each = F.binary_cross_entropy_with_logits(logit[:, 0], (label == 1).float(), reduction="none")
    weight = 0.9 + 0.2 * (label == 1)
    losses = model(batch)
    torch.testing.assert_close(losses["masks"], (each * weight).sum() / weight.sum())
    share = F.adaptive_avg_pool2d((label == 1)[:, None].float(), seen.shape[2:])
    shown = share.sum((1, 2, 3)) > 0
    assert shown.sum() > 2
    pooled = ((seen * share).sum((2, 3)) / share.sum((2, 3)))[shown]
    like = F.normalize(pooled, dim=1) @ F.normalize(model.sentence(told)[shown], dim=1).T * model.log_scale.exp()
    right = torch.arange(len(like))
    contrast = (F.cross_entropy(like, right) + F.cross_entropy(like.T, right)) / 2
    torch.testing.assert_close(losses["contrast"], contrast, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(losses["loss"], losses["masks"] + 0.1 * losses["contrast"])
    assert set(made(contrast=0.0)[0](batch)) == {"loss", "masks"}


def test_pixels_of_which_nothing_is_known_do_not_count() -> None:
    model = made()[0]
    logit, label = torch.zeros(1, 2, 2), torch.tensor([[[1, 0], [255, 255]]])
    logit[0, 1] = 50.0
    assert model.weighted(logit, label).item() == pytest.approx(np.log(2), rel=1e-6)


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "paper"])
def test_every_preset_learns_with_all_that_it_has(preset: str) -> None:
    own = PRESETS[preset]
    small = {"widths": (8, 8, 8, 8), "width": 16, "text_width": 16}
    model, batch = made(**{**dataclasses.asdict(own), **small})
    model(batch)["loss"].backward()
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]


def test_each_training_study_points_at_one_lesion() -> None:
    model, batch = made()
    assert model.plan.classes == (REFERRED,)
    assert all(batch["texts"])
    view = model.view(FILMS)
    assert len(view) > len(FILMS) / 2
    assert model.augment.mirror == 0


def test_the_paper_preset_has_the_papers_parts() -> None:
    """MSCAN-B, and in each of its 21 blocks a gate of width C: five layers of C x C or C x 768."""
    with torch.device("meta"):
        model = lsms.build_meta(PRESETS["paper"])
    encoder = model.network.encoder
    assert len(gates(model)) == 21
    inside = sum(p.numel() for name, p in encoder.named_parameters() if ".words." in name)
    widths = [64] * 3 + [128] * 3 + [320] * 12 + [512] * 3
    assert inside == sum(4 * c * c + 2 * 768 * c + 4 * c for c in widths)
    rest = sum(p.numel() for p in encoder.parameters()) - inside
    assert abs((rest + 513 * 1000) / 26.8e6 - 1) < 0.02


def test_the_use_of_the_phrase_is_told() -> None:
    pointed = among_others(FILMS)
    assert len(pointed) > 3

    class Pointer:
        """Draws the lesion that the text points at, if it is on the film; all of them without a text."""

        def segment(self, studies: Any, prompts: Any) -> Any:
            """One region each."""
            return [[self._region(study)] for study in studies]

        def _region(self, study: Any) -> Any:
            own = [s for s in pointed if s.images == study.images]
            meant = [s for s in own if match_text(study) in ("", match_text(s))]
            masks = [region.array for s in meant for region in s.regions]
            mask = np.logical_or.reduce(masks) if masks else np.zeros((64, 64), bool)
            return dataclasses.replace(study.regions[0], mask=Mask.from_array(mask))

    use = phrase_use(Pointer(), pointed)
    assert use.right.tolist() == [1.0] * len(pointed)
    assert (use.empty < 1).any()
    assert use.wrong.mean() < 0.6
