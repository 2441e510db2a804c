"""BiomedParse: name an object, get its mask, its box, and whether it is there at all.

A text is read beside a set of learned queries that look at an image's maps, each only where the layer before saw its
mask; the query that is most like the text gives the mask. What is its own: one vocabulary for all modalities, no boxes
to prompt with, and a test of a mask against what masks of that name looked like in training, which tells a name that
does not belong to the image though training never showed one.

Try: `polyclinic prove biomedparse`, or `polyclinic phantom chest chest --patients 300 --seed 0`, then
`polyclinic fit biomedparse chest --out run` and `polyclinic find run IMAGE "pleural effusion"`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.segmenter import UNCHANGED, Plan, Segmenter, Wanted, plan_of_size
from polyclinic.bodies.segmenter.resampling import resized
from polyclinic.bodies.segmenter.scene import on_grid, with_flags
from polyclinic.cards import Card, Claim
from polyclinic.curate.anatomy import meant_by
from polyclinic.metrics.classification import auroc
from polyclinic.objectives.labels import target_at
from polyclinic.objectives.queries import matched, phrase_loss
from polyclinic.parts.decoders.judging import BetaMemory, agreement
from polyclinic.parts.decoders.phrases import Asked, Found, PhraseDecoder, PixelDecoder
from polyclinic.parts.decoders.queries import QueryDecoder, QueryLayer
from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.clip_text import CausalTextEncoder
from polyclinic.parts.text.grams import Grams
from polyclinic.parts.vision import ENCODERS
from polyclinic.study import Region, Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="biomedparse",
    title="A foundation model for joint segmentation, detection and recognition of biomedical objects",
    paper="2405.12971",
    year=2024,
    verbs=("segment", "find", "classify"),
    kinds=("segmentation", "detection", "classifier"),
    checked="shape",
    weights="Apache-2.0",
    differs="words are told apart by a hash; the words of a text are not changed by the layers; prompts of points and "
    "scribbles narrow a text's mask down and are no queries; losses look at all pixels, not at 12,544; Beta "
    "distributions are fitted by moments to what the end of training saw, not to a second pass; names come in the "
    "words of a small tree of terms, not of a language model",
)

CLAIM = Claim(
    says="A test of masks against what training drew tells names that do not belong better than confidence does.",
    metric="AUROC of names that are there against names that are not, in held-out films and ultrasound",
    direction="higher",
    smallest=0.03,
    arms=("nano", "confidence"),
    steps=400,
)
TRAINED, MEASURED = 150, 40
DOMAINS = ("chest", "ultrasound")
WORLD: dict[str, Any] = {"size": 64, "noise": 0.5, "contrast": 2.0}
# Weights beside the mask's: of which query a text means, as in the released configuration, and of the kind of object,
# chosen here.
MEANS, KIND = 0.4, 0.4
MODALITIES = {"CT": "CT", "MR": "MRI", "DX": "X-ray", "CR": "X-ray", "US": "ultrasound", "ES": "endoscopy"}
UNTOLD = 0.5


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a picture in pixels; `poolings` how often it must halve.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS` that gives two maps or more.
        width: of texts, queries and maps; all attention has `heads` heads, layers are `hidden` wide inside.
        mixing: transformer layers over the coarsest map.
        queries: that look for a text's object, through `layers` layers.
        text_width: of the text encoder; `text_depth` layers, `text_heads` heads.
        vocabulary: words that are told apart; `longest` of a text are read.
        texts: of an image in a training step.
        judge: what tells whether an object is there: `beta`, the test against training, or `confidence`, the mask's own
            mean probability.
        lowest: judgements below it mean absence, where all that is known was asked for or a box.
        batch: pictures a step.
    """

    patch: int = 64
    poolings: int = 4
    encoder: str = "conv-nano"
    width: int = 64
    heads: int = 4
    hidden: int = 128
    mixing: int = 1
    queries: int = 8
    layers: int = 3
    text_width: int = 64
    text_depth: int = 1
    text_heads: int = 4
    vocabulary: int = 4096
    longest: int = 77
    texts: int = 4
    judge: Literal["beta", "confidence"] = "beta"
    lowest: float = 0.05
    steps: int = 600
    batch: int = 8
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "confidence": Config(judge="confidence"),
    "paper": Config(
        patch=1024,
        poolings=5,
        encoder="focalnet-l",
        width=512,
        heads=8,
        hidden=2048,
        mixing=6,
        queries=101,
        layers=9,
        text_width=512,
        text_depth=12,
        text_heads=8,
        vocabulary=49_408,
        steps=500_000,
        batch=32,
        learning_rate=1e-4,
    ),
}


