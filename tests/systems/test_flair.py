"""What is FLAIR's own: descriptions beside names, targets shared by category, sources in turn, the public weights."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from polyclinic.bodies.dual_encoder import Outlook, stated
from polyclinic.cli.show import parameter_count
from polyclinic.errors import CheckpointError
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Finding, Image, Report, Source, Study
from polyclinic.systems import flair
from polyclinic.systems.flair import PRESETS, Config, Model, descriptions, evenly, from_public, knowledge, meanings, say

STUDIES = [study for i in range(8) for study in Phantom("fundus", 3, Dials(size=64, prevalence=0.4)).studies(i)]
DRUSEN = Study("1", "1", findings=(Finding("drusen", True),), labels={"quality": "blurred"})


def made(config: Config) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, STUDIES)
    view = model.view(STUDIES)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])


def drawn(study: Study, config: Config) -> set[str]:
    """Texts of many draws."""
    return {say(study, np.random.default_rng(i), config).text for i in range(60)}


def test_a_category_is_said_by_its_name_or_a_description() -> None:
    expected = {f"A blurred photograph of {way}" for way in ("drusen", *knowledge()["drusen"])}
    assert drawn(DRUSEN, PRESETS["nano"]) == expected
    assert drawn(DRUSEN, PRESETS["names-only"]) == {"A blurred photograph of drusen"}
    assert say(DRUSEN, np.random.default_rng(0), PRESETS["nano"]).category == "drusen"


def test_one_of_several_categories_is_drawn_and_a_text_stands_in_for_none() -> None:
    both = Study("1", "1", findings=(Finding("a", True), Finding("b", True), Finding("c", None)))
    assert {say(both, np.random.default_rng(i), Config()).category for i in range(20)} == {"a", "b"}
    written = Study("1", "1", report=Report({"findings": "Pale disc."}))
    assert say(written, np.random.default_rng(0), Config()).category == "Pale disc."


def test_descriptions_are_asked_for_as_they_were_taught() -> None:
    model = made(PRESETS["nano"])[0]
    names = ["normal", "macular hole", "something unheard of"]
    assert [len(model.prompts(name).present) for name in names] == [len(meanings(name, True)) for name in names]
    assert model.prompts("something unheard of").present == ("A photograph of something unheard of",)
    image_NE = model.embed_images(STUDIES[:3])
    class_KE = np.stack([model.prototype(model.prompts(name).present) for name in names])
    expected = (float(model.log_scale.detach().exp()) * torch.from_numpy(image_NE @ class_KE.T)).softmax(1)
    judged = torch.tensor([[row[name] for name in names] for row in model.classify(STUDIES[:3], names)])
    torch.testing.assert_close(judged.float(), expected.float())
    plain = made(PRESETS["names-only"])[0]
    assert len(plain.prompts("macular hole").present) == 1


def test_images_of_one_category_are_right_for_each_others_texts() -> None:
    model, batch = made(PRESETS["nano"])
    image_BE, text_BE = (
        model.image_vectors(model.look(batch["pictures"])),
        model.text_vectors(model.read(batch["texts"])),
    )
    logits_BB = image_BE @ text_BE.T / 0.07
    same_BB = (batch["category"][:, None] == batch["category"]).float()
    assert same_BB.sum() > len(same_BB), "the batch has to hold a category twice"
    share_BB = same_BB / same_BB.sum(1, keepdim=True)
    expected = (F.cross_entropy(logits_BB, share_BB) + F.cross_entropy(logits_BB.T, share_BB)) / 2
    torch.testing.assert_close(model(batch)["loss"], expected)
    one_hot, again = made(PRESETS["one-hot"])
    own_B = torch.arange(len(logits_BB))
    torch.testing.assert_close(
        one_hot(again)["loss"], (F.cross_entropy(logits_BB, own_B) + F.cross_entropy(logits_BB.T, own_B)) / 2
    )


@pytest.mark.parametrize(("preset", "loss"), [("nano", 2.65685), ("names-only", 2.64482), ("one-hot", 2.65512)])
def test_losses_are_what_they_were(preset: str, loss: float) -> None:
    model, batch = made(PRESETS[preset])
    assert model(batch)["loss"].item() == pytest.approx(loss, abs=1e-3)


def test_vectors_are_measured_before_and_after_the_projection() -> None:
    """Features of any length give the same vector, because the head sees their direction alone."""
    model, batch = made(PRESETS["nano"])
    seen = model.look(batch["pictures"])
    louder = seen._replace(pooled_BE=3 * seen.pooled_BE)
    torch.testing.assert_close(model.image_vectors(louder), model.image_vectors(seen))
    assert not [name for name, _ in model.image_head.named_parameters() if name.endswith("bias")]


def test_small_sources_count_as_much_as_large_ones() -> None:
    pixels = Image.from_array(np.zeros((8, 8), np.uint8))
    studies = [
        dataclasses.replace(DRUSEN, id=str(i), images=(pixels,), source=Source("small" if i == 3 else "large"))
        for i in range(4)
    ]
    model = made(PRESETS["nano"])[0]
    view = model.view(studies)
    met = [view.sample(i, np.random.default_rng(i))["index"] for i in range(len(view))]
    assert met == [0, 3, 1, 3, 2, 3] == evenly(["large"] * 3 + ["small"])
    assert len(Model.view(made(PRESETS["uneven"])[0], studies)) == 4


def test_the_descriptions_are_of_use() -> None:
    """Every finding of the phantoms is described, by more than its own name; nothing is said twice of a name."""
    shown = {name for study in STUDIES for name in stated(study, "")}
    assert shown <= knowledge().keys()
    for name in knowledge():
        ways = descriptions(name)
        assert ways, f"{name} stands for a name that is not there"
        assert name not in ways
        assert len(set(ways)) == len(ways)
        assert name == name.lower()


def test_another_name_goes_by_the_same_descriptions() -> None:
    assert meanings("Mole", True) == ("Mole", *descriptions("naevus"))
    assert meanings("mole", False) == ("mole",)


def test_the_paper_preset_has_the_papers_parts() -> None:
    """ResNet-50 without its classes, BERT base of the cased vocabulary without pooler, two matrices."""
    layer = 4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 4 * 768
    bert = (28_996 + 512 + 2 + 2) * 768 + 12 * layer
    assert parameter_count(flair, PRESETS["paper"]) == 23_508_032 + bert + (2048 + 768) * 512 + 1


def published(model: Model) -> dict[str, torch.Tensor]:
    """A model's weights under the names of the published ones."""
    parts = {"narrow": "1", "middle": "2", "widen": "3"}
    found = {}
    for name, value in model.state_dict().items():
        new = name.replace("text_encoder.bert.", "text_model.model.")
        new = new.replace("text_head.1.", "text_model.projection_head_text.projection.")
        new = new.replace("image_head.1.", "vision_model.projection_head_vision.projection.")
        new = new.replace("image_encoder.stem.0", "vision_model.model.conv1")
        new = new.replace("image_encoder.stem.1", "vision_model.model.bn1")
        if name.startswith("image_encoder.stages."):
            _, _, stage, block, part, step, *rest = name.split(".")
            kind = ("conv", "bn")[int(step)]
            own = f"downsample.{step}" if part == "shortcut" else f"{kind}{parts[part]}"
            new = ".".join(["vision_model.model", f"layer{int(stage) + 1}", block, own, *rest])
        found[new.replace("log_scale", "logit_scale")] = value
    return found


