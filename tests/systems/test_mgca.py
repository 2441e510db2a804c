"""What is MGCA's own: words and places that find themselves, weighed by attention, and prototypes that are foretold."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from polyclinic.bodies.dual_encoder import Outlook
from polyclinic.cli.show import parameter_count
from polyclinic.errors import CheckpointError
from polyclinic.objectives.prototypes import sinkhorn
from polyclinic.parts.text.pooling import word_attention, word_mask
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import mgca
from polyclinic.systems.mgca import PRESETS, Config, Model, from_public, stages

STUDIES = [study for i in range(5) for study in Phantom("chest", 3, Dials(size=64)).studies(i)]


def made(config: Config) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, STUDIES)
    view = model.view(STUDIES)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])


@pytest.mark.parametrize(
    ("preset", "kept"),
    [
        ("nano", {"pairs", "tokens", "prototypes"}),
        ("no-tokens", {"pairs", "prototypes"}),
        ("no-prototypes", {"pairs", "tokens"}),
        ("pairs-only", {"pairs"}),
    ],
)
def test_the_ablations_leave_out_what_they_say(preset: str, kept: set[str]) -> None:
    model, batch = made(PRESETS[preset])
    losses = model(batch)
    assert set(losses) - {"loss"} == kept
    torch.testing.assert_close(losses["loss"], sum((losses[name] for name in kept), torch.zeros(())))


def test_whole_pairs_add_up_both_ways() -> None:
    """Equations 1 to 3."""
    model, batch = made(PRESETS["nano"])
    image_BE = model.image_vectors(model.look(batch["pictures"]))
    text_BE = model.text_vectors(model.read(batch["texts"]))
    logits_BB = image_BE @ text_BE.T / 0.07
    own_B = torch.arange(len(logits_BB))
    expected = F.cross_entropy(logits_BB, own_B) + F.cross_entropy(logits_BB.T, own_B)
    torch.testing.assert_close(model(batch)["pairs"], expected)


def by_hand(query_QE: torch.Tensor, key_NE: torch.Tensor, weight_Q: torch.Tensor) -> torch.Tensor:
    """Equations 4 to 6 for one item and one side, a token at a time."""
    crossed = [F.normalize((key_NE @ q_E / 0.1).softmax(0) @ key_NE, dim=-1) for q_E in query_QE]
    logits_QQ = torch.stack([torch.stack([q_E @ c_E for c_E in crossed]) for q_E in query_QE]) / 0.1
    own_Q = torch.arange(len(query_QE))
    both_Q = F.cross_entropy(logits_QQ, own_Q, reduction="none") + F.cross_entropy(logits_QQ.T, own_Q, reduction="none")
    return (both_Q / 2 * weight_Q).sum()


def clipped(attention_N: torch.Tensor) -> torch.Tensor:
    """Between the tenth and ninetieth percentile, and of sum one."""
    low, high = (float(attention_N.quantile(q)) for q in (0.1, 0.9))
    kept_N = attention_N.clamp(low, high)
    return kept_N / kept_N.sum()


@pytest.mark.parametrize("encoder", ["conv-nano-8", "vit-nano"])
def test_tokens_find_themselves_weighed_by_attention(encoder: str) -> None:
    """Item by item without padding, against the batch with it; the transformer weighs its places too."""
    model, batch = made(dataclasses.replace(PRESETS["nano"], encoder=encoder))
    model.eval()
    texts, seen, read = batch["texts"], model.look(batch["pictures"]), model.read(batch["texts"])
    place_BNE, word_BLE = model.place_map(seen).flatten(2).mT, model.word_vectors(read, texts)
    attention_BL = word_attention(read.attention_BN, texts).detach()
    expected = []
    for item, words_L in enumerate(word_mask(texts)):
        word_WE, place_NE = word_BLE[item][words_L], place_BNE[item]
        even_N = torch.full((len(place_NE),), 1 / len(place_NE))
        weight_N = even_N if seen.attention_BN is None else clipped(seen.attention_BN[item].detach())
        expected.append(by_hand(word_WE, place_NE, clipped(attention_BL[item][words_L])))
        expected.append(by_hand(place_NE, word_WE, weight_N))
        assert (encoder == "vit-nano") == (float(weight_N.std()) > 1e-7)
    torch.testing.assert_close(model(batch)["tokens"], torch.stack(expected).sum() / len(place_BNE))


def test_a_words_pieces_share_its_attention() -> None:
    texts = WordPieces.trained(["pneumothorax on the left"], 40).batch(["pneumothorax left"], 32)
    pieces_BL = texts.mask_BL.float() / texts.mask_BL.sum()
    words_BL = word_attention(pieces_BL, texts)
    inside = (texts.word_BL >= 0).sum()
    assert inside > 2, "a word of several pieces is asked for"
    assert words_BL.sum().item() == pytest.approx(inside.item() / texts.mask_BL.sum().item())
    assert (words_BL[~word_mask(texts)] == 0).all()


def test_each_side_foretells_the_others_prototypes() -> None:
    """Equations 7 and 8, with prototypes that have length one whatever an optimiser made of them."""
    model, batch = made(PRESETS["nano"])
    with torch.no_grad():
        model.prototypes_KE.mul_(3)
    found = model(batch)["prototypes"]
    lengths = model.prototypes_KE.norm(dim=-1)
    torch.testing.assert_close(lengths, torch.ones_like(lengths))
    image_BK = model.image_vectors(model.look(batch["pictures"])) @ model.prototypes_KE.T
    text_BK = model.text_vectors(model.read(batch["texts"])) @ model.prototypes_KE.T
    there = F.cross_entropy(image_BK / 0.2, sinkhorn(text_BK))
    back = F.cross_entropy(text_BK / 0.2, sinkhorn(image_BK))
    torch.testing.assert_close(found, (there + back) / 2)


def test_prototypes_rest_at_first() -> None:
    rest, learn = stages(PRESETS["nano"])
    model, _ = made(PRESETS["nano"])
    assert rest.trainable is not None
    resting = {id(p) for p in model.parameters()} - {id(p) for p in rest.trainable(model)}
    assert resting == {id(model.prototypes_KE), id(model.log_scale)}
    assert learn.trainable is None
    assert [stage.name for stage in stages(PRESETS["no-prototypes"])] == ["learning"]
    assert {sum(stage.steps for stage in stages(PRESETS[arm])) for arm in mgca.CLAIM.arms} == {mgca.CLAIM.steps}


def test_without_words_a_place_is_judged_as_a_whole_image() -> None:
    """So the arm without alignment points as well as whole pairs let it: an even map gives the image's own vector."""
    model, batch = made(PRESETS["pairs-only"])
    model.eval()
    seen = model.look(batch["pictures"])
    even_BEYX = seen.maps[-1][:, :, :1, :1].expand_as(seen.maps[-1])
    pooled_BE = torch.cat([even_BEYX.mean((2, 3)), even_BEYX.amax((2, 3))], 1)
    place_BEYX = F.normalize(model.places(seen._replace(maps=(even_BEYX,), pooled_BE=pooled_BE)), dim=1)
    torch.testing.assert_close(place_BEYX[:, :, 3, 5], model.image_vectors(seen._replace(pooled_BE=pooled_BE)))


