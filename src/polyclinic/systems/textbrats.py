"""TextBraTS: brain tumours drawn from four MR sequences and the report beside them.

A Swin UNETR sees the whole volume at once, so that a report about the whole brain holds. The text enters at one place,
the coarsest map. What is its own: it enters in two steps. Words look at the map and gather what they mean in this
brain; then each place looks at what the words gathered, and that takes the place of the map. Nothing is mirrored in
training, because reports tell left from right.

Try: `polyclinic prove textbrats`, or `polyclinic phantom brain brains --patients 200 --seed 0` and then
`polyclinic fit textbrats brains --out run`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np
from torch import Tensor, nn

from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.segmenter import UNCHANGED, PatchView, Plan, Wanted, plan_of_size
from polyclinic.bodies.segmenter.reading import ReadingSegmenter
from polyclinic.cards import Card, Claim
from polyclinic.curate.captions import retold
from polyclinic.curate.instructions import match_text
from polyclinic.curate.nested import NESTED, nested
from polyclinic.metrics.masks import dice
from polyclinic.metrics.text_use import TextUse, text_use
from polyclinic.objectives.masks import mask_loss, soft_dice_loss
from polyclinic.parts.connectors.word_fusion import AddedFusion, DirectFusion, NoFusion, SequentialFusion
from polyclinic.parts.decoders.residual import ResidualDecoder
from polyclinic.parts.text.reader import word_reader
from polyclinic.parts.text.wordpieces import TextTokens, WordPieces
from polyclinic.parts.vision.swin_volume import WindowEncoder
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="textbrats",
    title="TextBraTS: text-guided volumetric brain tumour segmentation",
    paper="2506.16784",
    year=2025,
    verbs=("segment",),
    kinds=("segmentation",),
    checked="shape",
    phantom="brain",
    differs="the typical volume fills a patch, where the paper resizes every volume to one cube; greys are scaled and "
    "their contrast changed, where the paper scales and shifts them; the residual unit of the coarsest map stays "
    "behind the fusion; the small preset reads words with a recurrent unit that learns, where the paper reads stored "
    "features of BioBERT, and adds cross-entropy to Dice",
)

CLAIM = Claim(
    says="A report that meets the coarsest map in two steps draws gliomas better than the same network without it.",
    metric="mean Dice of whole tumour, core and enhancing tumour; a region that is rightly left empty counts 1",
    direction="higher",
    smallest=0.02,
    arms=("nano", "no-text"),
    steps=120,
)
TRAINED, MEASURED = 120, 50
WORLD: dict[str, Any] = {"size": 32, "contrast": 0.6, "noise": 2.0, "prevalence": 0.4}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of the cube whose number of voxels the typical volume is brought to.
        poolings: halvings of an axis down to the coarsest map, the patches included.
        width: of the first map; it doubles from map to map.
        depths: blocks of each stage; `heads` likewise.
        window: places along each axis of a window.
        vocabulary: most word pieces that are learned from the Studies' reports.
        longest: most tokens of a report.
        text_width: of the words; `text_depth` layers of a BERT with `text_heads` heads, 0 for a recurrent unit.
        text_rests: whether the text encoder does not learn.
        fusion: how words meet the coarsest map.
        loss: `dice` as published; `both` adds cross-entropy.
        warmup: share of the steps in which the rate rises.
    """

    patch: int = 16
    poolings: int = 3
    width: int = 12
    depths: tuple[int, ...] = (2, 2)
    heads: tuple[int, ...] = (2, 4)
    window: int = 10
    vocabulary: int = 400
    longest: int = 64
    text_width: int = 48
    text_depth: int = 0
    text_heads: int = 1
    text_rests: bool = False
    fusion: Literal["sequential", "direct", "added", "none"] = "sequential"
    loss: Literal["dice", "both"] = "both"
    steps: int = 400
    batch: int = 8
    learning_rate: float = 3e-3
    weight_decay: float = 1e-5
    warmup: float = 0.1


PRESETS = {
    "nano": Config(),
    "no-text": Config(fusion="none"),
    "added": Config(fusion="added"),
    "direct": Config(fusion="direct"),
    "paper": Config(
        patch=128,
        poolings=5,
        width=48,
        depths=(2, 2, 2, 2),
        heads=(3, 6, 12, 24),
        window=7,
        vocabulary=28_996,
        longest=128,
        text_width=768,
        text_depth=12,
        text_heads=12,
        text_rests=True,
        loss="dice",
        steps=22_000,
        batch=2,
        learning_rate=1e-4,
        warmup=0.25,
    ),
}


