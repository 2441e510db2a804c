"""A segmenter that reads: what it is told, what its tokenizer learns from, and both on disk."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from polyclinic.bodies.segmenter import UNCHANGED, Plan, Wanted
from polyclinic.bodies.segmenter.reading import ReadingSegmenter
from polyclinic.cards import Card
from polyclinic.curate.captions import retold
from polyclinic.errors import CheckpointError
from polyclinic.parts.text.reader import word_reader
from polyclinic.parts.text.wordpieces import TextTokens
from polyclinic.study import Image, Mask, Region, Study


@dataclasses.dataclass(frozen=True)
class ToyConfig:
    """What can be chosen."""

    patch: int = 8
    vocabulary: int = 60
    longest: int = 6


class Toy(ReadingSegmenter):
    """Shifts all logits by what the text says."""

    card = Card(id="toy", title="Toy", verbs=("segment",), kinds=("segmentation",), year=2026, checked="shape")
    config_type = ToyConfig

    def __init__(self, config: ToyConfig, plan: Plan, tokens: TextTokens) -> None:
        reader = word_reader(vocabulary=len(tokens), width=8, depth=0, heads=1)
        conv = nn.Conv2d(plan.width_in, plan.width_out, 1)
        super().__init__(config=config, plan=plan, tokens=tokens, text_encoder=reader, network=conv, augment=UNCHANGED)

    @classmethod
    def wanted(cls, config: Any) -> Wanted:
        """Pictures."""
        return Wanted(config.patch, 1)

    @classmethod
    def seen(cls, studies: Sequence[Study]) -> Sequence[Study]:
        """Regions under another name."""
        return [
            dataclasses.replace(s, regions=tuple(dataclasses.replace(r, name="spot") for r in s.regions))
            for s in studies
        ]

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """The picture's, moved."""
        read, _ = self.read(texts)
        return [self.network(image_BCX) + read.pooled_BE.sum(1)[:, None, None, None]]


def studies() -> list[Study]:
    """Two pictures with a spot each."""
    mask = np.zeros((8, 8), bool)
    mask[2:5, 2:5] = True
    image = Image.from_array(np.arange(64.0, dtype=np.float32).reshape(8, 8))
    region = Region("dot", "finding", mask=Mask.from_array(mask))
    return [
        Study(t, t, images=(image,), regions=(region,), captions=(f"A dot on the {t}.",)) for t in ("left", "right")
    ]


def made() -> Toy:
    """A fresh one."""
    torch.manual_seed(0)
    return Toy.from_studies(ToyConfig(), studies()).eval()


def test_the_tokenizer_learns_what_is_told_and_the_plan_what_is_seen() -> None:
    model = made()
    assert model.plan.classes == ("spot",)
    ids = model.tokens.batch(["a dot on the right."], 10).ids_BL[0].tolist()
    assert model.tokens.text(ids) == "a dot on the right."
    assert model.derived["vocabulary"] == len(model.tokens) <= 60
    assert model.view(model.seen(studies())).draw(1, np.random.default_rng(0))["text"] == "A dot on the right."


def test_texts_are_cut_to_the_longest() -> None:
    model = made()
    read, tokens = model.read(["a dot on the right, on the left, on the right.", ""])
    assert tokens.ids_BL.shape == (2, 6)
    assert read.tokens_BNE.shape[:2] == (2, 6)
    assert tokens.mask_BL[1].sum() < 3


def test_what_is_drawn_depends_on_what_is_told() -> None:
    model, (first, _) = made(), studies()
    assert model.say(retold(first, "the right"), None) == "the right"
    with torch.inference_mode():
        image = torch.zeros(3, 1, 8, 8)
        moved = model.logits(image, ["the left", "the right", ""], model.plan.classes)[0][:, 0, 0, 0]
    assert len(set(moved.tolist())) == 3


def test_it_comes_back_with_its_tokenizer(tmp_path: Path) -> None:
    model = made()
    model.save_pretrained(tmp_path)
    again = Toy.from_pretrained(tmp_path)
    image = torch.randn(1, 1, 8, 8)
    for text in ("a dot on the left", ""):
        (ours,), (theirs,) = (each.logits(image, [text], each.plan.classes) for each in (model, again))
        torch.testing.assert_close(ours, theirs)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(CheckpointError):
        Toy.from_pretrained(tmp_path)
