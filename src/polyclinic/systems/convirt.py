"""ConVIRT: an image encoder taught by the reports that come with its images, the ancestor of CLIP.

An image and one sentence of its report, drawn anew each time, are each encoded and projected by a small
network; among the pairs of a batch the image must pick out its sentence, and the sentence its image. Labels
are not needed; afterwards the image encoder serves other tasks with few of them. What is its own: the
contrast goes both ways, three parts from image to text and one back; one sentence stands for a report.

Try: `polyclinic prove convirt`, or `polyclinic phantom chest chest --patients 1000 --seed 0` and then
`polyclinic fit convirt chest --out run`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, Sample, Trial
from polyclinic.bodies.dual_encoder import DualEncoder, Outlook, PairView, presence, projection
from polyclinic.bodies.dual_encoder.speaking import one_sentence
from polyclinic.cards import Card, Claim
from polyclinic.metrics.classification import mean_auroc
from polyclinic.metrics.probe import linear_probe
from polyclinic.objectives.contrast import info_nce, matching_loss
from polyclinic.parts.features import Features
from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.pooling import largest_token
from polyclinic.parts.text.wordpieces import TextTokens, WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="convirt",
    title="ConVIRT: contrastive learning of visual representations from paired images and text",
    paper="2010.00747",
    year=2020,
    verbs=("embed", "classify"),
    kinds=("dual encoder", "self-supervised"),
    checked="shape",
    differs="the rate falls along a cosine, where the paper halves it when the validation loss rests; zero-shot "
    "classification is not in the paper",
)

CLAIM = Claim(
    says="Pretraining against report sentences leaves features that need fewer labels than pretraining on images.",
    metric="mean AUROC of a linear probe with 40 labelled patients, mean of 10 draws",
    direction="higher",
    smallest=0.02,
    arms=("nano", "image-only"),
    steps=500,
)
PRETRAINED, LABELLED, DRAWS, MEASURED = 2000, 40, 10, 300
WORLD: dict[str, Any] = {"size": 64, "contrast": 6.0, "noise": 0.3, "prevalence": 0.4}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS`.
        vocabulary: most word pieces that are learned from the Studies' texts.
        longest: most tokens of a sentence.
        width: of the BERT; `depth` layers, `heads` heads in each.
        frozen: layers of it that do not learn, its embeddings with them; 0 lets all learn.
        match_width: of the common space.
        temperature: of the contrast.
        image_share: weight of the contrast from image to text; the rest is for the way back.
        contrast: `two-way`; `matching` asks only whether a pair is one; `images` contrasts two views of an image.
        augment: share of the paper's ranges that pictures are augmented in.
        mirror: chance of left for right, which makes reports of sides lie.
        chunk: rows that are encoded at once; None keeps all.
        batch: pairs a step.
    """

    image_size: int = 64
    encoder: str = "conv-nano"
    vocabulary: int = 800
    longest: int = 48
    width: int = 96
    depth: int = 2
    heads: int = 4
    frozen: int = 0
    match_width: int = 128
    temperature: float = 0.1
    image_share: float = 0.75
    contrast: Literal["two-way", "matching", "images"] = "two-way"
    augment: float = 0.5
    mirror: float = 0.0
    chunk: int | None = None
    steps: int = 800
    batch: int = 48
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "matching": Config(contrast="matching"),
    "image-only": Config(contrast="images"),
    "paper": Config(
        image_size=224,
        encoder="resnet50",
        vocabulary=28_996,
        longest=512,
        width=768,
        depth=12,
        heads=12,
        frozen=6,
        match_width=512,
        augment=1.0,
        mirror=0.5,
        steps=1_360_000,
        batch=32,
        learning_rate=1e-4,
    ),
}


class TwiceView(PairView):
    """Pairs in which the picture comes a second time, moved another way."""

    def draw(self, index: int, rng: np.random.Generator) -> Sample:
        """A pair, and `again` the picture."""
        pair = super().draw(index, rng)
        return pair | {"again": self.augment(self.square(index, 0), rng)}

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """The pairs' batch, and `again` (B, C, size, size)."""
        return super().collate(samples) | {"again": torch.from_numpy(np.stack([s["again"] for s in samples]))}


