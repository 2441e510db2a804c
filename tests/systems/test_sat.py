"""What is SAT's own: a tree of terms, a text encoder that learns it first and then rests, queries that become masks."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from polyclinic.parts.vision.unet import UNetEncoder
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Region, Study
from polyclinic.systems import sat
from polyclinic.systems.sat import PRESETS, Atlas, Config, Model, latent
from polyclinic.training.optimizer import trainable

STUDIES = [study for i in range(3) for study in Phantom("abdomen", 3, Dials(size=32)).studies(i)]
SMALL = dataclasses.replace(PRESETS["nano"], widths=(4, 4, 8, 8), width=16, heads=(8, 8), hidden=16)


def made(config: Config = SMALL) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, STUDIES)
    view = model.view(STUDIES)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(2)])


@pytest.fixture(scope="module")
def fresh() -> tuple[Model, dict[str, Any]]:
    return made()


def test_texts_of_one_term_are_all_right_for_it(fresh: tuple[Model, dict[str, Any]]) -> None:
    """Equation written out: of three pairs two are of one term, and share their targets."""
    model = fresh[0]
    pairs = [("liver", "hepar"), ("spleen", "lien"), ("liver", "large organ that makes bile")]
    loss = model.text_contrast({"pairs": pairs})
    terms, texts = (F.normalize(model.terms([pair[i] for pair in pairs]), dim=-1) for i in (0, 1))
    assert model.log_scale is not None
    logits = model.log_scale.exp() * terms @ texts.T
    target = torch.tensor([[0.5, 0, 0.5], [0, 1, 0], [0.5, 0, 0.5]])
    torch.testing.assert_close(loss, (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2)


def test_a_region_is_the_mean_of_every_stage_over_its_mask() -> None:
    torch.manual_seed(0)
    encoder = UNetEncoder(channels=1, widths=(2, 3), pooling=((2, 2, 2),), depth=1)
    atlas = Atlas(encoder=encoder, width=4)
    image, mask = torch.randn(1, 1, 4, 4, 4), torch.zeros(1, 1, 4, 4, 4)
    mask[0, 0, 0, 0, :3] = 1  # three voxels, which touch two places of the coarse map
    fine, coarse = encoder(image)
    expected = torch.cat([fine[0, :, 0, 0, :3].mean(-1), coarse[0, :, 0, 0, :2].mean(-1)])
    torch.testing.assert_close(atlas(image, mask)[0, 0], atlas.project(expected), atol=1e-5, rtol=1e-5)


def test_only_regions_that_are_there_and_known_are_contrasted(fresh: tuple[Model, dict[str, Any]]) -> None:
    model, batch = fresh
    nothing = batch | {"target": torch.zeros_like(batch["target"])}
    unknown = batch | {"known": torch.zeros_like(batch["known"])}
    assert model.region_contrast(batch) > 0
    assert model.region_contrast(nothing) == model.region_contrast(unknown) == 0


def test_each_step_trains_its_own(fresh: tuple[Model, dict[str, Any]]) -> None:
    model, batch = fresh
    first, second = sat.stages(SMALL)
    always = frozenset(name for name, _ in model.named_parameters())
    taught, drawn = (set(trainable(model, stage, always)) for stage in (first, second))
    assert taught & drawn == {"terms.modality_ME"}
    assert {name.split(".")[0] for name in taught} == {"terms", "atlas", "log_scale"}
    assert {name.split(".")[0] for name in drawn} == {"network", "terms"}
    view: Any = model.view(STUDIES)
    assert first.view is not None
    assert second.view is not None
    assert set(model(batch | {"tasks": first.view(view).tasks})) == {"loss", "texts", "regions"}
    assert set(model(batch | {"tasks": second.view(view).tasks})) == {"loss", "masks"}
    for parameter in model.parameters():
        parameter.requires_grad_(True)


def test_without_knowledge_the_text_encoder_learns_with_the_masks() -> None:
    model, batch = made(dataclasses.replace(SMALL, knowledge=0))
    assert model.atlas is None
    assert "pairs" not in batch
    (only,) = sat.stages(dataclasses.replace(SMALL, knowledge=0))
    assert only.trainable is None
    model(batch)["loss"].backward()
    assert all(p.grad is not None for p in model.parameters())


def test_a_mask_depends_on_its_own_term_and_on_the_modality(fresh: tuple[Model, dict[str, Any]]) -> None:
    model, batch = fresh
    image = batch["image"][:1]
    (alone, *_), (beside, *_) = (model.logits(image, ["CT"], names) for names in (["liver"], ["spleen", "liver"]))
    torch.testing.assert_close(alone[:, 0], beside[:, 1], atol=1e-5, rtol=1e-5)
    assert not torch.allclose(beside[:, 0], beside[:, 1])
    magnetic = model.logits(image, ["MR"], ["liver"])[0]
    assert not torch.allclose(alone, magnetic)
    other, nameless = (model.logits(image, [modality], ["liver"])[0] for modality in ("OP", ""))
    torch.testing.assert_close(other, nameless)


def test_masks_are_dot_products_of_what_the_query_found(fresh: tuple[Model, dict[str, Any]]) -> None:
    model, batch = fresh
    network, image = model.network, batch["image"][:1]
    query = model.terms(["liver", "cyst"])[None]
    maps = network.encoder(image)
    assert latent(maps).shape == (1, maps[-1][0, 0].numel(), sum(SMALL.widths))
    torch.testing.assert_close(latent(maps)[0, :, :4].mean(0), maps[0].mean((0, 2, 3, 4)), atol=1e-5, rtol=1e-5)
    made_masks = network(image, query)
    assert [m.shape[2:] for m in made_masks] == [m.shape[2:] for m in maps[:2]]
    for head in network.heads:
        for parameter in head.parameters():
            torch.nn.init.zeros_(parameter)
    assert all((mask == sat.EMPTY).all() for mask in network(image, query))
    torch.manual_seed(0)
    fresh[0].load_state_dict(made()[0].state_dict())


def test_many_terms_are_drawn_a_few_at_a_time(fresh: tuple[Model, dict[str, Any]], monkeypatch: Any) -> None:
    model, batch = fresh
    asked: list[list[str]] = []
    real = Model.logits

    def noted(self: Model, image: Any, texts: Any, names: Any) -> Any:
        asked.append(list(names))
        return real(self, image, texts, names)

    monkeypatch.setattr(Model, "logits", noted)
    monkeypatch.setattr(model, "config", dataclasses.replace(SMALL, most=3))
    for _ in range(2):
        model(batch | {"tasks": ("masks",)})
    assert [len(names) for names in asked] == [3, 3]
    assert asked[0] != asked[1]


def test_the_papers_segmenter_has_its_published_size() -> None:
    with torch.device("meta"):
        model = sat.build_meta(PRESETS["paper"])
    count = sum(p.numel() for p in model.network.parameters())
    assert count == pytest.approx(sat.CARD.published["segmenter_parameters"], rel=0.02)
    text = sum(p.numel() for p in model.terms.text.parameters())
    assert text == pytest.approx(109e6, rel=0.02)  # BERT-base


def test_the_claim_asks_by_another_name() -> None:
    assert sat.other_name(STUDIES[0], "spleen tumour") == "splenic mass"
    assert sat.other_name(STUDIES[0], "a name that no tree has") == "a name that no tree has"


def test_any_words_can_be_asked_for() -> None:
    model = made()[0].eval()
    study: Study = STUDIES[0]
    drawn = model.segment([study], [["liver", "splenic mass", "", Region("hepar", box=(0, 0, 9, 9))]])[0]
    assert [region.name for region in drawn] == ["liver", "splenic mass", "", "hepar"]
