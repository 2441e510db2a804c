"""What is GMS's own: a frozen autoencoder on both ends, and a mapping held against latents and pixels."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from polyclinic.errors import CheckpointError
from polyclinic.objectives.labels import dice_loss
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import gms
from polyclinic.systems.gms import PRESETS, LatentMapper, Model, RebuildView, _lesions, as_masks, pictures, stages

STUDIES = _lesions([study for i in range(8) for study in Phantom("ultrasound", 3, Dials(size=64)).studies(i)])
QUICK = dataclasses.replace(PRESETS["nano"], patch=32, coder_width=4, coder_groups=2, width=8, groups=4)


def made(**changes: Any) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(dataclasses.replace(QUICK, **changes), STUDIES)
    view = model.view(STUDIES)
    return model.eval(), view.collate([view.sample(i, np.random.default_rng(i)) for i in range(2)])


def test_the_loss_is_that_of_the_paper() -> None:
    """Latents and pixels of three levels, each against the same target."""
    model, batch = made()
    network: Any = model.network
    target = as_masks(batch["target"], 1)
    mean, _ = network.autoencoder.encode((batch["image"] / 3).clamp(-1, 1).expand(-1, 3, -1, -1))
    wanted, _ = network.autoencoder.encode((2 * target - 1).expand(-1, 3, -1, -1))
    latents = network.mapper(mean)
    assert len(latents) == 3
    distance = sum(F.mse_loss(each, wanted) for each in latents)
    drawn = [((network.autoencoder.decode(each).mean(1, keepdim=True) + 1) / 2).clamp(1e-4, 0.9999) for each in latents]
    overlap = sum(dice_loss(each.logit(), target, batch["known"]) for each in drawn)
    losses = model(batch)
    torch.testing.assert_close(losses["latent"], distance)
    torch.testing.assert_close(losses["dice"], overlap)
    torch.testing.assert_close(losses["loss"], distance + overlap)
    for changed, kept in (({"pixel": 0.0}, "latent"), ({"latent": 0.0}, "dice")):
        assert set(made(**changed)[0](batch)) == {"loss", kept}


def test_the_image_is_drawn_from_its_spread_in_half_of_the_training_steps_and_never_after() -> None:
    model, batch = made()
    network: Any = model.network
    seen: list[torch.Tensor] = []
    network.mapper.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    for _ in range(2):
        model(batch)
    assert torch.equal(seen[0], seen[1])
    model.train()
    torch.manual_seed(0)
    for _ in range(20):
        model(batch)
    still = [torch.equal(each, seen[0]) for each in seen[2:]]
    assert 4 <= sum(still) <= 16


def test_the_autoencoder_learns_first_and_stays_while_the_mapping_learns() -> None:
    model, batch = made()
    first, second = stages(model.config)
    assert first.trainable is not None
    assert second.trainable is not None
    frozen = [name for name, p in model.named_parameters() if not p.requires_grad]
    assert frozen == [name for name, _ in model.named_parameters() if ".autoencoder." in name]
    mapped, coded = set(map(id, second.trainable(model))), set(map(id, first.trainable(model)))
    assert not mapped & coded
    assert len(mapped | coded) == len(list(model.parameters()))
    view = model.view(STUDIES)
    assert first.view is not None
    assert first.view(view).collate([view.sample(0, np.random.default_rng(0))])["rebuild"]
    assert second.view is None
    assert len(RebuildView(view)) == len(view)
    assert set(model({**batch, "rebuild": True})) == {"loss", "rebuilt", "told"}
    assert [stage.name for stage in stages(PRESETS["paper"])] == ["mapping"]
    (alone,) = stages(PRESETS["direct"])
    assert alone.trainable is None
    assert alone.steps == sum(stage.steps for stage in stages(PRESETS["nano"]))


def test_pixels_teach_the_mapping_through_the_frozen_decoder() -> None:
    model, batch = made(latent=0.0)
    network: Any = model.network
    model(batch)["loss"].backward()
    assert all(p.grad is not None for p in network.mapper.parameters())
    assert network.mapper.outputs[-1][2].weight.grad.any()
    assert all(p.grad is None for p in network.autoencoder.parameters())


def test_the_mapping_keeps_its_resolution_and_widths_make_the_u() -> None:
    torch.manual_seed(0)
    mapper: Any = LatentMapper(width_in=4, width_out=4, width=8, multiples=(1, 2, 4, 4), groups=4)
    maps: list[Any] = []
    for block in (*mapper.down, *mapper.up):
        block.register_forward_hook(lambda _, __, out: maps.append(out.shape[1:]))
    assert [each.shape for each in mapper(torch.randn(1, 4, 7, 9))] == [(1, 4, 7, 9)] * 3
    assert [shape[0] for shape in maps] == [8, 16, 32, 32, 32, 16, 8, 8]
    assert {tuple(shape[1:]) for shape in maps} == {(7, 9)}
    far = torch.zeros(1, 4, 7, 9)
    moved = far.clone()
    moved[..., -1, -1] = 3
    assert not torch.allclose(mapper(far)[0][..., 0, 0], mapper(moved)[0][..., 0, 0])  # attention sees all places


def test_every_class_has_latents_of_its_own() -> None:
    model, _ = made()
    network: Any = gms.LatentNetwork(QUICK, 3).eval()
    masks = torch.rand(2, 3, 32, 32).round()
    latent = network.latent_of_masks(masks)
    assert latent.shape == (2, 12, 8, 8)
    alone, _ = network.autoencoder.encode(pictures(2 * masks[:, 1:2] - 1))
    torch.testing.assert_close(latent[:, 4:8], alone)
    assert network.drawn(latent).shape == (2, 3, 32, 32)
    (logits,) = model.logits(torch.randn(1, 1, 32, 32), [""], model.plan.classes)
    assert logits.shape[1] == model.plan.width_out
    assert as_masks(torch.tensor([[[0, 2, 255]]]), 2).tolist() == [[[[0, 0, 0]], [[0, 1, 0]]]]


def test_white_is_a_mask_and_black_is_none() -> None:
    network: Any = made()[0].network
    network.autoencoder.decode = lambda latent: torch.tensor([1.0, 0.0, -1.0]).expand(len(latent), 3, 1, 3)
    drawn = network.drawn(torch.zeros(1, 4, 1, 1)).sigmoid()
    torch.testing.assert_close(drawn.flatten(), torch.tensor([0.9999, 0.5, 0.0001]))


def test_a_model_starts_from_anothers_autoencoder_alone(tmp_path: Path) -> None:
    source, target = made()[0], made()[0]
    torch.manual_seed(9)
    for parameter in source.parameters():
        torch.nn.init.uniform_(parameter)
    theirs: Any = source.network
    ours: Any = target.network
    mapper = [p.clone() for p in ours.mapper.parameters()]
    source.save_pretrained(tmp_path)
    target.load_compatible(tmp_path)
    pairs = zip(theirs.autoencoder.parameters(), ours.autoencoder.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert all(torch.equal(a, b) for a, b in zip(mapper, ours.mapper.parameters(), strict=True))
    with pytest.raises(CheckpointError, match="of another size"):
        made(coder_width=8)[0].load_compatible(tmp_path)


def test_the_paper_preset_trains_one_and_a_half_million_parameters() -> None:
    with torch.device("meta"):
        network: Any = gms.build_meta(PRESETS["paper"]).network
    assert sum(p.numel() for p in network.mapper.parameters()) == pytest.approx(gms.CARD.published["trained"], rel=0.05)
    assert sum(p.numel() for p in network.autoencoder.parameters()) == 83_653_863