class Model(DualEncoder):
    """The whole system: what it is made of, and how pairs are drawn and contrasted."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, outlook: Outlook, tokens: TextTokens) -> None:
        image = ENCODERS[config.encoder](channels=outlook.channels, image_size=outlook.image_size)
        bert = small_bert(
            vocabulary=len(tokens), width=config.width, depth=config.depth, heads=config.heads, longest=config.longest
        )
        text = BertEncoder(bert=bert, pool=largest_token)
        width = config.match_width
        super().__init__(
            config=config,
            outlook=outlook,
            tokens=tokens,
            image_encoder=image,
            text_encoder=text,
            image_head=projection(image.width_out, width, hidden=image.width_out, activation=nn.ReLU),
            text_head=projection(text.width_out, width, hidden=text.width_out, activation=nn.ReLU),
            log_scale=-math.log(config.temperature),
        )
        self.log_scale.requires_grad_(False)
        text.freeze(config.frozen)

    def view(self, studies: Sequence[Study]) -> PairView:
        """One sentence of what is written, beside the image moved."""
        kind = TwiceView if self.config.contrast == "images" else PairView
        return self.pairs(studies, one_sentence, augmentation(self.config), kind)

    def losses(self, image: Features, text: Features, batch: Batch) -> dict[str, Tensor]:
        """Section 2.2, equations 2 to 4: the contrast both ways, weighted."""
        image_BE = self.image_vectors(image)
        if self.config.contrast == "images":
            again_BE = self.image_vectors(self.look(batch["again"].to(image_BE.device)))
            return {"loss": info_nce(image_BE, again_BE, self.log_scale)}
        text_BE = self.text_vectors(text)
        if self.config.contrast == "matching":
            return {"loss": matching_loss(image_BE, text_BE, self.log_scale)}
        return {"loss": info_nce(image_BE, text_BE, self.log_scale, image_share=self.config.image_share)}


def augmentation(config: Config) -> Augmentation:
    """Section 4.1, in part where asked; no hue or saturation, because films are grey."""
    part, pixel = config.augment, config.image_size / 224
    return Augmentation(
        crop=(1 - 0.4 * part, 1.0),
        mirror=config.mirror,
        degrees=20 * part,
        shift=0.1 * part,
        zoom=(1 - 0.05 * part, 1 + 0.05 * part),
        brightness=(1 - 0.4 * part, 1 + 0.4 * part),
        contrast=(1 - 0.4 * part, 1 + 0.4 * part),
        blur=(0.1 * part * pixel, 3.0 * part * pixel),
        blur_chance=0.5,
    )


def stages(config: Config) -> list[Stage]:
    """Everything that is not frozen, at once."""
    return [Stage("pairs", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate)]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, Outlook(config.image_size, 3), WordPieces.of_size(config.vocabulary))


def claim(arm: str, trial: Trial) -> float:
    """How well linear probes on frozen features, each fitted to few patients, tell the findings of others."""
    model = trial.fit(arm, trial.patients("chest", PRETRAINED, **WORLD))
    known, asked = (
        trial.patients("chest", LABELLED * DRAWS, **WORLD),
        trial.patients("chest", MEASURED, held_out=True, **WORLD),
    )
    subjects = list(dict.fromkeys(study.subject for study in known))
    features_NE, asked_ME = model.image_features(known), model.image_features(asked)
    known_NK, truth_MK = presence(known, model.outlook.findings), presence(asked, model.outlook.findings)
    areas = []
    for draw in range(DRAWS):
        chosen = set(subjects[draw::DRAWS])
        rows = [study.subject in chosen for study in known]
        judged_MK = linear_probe(features_NE[rows], known_NK[rows], asked_ME, strength=0.01)
        areas.append(mean_auroc(truth_MK, judged_MK))
    return float(np.mean(areas))