def test_the_losses_are_as_they_were() -> None:
    model, batch = made(PRESETS["nano"])
    for name, value in GOLDEN.items():
        assert model(batch)[name].item() == pytest.approx(value, rel=1e-3)


GOLDEN = {"pairs": 4.97843, "tokens": 3.03166, "prototypes": 4.28911}


def test_the_paper_preset_has_the_papers_parts() -> None:
    """ViT-B/16 and BERT base without pooler, four heads of one hidden layer, 500 prototypes."""
    layer = 4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 4 * 768
    bert = (28_996 + 112 + 2 + 2) * 768 + 12 * layer
    head = 768 * 2048 + 2048 + 2 * 2048 + 2048 * 128 + 128
    assert parameter_count(mgca, PRESETS["paper"]) == 85_798_656 + bert + 4 * head + 500 * 128 + 1


OURS = {
    "image_encoder.stem": "img_encoder_q.model.patch_embed.proj",
    "image_encoder.class_token": "img_encoder_q.model.cls_token",
    "image_encoder.positions_NE": "img_encoder_q.model.pos_embed",
    "image_encoder": "img_encoder_q.model",
    "attention_norm": "norm1",
    "attention.qkv": "attn.qkv",
    "attention.out": "attn.proj",
    "mlp_norm": "norm2",
    "mlp.0": "mlp.fc1",
    "mlp.2": "mlp.fc2",
}
REST = {
    "image_head": "img_encoder_q.global_embed.head",
    "place_head": "img_encoder_q.local_embed.head",
    "text_encoder.bert": "text_encoder_q.model",
    "text_head": "text_encoder_q.global_embed.head",
    "word_head": "text_encoder_q.local_embed.head",
    "prototypes_KE": "prototype_layer.weight",
}


def as_published(name: str, value: torch.Tensor) -> torch.Tensor:
    """Class token and positions behind an axis for the batch, heads of tokens as convolutions of one place."""
    if name.endswith(("cls_token", "pos_embed")):
        return value.reshape(1, -1, value.shape[-1])
    return value[:, :, None] if "local_embed" in name and value.ndim == 2 else value


def published(model: Model) -> dict[str, torch.Tensor]:
    """A model's weights under the names of the published ones, in their shapes."""
    found = {}
    for name, value in model.state_dict().items():
        if name == "log_scale":
            continue
        new = name
        for ours, theirs in (OURS if name.startswith("image_encoder") else REST).items():
            new = new.replace(ours, theirs)
        found[new] = as_published(new, value).contiguous()
    return found


def test_published_weights_find_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = dataclasses.replace(
        PRESETS["paper"], image_size=32, width=24, depth=2, heads=2, hidden=16, match_width=8, longest=16, prototypes=5
    )
    monkeypatch.setitem(PRESETS, "paper", small)
    tokens = WordPieces.trained(["left nodule in the upper zone"], 60)
    tokens.save(tmp_path)
    model = Model(small, Outlook(32, 3), tokens).eval()
    weights = published(model)
    assert "img_encoder_q.model.blocks.11.attn.proj.weight" in weights
    assert weights["text_encoder_q.local_embed.head.0.weight"].shape == (16, 24, 1)
    save_file(weights | {"text_encoder_q.model.pooler.dense.weight": torch.zeros(1)}, tmp_path / "model.safetensors")
    again = from_public(tmp_path)
    assert not again.training
    np.testing.assert_array_equal(again.embed_images(STUDIES[:1]), model.embed_images(STUDIES[:1]))
    heat, known = (one.heats(STUDIES[:1], ["left nodule"])[0] for one in (again, model))
    np.testing.assert_array_equal(heat, known)
    lacking = load_file(tmp_path / "model.safetensors")
    del lacking["prototype_layer.weight"]
    save_file(lacking, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="prototype_layer"):
        from_public(tmp_path)
