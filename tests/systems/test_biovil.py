"""What is BioViL's own: three stages of text, sections that find each other, and places projected before the mean."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from polyclinic.bodies.dual_encoder import Outlook
from polyclinic.bodies.dual_encoder.sections import GuessingView, MatchingView
from polyclinic.cli.show import parameter_count
from polyclinic.errors import CheckpointError
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import biovil
from polyclinic.systems.biovil import PRESETS, Config, Model, from_public, stages

PAIRS, SECTIONS, GUESS = 1.60989, 1.60924, 18.73887
STUDIES = [study for i in range(5) for study in Phantom("chest", 3, Dials(size=64)).studies(i)]


def made(config: Config) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, STUDIES)
    return model, batch_of(model.view(STUDIES))


def batch_of(view: Any) -> dict[str, Any]:
    """All that a view has, as one batch."""
    batch: dict[str, Any] = view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])
    return batch


def test_the_joint_loss_keeps_both_losses_of_text() -> None:
    """Equations of sections 2.1 and 2.2, written out."""
    model, batch = made(PRESETS["nano"])
    model.eval()
    losses = model(batch)
    image_BE = F.normalize(model.image_head(model.look(batch["pictures"]).maps[-1]).mean((2, 3)), dim=-1)
    read = {part: model.text_vectors(model.read(batch[part])) for part in ("texts", "findings")}
    own_B = torch.arange(len(image_BE))
    for name, one_BE in (("pairs", image_BE), ("sections", read["findings"])):
        logits_BB = one_BE @ read["texts"].T / 0.1
        both = (F.cross_entropy(logits_BB, own_B) + F.cross_entropy(logits_BB.T, own_B)) / 2
        torch.testing.assert_close(losses[name], both)
    torch.testing.assert_close(losses["loss"], losses["pairs"] + losses["sections"] + 0.1 * losses["guess"])


def test_the_losses_are_as_they_were() -> None:
    model, batch = made(PRESETS["nano"])
    fresh = model.eval()(batch)["guess"].item()
    assert fresh == pytest.approx(np.log(len(model.tokens)), abs=0.5), "no token is likelier than another"
    torch.nn.init.normal_(model.text_encoder.bert.embeddings.word_embeddings.weight)
    losses = model(batch)
    for name, value in (("pairs", PAIRS), ("sections", SECTIONS), ("guess", GUESS)):
        assert losses[name].item() == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize(
    ("preset", "kept"),
    [("nano", {"guess", "sections", "pairs"}), ("guess-only", {"guess", "pairs"}), ("no-text-losses", {"pairs"})],
)
def test_the_ablations_leave_out_what_they_say(preset: str, kept: set[str]) -> None:
    model, batch = made(PRESETS[preset])
    assert set(model(batch)) - {"loss"} == kept


def test_each_stage_of_text_teaches_the_text_alone() -> None:
    model, _ = made(PRESETS["nano"])
    general, special, joint = stages(PRESETS["nano"])
    view = model.view(STUDIES)
    for stage, kind, losses in (
        (general, GuessingView, {"guess"}),
        (special, MatchingView, {"guess", "sections"}),
    ):
        assert stage.view is not None
        assert stage.trainable is not None
        narrowed = stage.view(view)
        assert type(narrowed) is kind
        model.zero_grad()
        found = model(batch_of(narrowed))
        found["loss"].backward()
        assert set(found) - {"loss"} == losses
        chosen = {id(parameter) for parameter in stage.trainable(model)}
        assert not [name for name, p in model.named_parameters() if p.grad is not None and id(p) not in chosen]
        assert not {id(p) for name, p in model.named_parameters() if name.startswith("image_")} & chosen
    assert joint.view is None
    alone = model.eval()(batch_of(GuessingView(view)))
    torch.testing.assert_close(alone["loss"], alone["guess"])


def test_all_arms_take_the_same_steps() -> None:
    assert len({sum(stage.steps for stage in stages(PRESETS[arm])) for arm in biovil.CLAIM.arms}) == 1
    assert [stage.view for stage in stages(PRESETS["guess-only"])] == [GuessingView, GuessingView, None]


def test_places_are_projected_before_the_mean_is_taken() -> None:
    """So the sum over places of what a phrase meets is what the whole image says of it; elsewise it would not be."""
    model, batch = made(PRESETS["nano"])
    model.eval()
    seen = model.look(batch["pictures"])
    place_BEYX = model.places(seen)
    assert place_BEYX.shape[2:] == (8, 8)
    torch.testing.assert_close(F.normalize(place_BEYX.mean((2, 3)), dim=-1), model.image_vectors(seen))
    late_BE = F.normalize(model.image_head(seen.maps[-1].mean((2, 3), keepdim=True))[..., 0, 0], dim=-1)
    assert not torch.allclose(late_BE, model.image_vectors(seen), atol=1e-4)


def test_the_paper_preset_has_the_papers_parts() -> None:
    """ResNet-50 without its classes, BERT base of 30,522 pieces, both projectors, the head that guesses."""
    layer = 4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 4 * 768
    bert = (30_522 + 512 + 2 + 2) * 768 + 12 * layer
    image = 2048 * 128 + 2 * 128 + 128 * 128 + 128
    text = 768 * 128 + 128 + 2 * 128 + 128 * 128 + 128
    guess = 768 * 768 + 768 + 2 * 768 + 30_522
    assert parameter_count(biovil, PRESETS["paper"]) == 23_508_032 + bert + image + text + guess + 1


def published(model: Model, folder: Path) -> None:
    """A model's weights in two files, under the names of the published ones."""
    image, text = {}, {}
    kinds, parts = ("conv", "bn"), {"narrow": "1", "middle": "2", "widen": "3"}
    for name, value in model.state_dict().items():
        if name.startswith("image_head."):
            image[name.replace("image_head.", "projector.model.")] = value
        elif name.startswith("image_encoder.stem."):
            _, _, step, *rest = name.split(".")
            image[".".join(["encoder.encoder", f"{kinds[int(step)]}1", *rest])] = value
        elif name.startswith("image_encoder.stages."):
            _, _, stage, block, part, step, *rest = name.split(".")
            own = f"downsample.{step}" if part == "shortcut" else f"{kinds[int(step)]}{parts[part]}"
            image[".".join(["encoder.encoder", f"layer{int(stage) + 1}", block, own, *rest])] = value
        elif name.startswith("text_encoder."):
            text[name.removeprefix("text_encoder.")] = value
        else:
            for ours, theirs in THEIRS.items():
                if name.startswith(ours):
                    text[name.replace(ours, theirs)] = value
    text["cls.predictions.decoder.weight"] = torch.zeros(1)
    image["encoder.encoder.fc.weight"] = torch.zeros(1)
    save_file({name: value.contiguous() for name, value in text.items()}, folder / "model.safetensors")
    save_file({name: value.contiguous() for name, value in image.items()}, folder / "image.safetensors")