def statistics(mask_YX: Tensor, image_CYX: Tensor) -> Tensor | None:
    """Mean probability within a mask, and each channel's mean there, squashed to 0 to 1; None of an empty mask."""
    inside_YX = mask_YX > 0
    if not inside_YX.any():
        return None
    return torch.cat([mask_YX[inside_YX].mean()[None].sigmoid(), image_CYX[:, inside_YX].mean(1).sigmoid()])


class Model(Segmenter):
    """The whole system: text encoder, parser, the kind of object beside it, and the memory of masks."""

    card, config_type = CARD, Config
    open_vocabulary = True
    network: PhraseDecoder

    def __init__(self, config: Config, plan: Plan) -> None:
        encoder = ENCODERS[config.encoder](channels=plan.width_in, image_size=plan.patch[0])
        width, heads, hidden = config.width, config.heads, config.hidden
        pixels = PixelDecoder(encoder=encoder, width=width, heads=heads, hidden=hidden, depth=config.mixing)
        layers = [QueryLayer(width=width, heads=heads, hidden=hidden, among=True) for _ in range(config.layers)]
        super().__init__(
            config=config,
            plan=plan,
            network=PhraseDecoder(
                pixels=pixels,
                queries=QueryDecoder(layers=layers, width=width),
                count=config.queries,
                width=width,
                width_text=config.text_width,
            ),
            augment=replace(UNCHANGED, turn=0.2, degrees=15.0, zoom=0.2, scale=(0.9, 1.1)),
        )
        self.tokens = Grams.of_size(config.vocabulary)
        self.reader = CausalTextEncoder(
            vocabulary=config.vocabulary,
            width=config.text_width,
            depth=config.text_depth,
            heads=config.text_heads,
            longest=config.longest,
            activation=nn.GELU(),
        )
        self.kinds = tuple(sorted({plan.kinds.get(name, "") for name in plan.classes}))
        self.kind = nn.Linear(width, len(self.kinds))
        self.memory = BetaMemory(
            modalities=len(MODALITIES) + 1, classes=len(plan.classes), statistics=1 + len(plan.channels)
        )

    @classmethod
    def wanted(cls, config: Config) -> Wanted:
        """Pictures, and a mask for each text."""
        return Wanted(config.patch, config.poolings, overlapping=True)

    def say(self, study: Study, rng: np.random.Generator | None) -> str:
        """Site and modality, which follow the object's name in a text."""
        modality = study.current_images[0].modality if study.current_images else None
        return " ".join(["in", study.domain or "", MODALITIES.get(modality or "", "image")])

    def ask(self, texts: Sequence[str], item_N: Tensor) -> Asked:
        """Texts as the network takes them."""
        read = TokenBatch(*(part.to(self.device) for part in self.tokens.batch(texts, self.config.longest)))
        return Asked(self.reader(read), ~read.mask_BL, item_N.to(self.device))

    def best(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> Tensor:
        """Mask logits (B, K, y, x) at a quarter of the resolution, of the query that each text means."""
        asked = [f"{name} {text}" for text in texts for name in names]
        item_N = torch.arange(len(texts)).repeat_interleave(len(names))
        found = self.network(image_BCX, self.ask(asked, item_N))[-1]
        chosen_NYX = found.masks_NQYX[torch.arange(len(asked)), found.like_NQ.argmax(1)]
        return chosen_NYX.reshape(len(texts), len(names), *chosen_NYX.shape[1:])

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """The masks at full resolution."""
        masks_BKYX = self.best(image_BCX, texts, names)
        return [F.interpolate(masks_BKYX, image_BCX.shape[2:], mode="bilinear", align_corners=False)]

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Losses of some texts of each image, all about objects that are there."""
        batch = self.moved(batch)
        item_N, class_N, there_N = self._drawn(batch)
        said = [
            self._said(self.plan.classes[k], batch["texts"][b])
            for b, k in zip(item_N.tolist(), class_N.tolist(), strict=True)
        ]
        found = self.network(batch["image"], self.ask(said, item_N))
        target_NYX = target_at(batch["target"], found[0].masks_NQYX.shape[2:])[item_N, class_N]
        parts = [phrase_loss(each.masks_NQYX, each.like_NQ, target_NYX, there_N, MEANS) for each in found]
        drawn, means = (torch.stack([part[i] for part in parts]).sum() for i in range(2))
        matched_N = matched(found[-1].masks_NQYX, found[-1].like_NQ, target_NYX, MEANS)
        kind_N = torch.tensor(
            [self.kinds.index(self.plan.kinds.get(self.plan.classes[k], "")) for k in class_N.tolist()]
        )
        normed_NE = found[-1].normed_NQE[torch.arange(len(matched_N)), matched_N]
        kinds_N = F.cross_entropy(self.kind(normed_NE), kind_N.to(self.device), reduction="none")
        kind = (kinds_N * there_N).sum() / there_N.sum().clamp(min=1)
        if self.training:
            self._remember(batch, found[-1], item_N, class_N, there_N)
        return {"loss": drawn + MEANS * means + KIND * kind, "drawn": drawn, "means": means, "kind": kind}

    def _drawn(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Image and class of the texts of a step, and 1 for each; where nothing is there, one that counts nothing."""
        there_BK = (batch["target"].flatten(2).amax(-1) > 0.5) & batch["known"]
        order_BK = torch.rand(there_BK.shape).to(self.device).masked_fill(~there_BK, -1)
        first_BK = order_BK.argsort(1, descending=True)[:, : self.config.texts]
        pairs = [(b, k) for b, row in enumerate(first_BK.tolist()) for k in row if there_BK[b, k]]
        item_N, class_N = torch.tensor(pairs or [(0, 0)], device=self.device).unbind(1)
        return item_N, class_N, torch.full((len(item_N),), float(bool(pairs)), device=self.device)

    def _said(self, name: str, text: str) -> str:
        """A class in one of the ways to say it."""
        ways = meant_by(name)
        return f"{ways[int(torch.randint(len(ways), ()))]} {text}"

    @torch.no_grad()
    def _remember(self, batch: Batch, found: Found, item_N: Tensor, class_N: Tensor, there_N: Tensor) -> None:
        masks_NYX = found.masks_NQYX[torch.arange(len(item_N)), found.like_NQ.argmax(1)]
        image_BCYX = self._seen(batch["image"], masks_NYX.shape[1:])
        told = [statistics(mask, image_BCYX[b]) for mask, b in zip(masks_NYX, item_N.tolist(), strict=True)]
        kept = [n for n, values in enumerate(told) if values is not None and there_N[n]]
        if kept:
            modality_N = torch.tensor([self._modality(batch["texts"][b]) for b in item_N[kept].tolist()])
            values_NS = torch.stack([values for n in kept if (values := told[n]) is not None])
            self.memory.note(modality_N, class_N[kept], values_NS)

    def _seen(self, image_BCX: Tensor, size: Sequence[int]) -> Tensor:
        return F.adaptive_avg_pool2d(image_BCX[:, : len(self.plan.channels)], (size[0], size[1]))

    @staticmethod
    def _modality(text: str) -> int:
        known = list(dict.fromkeys(MODALITIES.values()))
        last = text.rpartition(" ")[2]
        return known.index(last) if last in known else len(known)

    @torch.inference_mode()
    def judge(self, study: Study, names: Sequence[str]) -> list[float]:
        """How well each name's mask goes with it, 0 to 1; 0 of an empty one, a half where training tells nothing."""
        image, present, _ = on_grid(study, self.plan, self.channel_name)
        fitted_1CYX = resized(with_flags(image, present, self.plan), self.plan.patch)[None].to(self.device)
        text = self.say(study, None)
        masks_KYX = self.best(fitted_1CYX, [text], names)[0]
        image_CYX = self._seen(fitted_1CYX, masks_KYX.shape[1:])[0]
        told = [statistics(mask, image_CYX) for mask in masks_KYX]
        return [self._judged(name, text, values) for name, values in zip(names, told, strict=True)]

    def _judged(self, name: str, text: str, values_S: Tensor | None) -> float:
        if values_S is None:
            return 0.0
        if self.config.judge == "confidence":
            return float(values_S[0])
        number = next((k for k, own in enumerate(self.plan.classes) if name in meant_by(own)), None)
        betas_S2 = None if number is None else self.memory.betas(self._modality(text), number)
        if betas_S2 is None:
            return UNTOLD
        return agreement(values_S.double().cpu().numpy(), betas_S2)

    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        """For each Study and name whether it is there, as `judge` says."""
        return [dict(zip(names, self.judge(study, names), strict=True)) for study in studies]

    def segment(self, studies: Sequence[Study], prompts: Sequence[Sequence[str | Region]]) -> list[list[Region]]:
        """A mask for each prompt with its judgement as the score; without prompts, all that is judged to be there."""
        drawn = super().segment(studies, prompts)
        return [self._scored(*each) for each in zip(studies, prompts, drawn, strict=True)]

    def _scored(self, study: Study, asked: Sequence[str | Region], regions: list[Region]) -> list[Region]:
        if study.current_images[0].is_volume or not all(region.name for region in regions):
            return regions
        scores = self.judge(study, [region.name for region in regions])
        scored = [replace(region, score=score) for region, score in zip(regions, scores, strict=True)]
        return scored if asked else [region for region in scored if (region.score or 0) >= self.config.lowest]

    def find(self, studies: Sequence[Study], phrases: Sequence[str]) -> list[list[Region]]:
        """The box around a phrase's mask, unless it is judged to be absent."""
        drawn = self.segment(studies, [[phrase] for phrase in phrases])
        return [
            [replace(r, mask=None) for r in regions if r.box is not None and (r.score or 0) >= self.config.lowest]
            for regions in drawn
        ]


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [Stage("parse", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate, clip=5.0)]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: colour pictures of 82 classes, as published."""
    return Model(config, plan_of_size(channels=3, classes=82, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well names that are there are told from names that are not, those of the other domain included."""
    model = trial.fit(arm, [s for domain in DOMAINS for s in trial.patients(domain, TRAINED, **WORLD)])
    studies = [s for domain in DOMAINS for s in trial.patients(domain, MEASURED, held_out=True, **WORLD)]
    return recognised(model, studies, model.plan.classes)


def recognised(model: Any, studies: Sequence[Study], names: Sequence[str]) -> float:
    """AUROC of a model's judgements over pairs of a Study and a name that is drawn on it or sure to be absent."""
    scores, truth = [], []
    for study, judged in zip(studies, model.classify(studies, names), strict=True):
        drawn = {region.name for region in study.regions}
        unsure = {finding.name for finding in study.findings if finding.present is not False} - drawn
        scores += [judged[name] for name in names if name not in unsure]
        truth += [name in drawn for name in names if name not in unsure]
    return float(auroc(np.array(truth), np.array(scores))[0])
