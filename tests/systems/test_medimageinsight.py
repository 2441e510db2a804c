"""What is MedImageInsight's own: labels and reports in one batch, search with evidence, reports, the public weights."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from polyclinic.bodies.dual_encoder import Outlook
from polyclinic.cli.show import parameter_count
from polyclinic.errors import CheckpointError, UnsupportedError
from polyclinic.objectives.contrast import same_label, soft_contrast
from polyclinic.parts.text.bytepairs import BytePairs
from polyclinic.parts.vision.keys import public_name
from polyclinic.parts.vision.layouts import MEDIMAGEINSIGHT
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Finding, Image, Report, Study
from polyclinic.systems import medimageinsight
from polyclinic.systems.medimageinsight import PRESETS, TEMPLATES, Config, Model, from_public, place_of, say

WORLD = Dials(size=64, prevalence=0.4, most_kinds=1)
REPORTED = [study for i in range(4) for study in Phantom("fundus", 3, WORLD).studies(i)]
LABELLED = [dataclasses.replace(study, report=None) for i in range(8) for study in Phantom("skin", 3, WORLD).studies(i)]
STUDIES = [*REPORTED, *LABELLED]
FILM = Study(
    "1",
    "1",
    domain="chest",
    images=(Image.from_array(np.zeros((8, 8), np.uint8), modality="DX", view="PA"),),
    findings=(Finding("mass", True), Finding("effusion", True), Finding("hernia", False)),
)


def made(config: Config) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, STUDIES)
    view = model.view(STUDIES)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])


def test_a_label_is_a_shared_phrase_and_a_report_is_ones_own() -> None:
    said = [say(FILM, np.random.default_rng(i), Config()) for i in range(60)]
    assert {one.category for one in said} == {"x-ray chest posteroanterior effusion, mass"}
    assert {one.text for one in said} == {template.format(said[0].category) for template in TEMPLATES}
    written = dataclasses.replace(FILM, report=Report({"findings": "A mass."}))
    assert say(written, np.random.default_rng(0), Config()) == ("A mass.", "study 1")
    bare = Study("1", "1", images=(Image.from_array(np.zeros((8, 8), np.uint8)),))
    assert place_of(bare) == "medical image"


def test_labels_share_what_is_right_and_reports_do_not() -> None:
    model, batch = made(PRESETS["nano"])
    category_B, reports = batch["category"], len(REPORTED)
    same_BB = same_label(category_B)
    assert torch.equal(same_BB[:reports], torch.eye(len(category_B))[:reports])
    assert same_BB[reports:, reports:].sum() > len(LABELLED), "the batch has to hold a label twice"
    logits_BB = (
        model.image_vectors(model.look(batch["pictures"])) @ model.text_vectors(model.read(batch["texts"])).T / 0.07
    )
    there = -(same_BB / same_BB.sum(1, keepdim=True) * logits_BB.log_softmax(1)).sum(1).mean()
    back = -(same_BB / same_BB.sum(0, keepdim=True) * logits_BB.log_softmax(0)).sum(0).mean()
    torch.testing.assert_close(model(batch)["contrast"], (there + back) / 2)
    one_hot, again = made(PRESETS["one-hot"])
    own_B = torch.arange(len(logits_BB))
    expected = (F.cross_entropy(logits_BB, own_B) + F.cross_entropy(logits_BB.T, own_B)) / 2
    torch.testing.assert_close(one_hot(again)["contrast"], expected)


@pytest.mark.parametrize(("preset", "contrast"), [("nano", 2.78304), ("one-hot", 2.80488)])
def test_losses_are_what_they_were(preset: str, contrast: float) -> None:
    model, batch = made(PRESETS[preset])
    losses = model(batch)
    assert losses["contrast"].item() == pytest.approx(contrast, abs=1e-3)
    assert losses["words"].item() == pytest.approx(6.96862, abs=1e-3)


@pytest.mark.parametrize(("ways", "alike"), [(1, True), (2, False)])
def test_sharing_changes_the_gradient_only_where_a_label_has_several_texts(ways: int, alike: bool) -> None:
    """With one text a label, its items' wrong targets cancel: what one image pushes away the next one draws back."""
    torch.manual_seed(0)
    label_B = torch.tensor([0, 0, 0, 1, 1, 2])
    way_B = torch.arange(6) % ways
    texts = torch.randn(3, ways, 8)
    gradients = []
    for target_BB in (same_label(label_B), torch.eye(6)):
        image_BE, text_TWE = torch.randn(6, 8, generator=torch.Generator().manual_seed(1)), texts.clone()
        image_BE.requires_grad_(True)
        text_TWE.requires_grad_(True)
        loss = soft_contrast(image_BE, text_TWE[label_B, way_B], target_BB, torch.tensor(1.0))
        gradients.append(torch.autograd.grad(loss, (image_BE, text_TWE)))
    (shared_image, shared_text), (own_image, own_text) = gradients
    assert torch.allclose(shared_image, own_image, atol=1e-6) == alike
    assert torch.allclose(shared_text, own_text, atol=1e-6) == alike


def test_the_decoder_learns_and_leaves_the_encoders_alone() -> None:
    model, batch = made(PRESETS["nano"])
    model(batch)["words"].backward()
    assert all(p.grad is not None for p in model.report_decoder.parameters())
    assert {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None} == {"report_decoder"}


