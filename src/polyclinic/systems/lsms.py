"""LSMS: a lesion is drawn that a sentence points at, among others that it does not.

What is its own: language is one more branch of the convolutional attention. In every block of the encoder strips of
several lengths and the words of the sentence say together how much each place and channel counts, so that what is
looked for shapes what is seen from the first block on. The decoder brings all scales to one resolution and lets each
place look at all of them in one go. What is drawn is pulled towards its sentence and away from those of other images.

Try: `polyclinic prove lsms`, or `polyclinic phantom chest chest --patients 300 --seed 0`, then
`polyclinic fit lsms chest --out run` and `polyclinic segment run IMAGE "small nodule, left upper"`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.segmenter import UNCHANGED, PatchView, Plan, Wanted, plan_of_size
from polyclinic.bodies.segmenter.reading import ReadingSegmenter
from polyclinic.cards import Card, Claim
from polyclinic.curate.captions import retold
from polyclinic.curate.instructions import match_text
from polyclinic.curate.referring import referred
from polyclinic.metrics.masks import mean_dice
from polyclinic.metrics.text_use import TextUse, text_use
from polyclinic.objectives.contrast import info_nce
from polyclinic.objectives.labels import IGNORED
from polyclinic.parts.connectors.word_gate import WordGate
from polyclinic.parts.decoders.full_scale import FullScaleDecoder
from polyclinic.parts.text.reader import word_reader
from polyclinic.parts.text.wordpieces import TextTokens, WordPieces
from polyclinic.parts.vision.strips import StripEncoder
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="lsms",
    title="LSMS: language-guided scale-aware medical segmentor for referring segmentation",
    paper="2408.17347",
    year=2024,
    verbs=("segment",),
    kinds=("segmentation", "detection"),
    checked="shape",
    differs="one logit a pixel, which is the difference of the paper's two; weight and temperature of the contrast are "
    "chosen here; places of all scales look at each other at one resolution; nothing is pre-trained; the small preset "
    "reads words with a recurrent unit, where the paper has BERT",
)

CLAIM = Claim(
    says="Language in every block's attention draws what a sentence points at better than language at the end alone.",
    metric="mean Dice of the lesion that is pointed at, on held-out films with several",
    direction="higher",
    smallest=0.02,
    arms=("nano", "late"),
    steps=260,
)
TRAINED, MEASURED = 300, 80
WORLD: dict[str, Any] = {"size": 64, "prevalence": 0.45, "contrast": 2.0, "noise": 0.5, "anatomy": 0.5}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a patch in pixels; a multiple of 32.
        widths: of the four stages; `depths` blocks and `ratios` of inner widths likewise.
        near: side of the square kernel; `strips` lengths of the strips.
        start: by which each block's parts are scaled at first; small steps from a pre-trained encoder want little.
        blocks_read: whether words take part in every block; `end_reads` whether they do before the drawing.
        vocabulary: most word pieces that are learned from the Studies' phrases.
        longest: most tokens of a phrase.
        text_width: of the words; `text_depth` layers of a BERT with `text_heads` heads, 0 for a recurrent unit.
        level: of the maps, whose resolution the decoder works at.
        width: within the decoder.
        contrast: weight of matching what is drawn with its sentence.
        lesion: weight of a pixel of the lesion; `rest` of another one.
    """

    patch: int = 64
    widths: tuple[int, ...] = (16, 32, 64, 64)
    depths: tuple[int, ...] = (1, 1, 1, 1)
    ratios: tuple[int, ...] = (4, 4, 4, 4)
    near: int = 5
    strips: tuple[int, ...] = (7, 11, 21)
    start: float = 1.0
    blocks_read: bool = True
    end_reads: bool = False
    vocabulary: int = 300
    longest: int = 24
    text_width: int = 48
    text_depth: int = 0
    text_heads: int = 1
    level: int = 1
    width: int = 64
    heads: int = 4
    contrast: float = 0.1
    lesion: float = 1.1
    rest: float = 0.9
    steps: int = 600
    batch: int = 16
    learning_rate: float = 3e-3


PRESETS = {
    "nano": Config(),
    "late": Config(blocks_read=False, end_reads=True),
    "mute": Config(blocks_read=False),
    "square": Config(near=3, strips=()),
    "no-contrast": Config(contrast=0.0),
    "paper": Config(
        patch=480,
        widths=(64, 128, 320, 512),
        depths=(3, 3, 12, 3),
        ratios=(8, 8, 4, 4),
        start=1e-2,
        vocabulary=30_522,
        longest=30,
        text_width=768,
        text_depth=12,
        text_heads=12,
        level=2,
        width=512,
        heads=8,
        steps=40_000,
        batch=8,
        learning_rate=5e-5,
    ),
}


class ReferringNetwork(nn.Module):
    """Encoder with words in its attention, decoder of all scales, words there where they are fused late, a layer."""

    def __init__(self, config: Config, channels: int, width_text: int) -> None:
        super().__init__()

        def gate(width: int) -> WordGate:
            return WordGate(width=width, width_text=width_text)

        self.encoder = StripEncoder(
            channels=channels,
            widths=config.widths,
            depths=config.depths,
            ratios=config.ratios,
            near=config.near,
            kernels=config.strips,
            words=gate if config.blocks_read else None,
            start=config.start,
        )
        self.decoder = FullScaleDecoder(
            widths=config.widths, level=config.level, width=config.width, heads=config.heads
        )
        self.end = gate(config.width) if config.end_reads else None
        self.draw = nn.Conv2d(config.width, 1, 1)

    def forward(self, image_BCYX: Tensor, words_BLT: Tensor, real_BL: Tensor) -> tuple[Tensor, Tensor]:
        """The logit of each pixel (B, 1, Y, X), and the map (B, E, y, x) that it is drawn from."""
        seen_BEYX = self.decoder(self.encoder(image_BCYX, words_BLT, real_BL))
        if self.end is not None:
            seen_BEYX = seen_BEYX + self.end(seen_BEYX, words_BLT, real_BL)
        logit_B1YX = F.interpolate(self.draw(seen_BEYX), image_BCYX.shape[2:], mode="bilinear", align_corners=False)
        return logit_B1YX, seen_BEYX


