"""What is ViLLA's own: heads of attributes, the contrast across images, the assignment, and regions' sentences."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from polyclinic.cli.show import parameter_count
from polyclinic.errors import ConfigError
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import villa
from polyclinic.systems.villa import PRESETS, Config, Head, Model, stages

DIALS = Dials(size=64, prevalence=0.5)
STUDIES = [study for i in range(6) for study in Phantom("skin", 3, DIALS).studies(i)]


def made(config: Config) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, STUDIES).eval()
    view = model.view(STUDIES)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])


def test_each_attribute_has_a_head_of_its_own() -> None:
    """What one head learns changes its attribute alone, a single head all of them; without heads nothing is learned."""
    for preset, heads in (("nano", 5), ("one-head", 1), ("frozen-mapping", 0), ("all-regions", 0)):
        model, batch = made(PRESETS[preset])
        assert len(model.mappers) == heads
        assert ("mapping" in model(batch)) == bool(heads)
        assert ("mapping" in [stage.name for stage in stages(PRESETS[preset])]) == bool(heads)
    for preset, changed in (("nano", [1]), ("one-head", [0, 1, 2, 3, 4])):
        model, batch = made(PRESETS[preset])
        region_RE = model.region_vectors(batch["pictures"], batch["boxes"]).detach()
        before_RK = model.mapped(region_RE)
        head = model.mappers[min(1, len(model.mappers) - 1)]
        for weight in head.parameters():
            weight.data.normal_()
        moved_K = (model.mapped(region_RE) - before_RK).abs().amax(0) > 1e-4
        assert moved_K.nonzero()[:, 0].tolist() == changed


def test_an_attribute_is_contrasted_across_images_by_their_best_regions() -> None:
    """Section 3.2, written out pair by pair."""
    model, batch = made(PRESETS["nano"])
    cosine_RK = model.mapped(model.region_vectors(batch["pictures"], batch["boxes"]))
    best_BK = torch.stack([own.amax(0) for own in cosine_RK.split([len(each) for each in batch["boxes"]])]) / 0.07
    terms = []
    for k, name in enumerate(model.outlook.findings):
        others = [best_BK[j, k].exp() for j, said in enumerate(batch["said"]) if name not in said]
        for i, said in enumerate(batch["said"]):
            if name in said:
                own = best_BK[i, k].exp()
                terms.append(-torch.log(own / (own + sum(others))))
    torch.testing.assert_close(model(batch)["mapping"], torch.stack(terms).mean())


def test_regions_near_the_best_get_what_their_image_has() -> None:
    model, batch = made(PRESETS["nano"])
    assigned = model.assign(batch["pictures"], batch["boxes"], batch["said"])
    cosine_RK = model.mapped(model.region_vectors(batch["pictures"], batch["boxes"]))
    for own_RK, own, said in zip(
        assigned, cosine_RK.split([len(b) for b in batch["boxes"]]), batch["said"], strict=True
    ):
        for k, name in enumerate(model.outlook.findings):
            expected = own[:, k] > own[:, k].max() - 0.2
            assert torch.equal(own_RK[:, k], expected if name in said else torch.zeros_like(expected))
    strict, again = made(dataclasses.replace(PRESETS["nano"], margin=1e-6))
    counts = [each.sum(0).max().item() for each in strict.assign(again["pictures"], again["boxes"], again["said"])]
    assert max(counts) == 1


def test_the_mapping_rests_while_the_image_tower_learns() -> None:
    """Section 3.3: what regions were assigned does not change with the encoder that is trained on it."""
    model, batch = made(PRESETS["nano"])
    asked = (batch["pictures"], batch["boxes"], batch["said"])
    before, seen_RE = model.assign(*asked), model.region_vectors(*asked[:2])
    with torch.no_grad():
        for weight in model.image_encoder.parameters():
            weight.normal_()
    assert not torch.allclose(model.region_vectors(*asked[:2]), seen_RE)
    assert all(map(torch.equal, model.assign(*asked), before))
    model.rest()
    assert model.resting is not None
    pairs = zip(model.resting.parameters(), model.image_encoder.parameters(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)
    assert [stage.begin is not None for stage in stages(PRESETS["nano"])] == [False, True, False]
    assert [stage.begin is not None for stage in stages(PRESETS["frozen-mapping"])] == [False, True]


def test_without_a_mapping_every_region_gets_everything() -> None:
    model, batch = made(PRESETS["all-regions"])
    for own_RK, said in zip(model.assign(batch["pictures"], batch["boxes"], batch["said"]), batch["said"], strict=True):
        assert own_RK.sum(1).tolist() == [len(said)] * len(own_RK)


def test_a_region_is_said_to_be_what_it_was_assigned_and_the_image_everything() -> None:
    model, batch = made(PRESETS["all-regions"])
    texts = model.assigned_texts(batch)
    for own, said, written, boxes in zip(texts, batch["said"], batch["written"], batch["boxes"], strict=True):
        assert len(own) == len(boxes) + 1
        assert own[-1] == written
        assert set(own[0].split(" . ")) == set(said.values())


def test_the_contrast_of_regions_trains_the_image_tower_against_resting_texts() -> None:
    model, batch = made(PRESETS["nano"])
    model(batch | {"task": "regions"})["loss"].backward()
    assert all(weight.grad is not None for weight in model.image_encoder.parameters())
    assert all(weight.grad is None for weight in (*model.text_encoder.parameters(), *model.mappers.parameters()))
    model.zero_grad()
    model(batch | {"task": "mapping"})["loss"].backward()
    assert all(weight.grad is None for weight in (*model.image_encoder.parameters(), *model.text_encoder.parameters()))


def test_an_adapter_mixes_a_head_with_its_input() -> None:
    torch.manual_seed(0)
    x_RE = F.normalize(torch.randn(3, 8), dim=-1)
    torch.testing.assert_close(Head(width=8, share=0.0)(x_RE), x_RE)
    head = Head(width=8, share=0.2)
    torch.testing.assert_close(head(x_RE), F.normalize(0.2 * head.layers(x_RE) + 0.8 * x_RE, dim=-1))


def test_what_is_found_stands_out_and_does_not_overlap_much() -> None:
    model, _ = made(PRESETS["nano"])
    for regions in model.find(STUDIES[:3], ["melanoma", "naevus", "keratosis"]):
        scores = [region.score or 0.0 for region in regions]
        assert 1 <= len(regions) <= 5
        assert scores == sorted(scores, reverse=True)
    boxes = [region.box for region in model.find(STUDIES[:1], ["naevus"])[0]]
    assert len(boxes) == len(set(boxes))


def test_an_encoder_without_regions_is_refused() -> None:
    with pytest.raises(ConfigError, match="no vectors of regions"):
        Model.from_studies(dataclasses.replace(PRESETS["nano"], encoder="vit-nano"), STUDIES)


def test_the_paper_preset_is_the_clip_that_the_paper_starts_from() -> None:
    assert parameter_count(villa, PRESETS["paper"]) == 102_007_137
