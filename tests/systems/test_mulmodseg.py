"""What is MulModSeg's own: a bank of phrases that name the modality, heads written from it, steps that alternate."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from polyclinic.bodies.segmenter import Segmenter
from polyclinic.bodies.segmenter.alternating import AlternatingView
from polyclinic.bodies.segmenter.view import PatchView
from polyclinic.curate.windowing import windowed
from polyclinic.parts.text.fixed import phrase_vectors
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Mask
from polyclinic.systems import mulmodseg
from polyclinic.systems.mulmodseg import (
    ORGANS,
    PRESETS,
    WINDOW_HU,
    Config,
    Model,
    by_modality,
    few_of_mr,
    modality_use,
    organs_of,
)

WORLD = Phantom("abdomen", 6, Dials(size=32, prevalence=0.0))
VOLUMES = organs_of([study for i in range(7) for study in WORLD.studies(i)])
SMALL = Config(patch=32, poolings=2, text_width=32, common=16)


def made(**changes: Any) -> Model:
    """A fresh model."""
    torch.manual_seed(0)
    return Model.from_studies(dataclasses.replace(SMALL, **changes), VOLUMES).eval()


def test_there_are_both_modalities() -> None:
    assert all(len(some) > 1 for some in by_modality(VOLUMES).values())


def test_the_bank_has_a_vector_for_each_modality_and_class() -> None:
    model = made()
    names = ("background", *ORGANS)
    assert model.plan.classes == ORGANS
    assert model.bank_MKT.shape == (2, 5, 32)
    (liver,) = phrase_vectors(["liver as seen in computed tomography imaging"], 32)
    torch.testing.assert_close(model.bank_MKT[0, names.index("liver")], liver)
    assert not torch.allclose(model.bank_MKT[0], model.bank_MKT[1])
    blind = made(phrase="organ")
    assert torch.equal(blind.bank_MKT[0], blind.bank_MKT[1])
    assert "bank_MKT" in model.state_dict()
    assert not any("bank" in name for name, _ in model.named_parameters())


def test_the_modality_changes_the_heads_and_nothing_else() -> None:
    model, image = made(), torch.randn(2, 1, 32, 32)
    ct, mr, none = (model.logits(image, [word] * 2, ORGANS)[0] for word in ("CT", "MR", ""))
    assert ct.shape == (2, 5, 32, 32)
    assert not torch.allclose(ct, mr, atol=1e-6)
    assert not torch.allclose(ct, none, atol=1e-6)
    mixed = model.logits(image, ["CT", "MR"], ORGANS)[0]
    torch.testing.assert_close(mixed, torch.stack([ct[0], mr[1]]), atol=1e-5, rtol=1e-4)
    blind = made(phrase="organ")
    torch.testing.assert_close(
        blind.logits(image, ["CT"] * 2, ORGANS)[0], blind.logits(image, ["MR"] * 2, ORGANS)[0], atol=1e-6, rtol=0
    )


def test_steps_alternate_between_ct_and_mr() -> None:
    model = made()
    view = model.view(VOLUMES)
    assert isinstance(view, AlternatingView)
    for number in range(4):
        chosen = [view.dealt(1, number, place, 6) for place in range(6)]
        texts = view.collate([view.sample(i, np.random.default_rng(i)) for i in chosen])["texts"]
        assert texts == ["CT" if number % 2 == 0 else "MR"] * 6
    assert isinstance(made(alternate=False).view(VOLUMES), PatchView)


def test_ct_is_seen_in_its_window_in_training_and_after() -> None:
    model = made()
    view = model.view(VOLUMES)
    assert isinstance(view, AlternatingView)
    patches = view.view
    assert isinstance(patches, PatchView)
    assert [(channel.name, channel.scheme) for channel in model.plan.channels] == [("grey", "nonzero")]
    kinds = {model.say(study, None): study.images[0].pixels for study in patches.studies}
    assert (kinds["CT"].min(), kinds["CT"].max() <= 1) == (0.0, True)
    assert kinds["MR"].max() > 1
    volume = by_modality(VOLUMES)["CT"][0]
    given: list[torch.Tensor] = []
    model.network.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0].clone()))
    with torch.inference_mode():
        model.draw(volume, ORGANS)
        model.draw(windowed(volume, *WINDOW_HU), ORGANS)
        Segmenter.draw(model, volume, ORGANS)
    windowed_once, windowed_twice, never = torch.cat(given).chunk(3)
    assert torch.equal(windowed_once, windowed_twice)
    assert not torch.allclose(windowed_once, never)


def test_the_modality_is_the_label_s_or_the_image_s() -> None:
    model, (ct, *_) = made(), by_modality(VOLUMES)["CT"]
    assert model.say(ct, None) == "CT"
    assert model.say(dataclasses.replace(ct, labels={}), None) == "CT"
    assert model.say(dataclasses.replace(ct, labels={"modality": "mri"}), None) == "MR"


@pytest.mark.parametrize("backbone", ["unet", "swin"])
def test_both_backbones_learn_in_both_dimensions(backbone: str) -> None:
    changes: dict[str, Any] = {"width": 48} if backbone == "swin" else {}
    model = made(backbone=backbone, dimensions=3, patch=16, **changes)
    view = model.view(VOLUMES)
    chosen = [view.dealt(1, 0, place, 2) for place in range(2)]  # type: ignore[attr-defined]
    model(view.collate([view.sample(i, np.random.default_rng(i)) for i in chosen]))["loss"].backward()
    assert not [name for name, p in model.named_parameters() if p.grad is None]


def test_the_paper_preset_has_the_papers_parts() -> None:
    with torch.device("meta"):
        model = mulmodseg.build_meta(PRESETS["paper"])
    backbone = sum(p.numel() for p in model.network.parameters())
    assert backbone + 14 * 49 == 62_186_610 + 14 * 49  # Swin UNETR of one channel, with a last layer of 14 classes
    heads = {name: p.shape for name, p in model.heads.named_parameters()}
    assert heads["write.weight"] == (153, 512)
    assert heads["text.0.weight"] == (256, 512)
    assert model.bank_MKT.shape == (2, 14, 512)


def test_few_mr_are_left_and_their_regions_are_organs() -> None:
    whole = by_modality([study for i in range(7) for study in WORLD.studies(i)])
    few = by_modality(few_of_mr([*whole["CT"], *whole["MR"]]))
    assert (len(few["CT"]), len(few["MR"])) == (len(whole["CT"]), -(-len(whole["MR"]) // 3))
    assert {region.name for study in few["MR"] for region in study.regions} <= set(ORGANS)


def test_the_use_of_the_modality_is_told() -> None:
    class Listener:
        """Draws the truth where it is told the image's own modality."""

        def segment(self, studies: Any, prompts: Any) -> Any:
            """The organs, or nothing."""
            empty = Mask.from_array(np.zeros(VOLUMES[0].images[0].pixels.shape[1:], bool))
            return [
                [
                    r if s.labels["modality"] == s.images[0].modality else dataclasses.replace(r, mask=empty)
                    for r in s.regions
                ]
                for s in studies
            ]

    use = modality_use(Listener(), VOLUMES)
    assert use.right.tolist() == [1.0] * len(VOLUMES)
    assert not use.empty.any()
    assert not use.wrong.any()