def test_reports_are_written_from_the_image() -> None:
    """One image's text is learned by heart, and comes back."""
    torch.manual_seed(0)
    told = [
        dataclasses.replace(study, report=Report({"findings": text}))
        for study, text in zip(LABELLED[:2], ("Plain skin, no lesion.", "One dark spot of 8 mm."), strict=True)
    ]
    model = Model.from_studies(dataclasses.replace(PRESETS["nano"], report_width=32, report_depth=1), told)
    view = model.view(told)
    optimiser = torch.optim.Adam(model.report_decoder.parameters(), 0.01)
    for step in range(80):
        batch = view.collate([view.sample(i, np.random.default_rng(step)) for i in range(2)])
        optimiser.zero_grad()
        model(batch)["words"].backward()
        optimiser.step()
    model.eval()
    assert [report.text for report in model.report(told)] == ["plain skin, no lesion.", "one dark spot of 8 mm."]
    with pytest.raises(UnsupportedError, match="English"):
        model.report(told, "zh")


def test_names_are_asked_in_the_words_of_the_pictures_place() -> None:
    model = made(PRESETS["nano"])[0].eval()
    skin, eye = LABELLED[0], REPORTED[0]
    assert (place_of(skin), place_of(eye)) == ("photograph skin", "fundus photograph fundus")
    names = ["melanoma", "naevus"]
    prompts = [model.prompts(f"photograph skin {name}").present for name in names]
    class_KE = np.stack([model.prototype(texts) for texts in prompts])
    scale = float(model.log_scale.detach().exp())
    expected = torch.from_numpy(scale * model.embed_images([skin]) @ class_KE.T).softmax(1)[0]
    judged = model.classify([eye, skin], names)
    torch.testing.assert_close(torch.tensor([judged[1][name] for name in names]).float(), expected.float())


def test_a_bank_is_made_of_the_models_own_vectors() -> None:
    model = made(PRESETS["nano"])[0].eval()
    bank = model.bank(LABELLED, ["melanoma", "naevus"], k=3)
    evidence = bank.evidence(model.embed_images(LABELLED[:1]))[0]
    assert (evidence[0].study, round(evidence[0].similarity, 4)) == (LABELLED[0].id, 1.0)


def test_the_paper_preset_has_the_papers_parts() -> None:
    """The text tower alone, by hand: embeddings, positions, 16 layers, last norm; 0.25 B in the paper."""
    layer = 4 * (1024 * 1024 + 1024) + 2 * 1024 * 4096 + 4096 + 1024 + 4 * 1024
    text = (49_408 + 77) * 1024 + 16 * layer + 2 * 1024
    model = dataclasses.replace(PRESETS["paper"], encoder="davit-nano", report_width=60)
    small, whole = parameter_count(medimageinsight, model), parameter_count(medimageinsight, PRESETS["paper"])
    assert small is not None
    assert whole is not None
    assert 0 < small - text < 8e6
    assert abs(text / 0.25e9 - 1) < 0.02
    assert abs(whole / 680e6 - 1) < 0.02


def published(model: Model) -> dict[str, torch.Tensor]:
    """A model's weights under the names of the published ones; those of DaViT as its own tests have them."""
    renames = {
        "image_head.matrix_EF": "image_projection",
        "text_head.matrix_EF": "lang_projection",
        "log_scale": "logit_scale",
        "text_encoder.embedding.": "lang_encoder.token_embedding.",
        "text_encoder.positions_LE": "lang_encoder.positional_embedding",
        "text_encoder.norm.": "lang_encoder.ln_final.",
        "text_encoder.blocks.": "lang_encoder.resblocks.",
        ".attention_norm.": ".ln_1.",
        ".mlp_norm.": ".ln_2.",
        ".attention.qkv.": ".attn.in_proj_",
        ".attention.out.": ".attn.out_proj.",
        ".mlp.0.": ".mlp.c_fc.",
        ".mlp.2.": ".mlp.c_proj.",
    }
    found = {}
    for name, value in model.state_dict().items():
        if name.startswith("image_encoder."):
            new = "image_encoder." + public_name(name.removeprefix("image_encoder."), MEDIMAGEINSIGHT.names)
        else:
            new = name
            for ours, theirs in renames.items():
                new = new.replace(ours, theirs)
        if not name.startswith("report_decoder."):
            found[new] = value.contiguous()
    return found


def test_published_weights_find_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = dataclasses.replace(
        PRESETS["paper"], image_size=64, encoder="davit-nano", width=32, depth=2, heads=2, match_width=16
    )
    small = dataclasses.replace(small, report_width=32, report_depth=1, report_heads=2)
    monkeypatch.setitem(PRESETS, "paper", small)
    tokens = BytePairs.trained(["x-ray chest mass"], 600)
    tokens.save(tmp_path)
    model = Model(small, Outlook(64, 3), tokens).eval()
    weights = published(model)
    assert {"lang_encoder.resblocks.1.attn.in_proj_weight", "lang_encoder.resblocks.0.mlp.c_fc.bias"} <= weights.keys()
    save_file(weights, tmp_path / "model.safetensors")
    again = from_public(tmp_path)
    np.testing.assert_array_equal(again.embed_images(STUDIES[:2]), model.embed_images(STUDIES[:2]))
    np.testing.assert_array_equal(again.embed_texts(["x-ray chest mass"]), model.embed_texts(["x-ray chest mass"]))
    assert not again.report_decoder.training
    assert again.report(STUDIES[:1])
    del weights["lang_projection"]
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="lang_projection"):
        from_public(tmp_path)