THEIRS = {
    "text_head.0": "cls_projection_head.dense_to_hidden",
    "text_head.2": "cls_projection_head.LayerNorm",
    "text_head.3": "cls_projection_head.dense_to_output",
    "guess.transform.0": "cls.predictions.transform.dense",
    "guess.transform.2": "cls.predictions.transform.LayerNorm",
    "guess.bias": "cls.predictions.bias",
}


def test_published_weights_find_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = dataclasses.replace(PRESETS["paper"], image_size=64, width=24, depth=2, heads=2, match_width=16, longest=16)
    monkeypatch.setitem(PRESETS, "paper", small)
    tokens = WordPieces.trained(["there is no pneumothorax"], 60)
    tokens.save(tmp_path)
    model = Model(small, Outlook(64, 3), tokens).eval()
    published(model, tmp_path)
    again = from_public(tmp_path)
    assert not again.training
    np.testing.assert_array_equal(again.embed_images(STUDIES[:2]), model.embed_images(STUDIES[:2]))
    np.testing.assert_array_equal(again.embed_texts(["pneumothorax"]), model.embed_texts(["pneumothorax"]))
    torch.testing.assert_close(again.guess.bias, model.guess.bias)
    lacking = load_file(tmp_path / "image.safetensors")
    del lacking["projector.model.3.bias"]
    save_file(lacking, tmp_path / "image.safetensors")
    with pytest.raises(CheckpointError, match=r"projector\.model\.3\.bias"):
        from_public(tmp_path)
    (tmp_path / "image.safetensors").unlink()
    with pytest.raises(CheckpointError, match="cannot be read"):
        from_public(tmp_path)