class Model(ReadingSegmenter):
    """The whole system. A prompt is the sentence; without prompts it is what is written of the Study."""

    card, config_type = CARD, Config
    open_vocabulary = True

    def __init__(self, config: Config, plan: Plan, tokens: TextTokens) -> None:
        reader = word_reader(
            vocabulary=len(tokens), width=config.text_width, depth=config.text_depth, heads=config.text_heads
        )
        super().__init__(
            config=config,
            plan=plan,
            tokens=tokens,
            text_encoder=reader,
            network=ReferringNetwork(config, plan.width_in, reader.width_tokens),
            augment=dataclasses.replace(UNCHANGED, noise=0.2, shade=0.5),
        )
        reader.requires_grad_(config.blocks_read or config.end_reads or config.contrast > 0)
        if config.contrast:
            self.sentence = nn.Linear(reader.width_out, config.width)
            self.log_scale = nn.Parameter(torch.tensor(2.0))

    @classmethod
    def wanted(cls, config: Any) -> Wanted:
        """Pictures and slices."""
        return Wanted(patch=config.patch, poolings=5)

    @classmethod
    def seen(cls, studies: Sequence[Study]) -> Sequence[Study]:
        """One Study for each lesion that a phrase points at."""
        return [pointed for study in studies for pointed in referred(study)]

    def view(self, studies: Sequence[Study]) -> PatchView:
        """Pictures with a phrase and the mask that it points at."""
        return super().view(self.seen(studies))

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """A mask for each name: that of a prompt is its own sentence, the training's class has the Study's text."""
        told = [texts if name in self.plan.classes else [name] * len(texts) for name in names]
        return [torch.cat([self.look(image_BCX, sentences)[0] for sentences in told], 1)]

    def look(self, image_BCYX: Tensor, sentences: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Logits, the map that they are drawn from, and the sentences' vectors (B, T)."""
        read, tokens = self.read(sentences)
        logit_B1YX, seen_BEYX = self.network(image_BCYX, read.tokens_BNE, tokens.mask_BL)
        return logit_B1YX, seen_BEYX, read.pooled_BE

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Weighted cross-entropy, and the contrast of what is drawn with its sentence."""
        batch = self.moved(batch)
        logit_B1YX, seen_BEYX, told_BT = self.look(batch["image"], batch["texts"])
        label_BYX = batch["target"]
        found = {"masks": self.weighted(logit_B1YX[:, 0], label_BYX)}
        if self.config.contrast:
            lesion_BEN = F.interpolate((label_BYX == 1)[:, None].float(), seen_BEYX.shape[2:], mode="area").flatten(2)
            shown_B = lesion_BEN.sum((1, 2)) > 0
            pooled_BE = (seen_BEYX.flatten(2) * lesion_BEN).sum(2) / lesion_BEN.sum(2).clamp(min=1e-6)
            vectors = (F.normalize(each[shown_B], dim=-1) for each in (pooled_BE, self.sentence(told_BT)))
            found["contrast"] = info_nce(*vectors, self.log_scale)
        total = found["masks"] + self.config.contrast * found.get("contrast", 0.0)
        return {"loss": total, **found}

    def weighted(self, logit_BYX: Tensor, label_BYX: Tensor) -> Tensor:
        """Mean cross-entropy over known pixels, those of the lesion counting a little more."""
        lesion_BYX = (label_BYX == 1).float()
        weight_BYX = torch.where(lesion_BYX > 0, self.config.lesion, self.config.rest) * (label_BYX != IGNORED)
        each_BYX = F.binary_cross_entropy_with_logits(logit_BYX, lesion_BYX, reduction="none")
        return (each_BYX * weight_BYX).sum() / weight_BYX.sum().clamp(min=1)


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [
        Stage(
            "masks",
            steps=config.steps,
            batch=config.batch,
            learning_rate=config.learning_rate,
            weight_decay=0.01,
            betas=(0.9, 0.999),
        )
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: a colour picture."""
    plan = plan_of_size(channels=3, classes=1, wanted=Model.wanted(config))
    return Model(config, plan, WordPieces.of_size(config.vocabulary))


def claim(arm: str, trial: Trial) -> float:
    """How well lesions are drawn that are pointed at among others."""
    model = trial.fit(arm, trial.patients("chest", TRAINED, **WORLD))
    return float(np.mean(pointed_dice(model, among_others(trial.patients("chest", MEASURED, held_out=True, **WORLD)))))


def among_others(studies: Sequence[Study]) -> list[Study]:
    """A Study for each lesion of those that show several."""
    return [pointed for study in studies if len(several := referred(study)) > 1 for pointed in several]


def pointed_dice(model: Any, pointed: Sequence[Study]) -> list[float]:
    """Dice of the lesion that each Study's text points at."""
    drawn = model.segment(pointed, [[]] * len(pointed))
    return [mean_dice([study], [regions]) for study, regions in zip(pointed, drawn, strict=True)]


def phrase_use(model: Any, pointed: Sequence[Study]) -> TextUse:
    """Dice with the phrase that points at the lesion, with none, and with one that points at another."""

    def score(texts: Sequence[str]) -> list[float]:
        return pointed_dice(model, [retold(study, text) for study, text in zip(pointed, texts, strict=True)])

    return text_use(score, [match_text(study) for study in pointed])
