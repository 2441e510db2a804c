"""The dual encoder's losses and verbs, on a system of two linear encoders."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from polyclinic.bodies.dual_encoder import DualEncoder, Outlook, PixelScale, Prompts, projection
from polyclinic.errors import CheckpointError, UsageError
from polyclinic.parts.features import Features, TokenBatch
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.study import Image, Report, Study


@dataclass(frozen=True)
class Config:
    """As small as it gets."""

    image_size: int = 8
    vocabulary: int = 64
    longest: int = 8
    chunk: int | None = None


class Means(nn.Module):
    """Mean and spread of the greys."""

    width_out, width_tokens = 2, 1

    def forward(self, image_BCYX: Tensor) -> Features:
        flat_BN = image_BCYX.flatten(1)
        return Features(torch.stack([flat_BN.mean(1), flat_BN.std(1)], 1), flat_BN[:, :, None])


class Bag(nn.Module):
    """Mean of word vectors."""

    width_out, width_tokens = 4, 4

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary, 4)

    def forward(self, texts: TokenBatch) -> Features:
        words_BLE = self.table(texts.ids_BL) * texts.mask_BL[:, :, None]
        return Features(words_BLE.sum(1) / texts.mask_BL.sum(1, keepdim=True), words_BLE)


class Small(DualEncoder):
    """The system."""

    card, config_type = SimpleNamespace(id="small"), Config
    said: ClassVar[dict[str, Prompts]] = {}

    def __init__(self, config: Config, outlook: Outlook, tokens: WordPieces) -> None:
        super().__init__(
            config=config,
            outlook=outlook,
            tokens=tokens,
            image_encoder=Means(),
            text_encoder=Bag(len(tokens)),
            image_head=projection(2, 3, hidden=5, activation=nn.ReLU),
            text_head=projection(4, 3, bias=False),
        )

    def prompts(self, name: str) -> Prompts:
        return self.said.get(name) or super().prompts(name)


def studies(count: int) -> list[Study]:
    """Noise of growing spread, and what it is called."""
    made = []
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 2 + 60 * number, (1, 8, 8)).astype(np.uint8)
        image = Image(path=f"{number}.png", modality="DX", load=lambda pixels=pixels: pixels)
        report = Report({"findings": "dark" if number < 2 else "bright"})
        made.append(Study(id=f"s{number}", subject=f"p{number}", images=(image,), report=report))
    return made


@pytest.fixture
def model() -> Small:
    torch.manual_seed(0)
    return Small.from_studies(Config(), studies(4)).eval()


def batch(model: Small, known: Sequence[Study]) -> dict[str, Any]:
    """All of them."""
    view = model.view(known)
    made: dict[str, Any] = view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])
    return made


def test_chunks_change_neither_loss_nor_gradient(model: Small) -> None:
    made, found = batch(model, studies(5)), []
    for chunk in (None, 2):
        model.config = Config(chunk=chunk)
        model.zero_grad()
        loss = model(made)["loss"]
        loss.backward()
        found.append((loss.detach(), [p.grad.clone() for p in model.parameters() if p.grad is not None]))
    torch.testing.assert_close(found[0], found[1], atol=1e-6, rtol=1e-5)


def test_vectors_are_unit_and_in_order(model: Small) -> None:
    vectors = model.embed_images(studies(4))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(vectors[2:], model.embed_images(studies(4)[2:]))
    np.testing.assert_allclose(np.linalg.norm(model.embed_texts(["dark", "bright dark"]), axis=1), 1, atol=1e-6)
    assert len(model.embed_images([])) == len(model.embed_texts([])) == 0


def test_features_are_what_the_encoder_pools(model: Small) -> None:
    assert model.image_features(studies(3)).shape == (3, 2)


def test_pixels_are_brought_to_order_one(model: Small) -> None:
    white = torch.full((1, 1, 8, 8), 255, dtype=torch.uint8)
    assert model.look(white).pooled_BE[0, 0].item() == pytest.approx(2.0)
    assert PixelScale((0.5,), (0.25,)) == PixelScale((0.5,), (0.25,))


def test_presence_is_judged_alone_and_classes_against_each_other(model: Small) -> None:
    model.said = {"dark": Prompts(("dark",)), "bright": Prompts(("bright",))}
    known = studies(4)
    rows = model.classify(known, ["dark", "bright", "mass"])
    assert [row["dark"] + row["bright"] for row in rows] == pytest.approx([1.0] * 4)
    scale = float(model.log_scale.detach().exp())
    image = model.embed_images(known)[0]
    dark, bright = (scale * image @ model.embed_texts([word])[0] for word in ("dark", "bright"))
    assert rows[0]["dark"] == pytest.approx(1 / (1 + np.exp(bright - dark)), abs=1e-5)
    assert model.classify(known, ["mass"])[0]["mass"] == pytest.approx(rows[0]["mass"], abs=1e-6)


def test_an_ensemble_is_the_mean_direction(model: Small) -> None:
    model.said = {"both": Prompts(("dark", "bright"), ("no",))}
    scale, image = float(model.log_scale.detach().exp()), model.embed_images(studies(1))[0]
    mean = model.embed_texts(["dark", "bright"]).mean(0)
    odds = scale * image @ (mean / np.linalg.norm(mean) - model.embed_texts(["no"])[0])
    assert model.classify(studies(1), ["both"])[0]["both"] == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-5)


def test_a_study_without_an_image_is_an_error(model: Small) -> None:
    with pytest.raises(UsageError, match="study s has no image"):
        model.embed_images([Study(id="s", subject="p", images=())])


def test_a_damaged_folder_is_an_error(model: Small, tmp_path: Any) -> None:
    model.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no")
    with pytest.raises(CheckpointError, match="holds no model of small"):
        Small.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"config": {"image_size": "large"}, "outlook": {}}')
    with pytest.raises(CheckpointError, match="holds no model of small"):
        Small.from_pretrained(tmp_path)