def test_published_weights_find_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = dataclasses.replace(PRESETS["paper"], image_size=64, width=24, depth=2, heads=2, match_width=16, longest=16)
    monkeypatch.setitem(PRESETS, "paper", small)
    tokens = WordPieces.trained(["a fundus photograph of drusen"], 60)
    tokens.save(tmp_path)
    model = Model(small, Outlook(64, 3), tokens).eval()
    weights = published(model)
    assert "vision_model.model.layer4.2.bn3.running_var" in weights
    assert "vision_model.model.layer1.0.downsample.0.weight" in weights
    extra = {
        "text_model.model.pooler.dense.weight": torch.zeros(1),
        "text_model.model.embeddings.position_ids": torch.zeros(1),
    }
    save_file({name: value.contiguous() for name, value in (weights | extra).items()}, tmp_path / "model.safetensors")
    again = from_public(tmp_path)
    assert not again.training
    np.testing.assert_array_equal(again.embed_images(STUDIES[:2]), model.embed_images(STUDIES[:2]))
    np.testing.assert_array_equal(again.embed_texts(["drusen"]), model.embed_texts(["drusen"]))
    lacking = load_file(tmp_path / "model.safetensors")
    del lacking["logit_scale"]
    save_file(lacking, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="logit_scale"):
        from_public(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="cannot be read"):
        from_public(tmp_path)