class TextNetwork(nn.Module):
    """Encoder, fusion at the coarsest map, decoder, and a layer that draws."""

    def __init__(self, config: Config, plan: Plan, width_text: int) -> None:
        super().__init__()
        stages = len(plan.pooling) - 1
        self.encoder = WindowEncoder(
            channels=plan.width_in,
            width=config.width,
            depths=config.depths[:stages],
            heads=config.heads[:stages],
            window=config.window,
            pooling=plan.pooling,
        )
        self.fuse = fusion(config, plan, self.encoder.widths_maps[-1], width_text)
        self.decoder = ResidualDecoder(channels=plan.width_in, widths=self.encoder.widths_maps, pooling=plan.pooling)
        self.draw = nn.Conv3d(self.decoder.width_out, plan.width_out, 1)

    def forward(self, volume_BCZYX: Tensor, words_BLE: Tensor, real_BL: Tensor) -> Tensor:
        """Logits of each region at the volume's resolution."""
        *finer, coarsest = self.encoder(volume_BCZYX)
        seen_BEZYX = self.decoder(volume_BCZYX, [*finer, self.fuse(coarsest, words_BLE, real_BL)])
        return self.draw(seen_BEZYX)


def fusion(config: Config, plan: Plan, width: int, width_text: int) -> nn.Module:
    """The preset's way of words into a map of this width."""
    sides = [side // prod(factors) for side, factors in zip(plan.patch, zip(*plan.pooling, strict=True), strict=True)]
    match config.fusion:
        case "sequential":
            return SequentialFusion(width=width, width_text=width_text, sides=sides)
        case "direct":
            return DirectFusion(width=width, width_text=width_text, sides=sides)
        case "added":
            return AddedFusion(width=width, width_text=width_text)
        case "none":
            return NoFusion()


class Model(ReadingSegmenter):
    """The whole system: text encoder and network."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, plan: Plan, tokens: TextTokens) -> None:
        reader = word_reader(
            vocabulary=len(tokens), width=config.text_width, depth=config.text_depth, heads=config.text_heads
        )
        super().__init__(
            config=config,
            plan=plan,
            tokens=tokens,
            text_encoder=reader,
            network=TextNetwork(config, plan, reader.width_tokens),
            augment=dataclasses.replace(UNCHANGED, shade=1.0, shades=(0.9, 1.1)),
        )
        reader.requires_grad_(not config.text_rests and config.fusion != "none")

    @classmethod
    def wanted(cls, config: Any) -> Wanted:
        """A patch that the typical volume fills."""
        return Wanted(patch=config.patch, poolings=config.poolings, dimensions=3, covers=1.0)

    @classmethod
    def seen(cls, studies: Sequence[Study]) -> Sequence[Study]:
        """Tumours as nested regions."""
        return [nested(study) for study in studies]

    def view(self, studies: Sequence[Study]) -> PatchView:
        """Whole volumes with nested regions."""
        return super().view(self.seen(studies))

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """Logits of the nested regions, the report beside the volume."""
        read, tokens = self.read(texts)
        return [self.network(image_BCX, read.tokens_BNE, tokens.mask_BL)]

    def losses(self, logits: list[Tensor], batch: Batch) -> dict[str, Tensor]:
        """Dice of each region by itself, not against the others."""
        (logits_BKX,), target, known_BK = logits, batch["target"], batch["known"]
        if self.config.loss == "both":
            return {"loss": mask_loss(logits_BKX, target, known_BK)}
        loss_BK = soft_dice_loss(logits_BKX, target) * known_BK
        return {"loss": loss_BK.sum() / known_BK.sum().clamp(min=1)}


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [
        Stage(
            "masks",
            steps=config.steps,
            batch=config.batch,
            learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
            warmup=config.warmup,
            betas=(0.9, 0.999),
        )
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: four sequences, three regions."""
    plan = plan_of_size(channels=4, classes=3, wanted=Model.wanted(config))
    return Model(config, plan, WordPieces.of_size(config.vocabulary))


def claim(arm: str, trial: Trial) -> float:
    """How well the tumours of brains that were not trained on are drawn."""
    model = trial.fit(arm, trial.patients("brain", TRAINED, **WORLD))
    return float(np.mean(tumour_dice(model, trial.patients("brain", MEASURED, held_out=True, **WORLD))))


def tumour_dice(model: Any, studies: Sequence[Study]) -> list[float]:
    """Mean Dice over the three regions of each Study."""
    drawn = model.segment(studies, [NESTED] * len(studies))
    return [_mean_dice(nested(study), regions) for study, regions in zip(studies, drawn, strict=True)]


def _mean_dice(truth: Study, drawn: Sequence[Any]) -> float:
    scores = []
    for region in drawn:
        parts = [part.array for part in truth.regions if part.name == region.name]
        reference = np.logical_or.reduce(parts) if parts else np.zeros_like(region.array)
        scores.append(dice(reference, region.array))
    return float(np.mean(scores))


def report_use(model: Any, studies: Sequence[Study]) -> TextUse:
    """Dice of each Study with its own report, with none, and with that of another patient."""

    def score(texts: Sequence[str]) -> list[float]:
        return tumour_dice(model, [retold(study, text) for study, text in zip(studies, texts, strict=True)])

    return text_use(score, [match_text(study) for study in studies])
