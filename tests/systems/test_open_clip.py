"""The same weights give the same vectors here and in open_clip, for the two systems that were trained with it.

These run where open_clip and timm import, and are skipped elsewhere.
"""

import dataclasses
import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from polyclinic.bodies.dual_encoder import CLIP_PIXELS
from polyclinic.bodies.framing import to_square
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import biomedclip, unimed_clip

STUDIES = [study for i in range(3) for study in Phantom("skin", 3, Dials(size=64)).studies(i)]
TEXTS = ["a naevus", "this is a photo of melanoma, whose border is not even"]
VISION: dict[str, dict[str, Any]] = {
    "biomedclip": {"timm_model_name": "vit_base_patch16_224", "timm_pool": "", "timm_proj": "linear"},
    "unimed-clip": {"layers": 12, "width": 768, "patch_size": 16},
}


pytestmark = pytest.mark.usefixtures("torchvision_without_operators")


def theirs(system: str, vocabulary: int) -> Any:
    """open_clip's model with a BERT of two layers, no weight at a special value."""
    from transformers import BertConfig

    models, texts = importlib.import_module("open_clip.model"), importlib.import_module("open_clip.hf_model")
    bert = BertConfig(vocab_size=vocabulary, num_hidden_layers=2)
    model = torch.nn.Module()
    model.visual = models._build_vision_tower(
        512, models.CLIPVisionCfg(image_size=224, **VISION[system]), system == "unimed-clip"
    )
    model.text = texts.HFTextEncoder(
        "", 512, config=bert, pooler_type="cls_last_hidden_state_pooler", proj_type="mlp", pretrained=False
    )
    model.logit_scale = torch.nn.Parameter(torch.tensor(4.2))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.add_(0.02 * torch.randn(tensor.shape, generator=generator))
    return model.eval()


@pytest.mark.parametrize("module", [biomedclip, unimed_clip], ids=lambda module: module.CARD.id)
@torch.no_grad()
def test_vectors_are_those_of_open_clip(module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("timm")
    pytest.importorskip("open_clip")
    paper = dataclasses.replace(module.PRESETS["paper"], depth=2)
    monkeypatch.setitem(module.PRESETS, "paper", paper)
    tokens = WordPieces.trained(TEXTS, 60)
    peer = theirs(module.CARD.id, len(tokens))
    name = "open_clip_model" if module is biomedclip else "model"
    save_file({key: value.contiguous() for key, value in peer.state_dict().items()}, tmp_path / f"{name}.safetensors")
    vision = VISION[module.CARD.id] | {"image_size": 224}
    told = {"embed_dim": 512, "vision_cfg": vision, "text_cfg": {"context_length": 256}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": told}))
    tokens.save(tmp_path)
    ours = module.from_public(tmp_path)

    ids_BL = tokens.batch(TEXTS, 256).ids_BL
    texts_BE = torch.nn.functional.normalize(peer.text(ids_BL), dim=-1)
    np.testing.assert_allclose(ours.embed_texts(TEXTS), texts_BE, atol=1e-4)
    squares = np.stack([to_square(study.images[0].pixels, 224, 3)[0] for study in STUDIES])
    clip = CLIP_PIXELS
    mean, spread = (torch.tensor(values)[:, None, None] for values in (clip.mean, clip.spread))
    images_BE = torch.nn.functional.normalize(peer.visual((torch.from_numpy(squares) / 255 - mean) / spread), dim=-1)
    np.testing.assert_allclose(ours.embed_images(STUDIES), images_BE, atol=1e-4)
    assert images_BE.std(0).max() > 1e-3
    assert texts_BE.std(0).max() > 1e-3
