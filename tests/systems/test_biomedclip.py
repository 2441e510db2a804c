"""What is BiomedCLIP's own: a context that reaches the end of a caption, words that stay whole, the public weights."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from polyclinic.bodies.dual_encoder import Outlook
from polyclinic.cli.show import parameter_count
from polyclinic.errors import CheckpointError
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.vit import ViTBlock, ViTEncoder
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import biomedclip
from polyclinic.systems.biomedclip import PRESETS, Config, Model, as_figure, from_public

STUDIES = [as_figure(study) for i in range(5) for study in Phantom("chest", 3, Dials(size=64)).studies(i)]


def made(config: Config) -> Model:
    """A fresh model."""
    torch.manual_seed(0)
    return Model.from_studies(config, STUDIES).eval()


def changed_at_the_end(model: Model) -> float:
    """How far a caption's vector moves when only its last sentence is another one."""
    caption = STUDIES[0].captions[0]
    one, other = model.embed_texts([f"{caption} Large left pneumothorax.", f"{caption} No abnormality at all."])
    return float(np.abs(one - other).max())


def test_only_a_long_context_reads_to_the_end() -> None:
    assert changed_at_the_end(made(PRESETS["nano"])) > 1e-5
    assert changed_at_the_end(made(PRESETS["short-context"])) == 0


def test_what_captions_say_first_fills_the_short_context() -> None:
    """So the claim's arms differ in whether findings are read at all."""
    tokens = made(PRESETS["nano"]).tokens
    before = [tokens.batch([study.captions[0].partition("scanner")[0]], 500).mask_BL.sum() for study in STUDIES]
    assert min(before) + 1 >= PRESETS["short-context"].longest, "with the scanner's number in place of the closing mark"
    whole = [tokens.batch([study.captions[0]], 500).mask_BL.sum() for study in STUDIES]
    assert np.mean(whole) < PRESETS["nano"].longest


def test_coarse_words_take_more_tokens() -> None:
    lengths = [
        made(PRESETS[name]).tokens.batch(["Moderate pleural thickening with cardiomegaly"], 99).mask_BL.sum().item()
        for name in ("nano", "coarse-words")
    ]
    assert lengths[1] > 2 * lengths[0]


def test_the_paper_preset_has_the_published_size() -> None:
    """ViT-B/16 and BERT base without its pooler, as the public checkpoint holds them, and their heads."""
    heads = 768 * 512 + 768 * 640 + 640 * 512
    bert = 30_522 * 768 + 512 * 768 + 4 * 768 + 12 * (4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 4 * 768)
    count = parameter_count(biomedclip, PRESETS["paper"])
    assert count is not None
    assert count == 85_798_656 + bert + heads + 1


def small_vit(*, channels: int, image_size: int) -> ViTEncoder:
    """The published image encoder's form, two blocks of it."""
    return ViTEncoder(
        stem=nn.Conv2d(channels, 24, 16, 16),
        width=24,
        stride=16,
        image_size=image_size,
        blocks=[ViTBlock(width=24, heads=2, hidden=48, activation=nn.GELU(), eps=1e-6) for _ in range(2)],
        before=nn.Identity(),
        norm=nn.LayerNorm(24, 1e-6),
        pool=None,
        class_token=True,
        attend=False,
    )


# How open_clip with timm and transformers names what is named otherwise here.
RENAMED = {
    "image_encoder.stem": "visual.trunk.patch_embed.proj",
    "image_encoder.class_token": "visual.trunk.cls_token",
    "image_encoder.positions_NE": "visual.trunk.pos_embed",
    "image_encoder": "visual.trunk",
    "attention_norm": "norm1",
    "attention.qkv.": "attn.qkv.",
    "attention.out.": "attn.proj.",
    "mlp_norm": "norm2",
    "mlp.0": "mlp.fc1",
    "mlp.2": "mlp.fc2",
    "image_head": "visual.head.proj",
    "text_encoder.bert": "text.transformer",
    "text_head": "text.proj",
    "log_scale": "logit_scale",
}


def write_public(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A random model in the published layout, and with it what `from_public` takes for the published sizes."""
    small = dataclasses.replace(
        PRESETS["paper"], image_size=32, longest=16, positions=20, width=24, depth=2, heads=2, match_width=16
    )
    monkeypatch.setitem(PRESETS, "paper", small)
    monkeypatch.setitem(ENCODERS, "vit-b-16", small_vit)
    tokens = WordPieces.trained([study.captions[0] for study in STUDIES], 120)
    model = Model(small, Outlook(32, 3), tokens).eval()
    weights = {"text.transformer.embeddings.position_ids": torch.arange(20)[None]}
    for own, tensor in model.state_dict().items():
        name = own
        for ours, theirs in RENAMED.items():
            name = name.replace(ours, theirs)
        weights[name] = tensor.clone()
    assert weights["text.proj.0.weight"].shape == (20, 24)
    assert weights["visual.trunk.blocks.1.attn.qkv.weight"].shape == (72, 24)
    save_file(weights, folder / "open_clip_model.safetensors")
    tokens.save(folder)
    write_config(folder)
    return model


def write_config(folder: Path, **other: Any) -> None:
    """What `open_clip_config.json` says of this, or something `other`."""
    vision = {"timm_model_name": "vit_base_patch16_224", "timm_pool": "", "timm_proj": "linear", "image_size": 32}
    text = {"hf_proj_type": "mlp", "hf_pooler_type": "cls_last_hidden_state_pooler", "context_length": 16}
    told = {"model_cfg": {"embed_dim": 16, "vision_cfg": vision | other, "text_cfg": text}}
    (folder / "open_clip_config.json").write_text(json.dumps(told))


def test_published_weights_find_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = write_public(tmp_path, monkeypatch)
    again = from_public(tmp_path)
    assert not again.training
    np.testing.assert_array_equal(again.embed_images(STUDIES[:2]), model.embed_images(STUDIES[:2]))
    np.testing.assert_array_equal(again.embed_texts(["pleural effusion"]), model.embed_texts(["pleural effusion"]))


def test_what_is_not_the_published_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_public(tmp_path, monkeypatch)
    write_config(tmp_path, timm_model_name="vit_large_patch16_224")
    with pytest.raises(CheckpointError, match="vit_large"):
        from_public(tmp_path)
    (tmp_path / "open_clip_config.json").write_text("[]")
    with pytest.raises(CheckpointError, match="does not tell"):
        from_public(tmp_path)
    write_config(tmp_path)
    (tmp_path / "open_clip_model.safetensors").rename(tmp_path / "open_clip_pytorch_model.bin")
    with pytest.raises(CheckpointError, match="pickled"):
        from_public(tmp_path)
