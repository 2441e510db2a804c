"""MulModSeg: one network for CT and MR of the same organs, learned from scans that nobody has both of.

Encoder and decoder are shared. Each class is drawn by three small layers whose weights are written from a vector of the
class and from the image. What is its own: the class's vector is that of a phrase which names the modality too, so that
a liver on CT and a liver on MR are drawn by other weights; and steps alternate between batches of CT and of MR, so that
neither leads and no batch mixes them.

Try: `polyclinic prove mulmodseg`, or `polyclinic phantom abdomen trunks --patients 60 --seed 0` and then
`polyclinic fit mulmodseg trunks --out run`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from polyclinic.bodies.base import Trial, View
from polyclinic.bodies.segmenter import UNCHANGED, Plan, Segmenter, Wanted, plan_of_size
from polyclinic.bodies.segmenter.alternating import AlternatingView
from polyclinic.bodies.segmenter.inference import Decided
from polyclinic.bodies.segmenter.scene import GREY
from polyclinic.cards import Card, Claim
from polyclinic.curate.slices import flattened
from polyclinic.curate.windowing import windowed
from polyclinic.metrics.masks import mean_dice
from polyclinic.metrics.text_use import TextUse, text_use
from polyclinic.parts.decoders.residual import ResidualDecoder
from polyclinic.parts.decoders.written import WrittenHeads
from polyclinic.parts.text.fixed import phrase_vectors
from polyclinic.parts.vision.swin_volume import WindowEncoder
from polyclinic.parts.vision.unet import UNetDecoder, UNetEncoder
from polyclinic.study import Image, Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="mulmodseg",
    title="MulModSeg: unpaired multi-modal segmentation with modality-conditioned text and alternating training",
    paper="2411.15576",
    year=2024,
    verbs=("segment",),
    kinds=("segmentation",),
    checked="shape",
    phantom="abdomen",
    differs="phrases become fixed vectors of their words, where the paper takes CLIP's; the background is left out of "
    "Dice; volumes are resampled to their typical spacing; greys are scaled and their contrast changed, where the "
    "paper shifts them and moves the patch a little",
)

CLAIM = Claim(
    says="Phrases that name the modality, and steps that alternate, draw organs better than one blind, mixed training.",
    metric="mean Dice of four organs on held-out slices, CT and MR each counting half",
    direction="higher",
    smallest=0.02,
    arms=("nano", "blind"),
    steps=200,
)
ORGANS = ("left kidney", "liver", "right kidney", "spleen")
TRAINED, MEASURED, SHARE_MR = 36, 12, 3
WORLD: dict[str, Any] = {"size": 64, "prevalence": 0.0, "noise": 2.0}
WINDOW_HU = (-125.0, 275.0)
BACKGROUND = "background"
MODALITIES = {"CT": "computed tomography imaging", "MR": "magnetic resonance imaging"}
PHRASES = {
    "organ": "photo of a {organ}",
    "present": "{organ} in this {modality}",
    "seen": "{organ} as seen in {modality}",
}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a patch in pixels; of volumes the cube with as many voxels.
        poolings: halvings of an axis down to the coarsest map.
        dimensions: 2 for slices, 3 for volumes.
        backbone: `unet`, or `swin` for Swin UNETR.
        width: of the first map; it doubles from map to map. A multiple of 16.
        phrase: what a class is called: `organ` is blind to the modality.
        alternate: whether batches of CT and MR come by turns; else they are mixed.
        text_width: of the phrases' vectors; `common` what image and text are brought to; `narrow` channels in a head.
        shade: chance of other greys.
    """

    patch: int = 64
    poolings: int = 3
    dimensions: Literal[2, 3] = 2
    backbone: Literal["unet", "swin"] = "unet"
    width: int = 16
    phrase: Literal["organ", "present", "seen"] = "seen"
    alternate: bool = True
    text_width: int = 64
    common: int = 32
    narrow: int = 8
    shade: float = 0.5
    steps: int = 800
    batch: int = 8
    learning_rate: float = 3e-3
    weight_decay: float = 1e-5
    warmup: float = 0.05


PRESETS = {
    "nano": Config(),
    "blind": Config(phrase="organ", alternate=False),
    "mixed": Config(alternate=False),
    "unnamed": Config(phrase="organ"),
    "paper": Config(
        patch=96,
        poolings=5,
        dimensions=3,
        backbone="swin",
        width=48,
        text_width=512,
        common=256,
        steps=300_000,
        batch=2,
        learning_rate=1e-4,
        warmup=0.01,
    ),
}


class SwinBackbone(nn.Module):
    """Swin UNETR: windows on the way down, residual units on the way up."""

    def __init__(self, config: Config, plan: Plan) -> None:
        super().__init__()
        stages = len(plan.pooling) - 1
        self.encoder = WindowEncoder(
            channels=plan.width_in,
            width=config.width,
            depths=(2,) * stages,
            heads=[3 * 2**i for i in range(stages)],
            window=7,
            pooling=plan.pooling,
        )
        self.decoder = ResidualDecoder(channels=plan.width_in, widths=self.encoder.widths_maps, pooling=plan.pooling)
        self.width_coarse, self.width_fine = self.encoder.widths_maps[-1], self.decoder.width_out

    def forward(self, image_BCX: Tensor) -> tuple[Tensor, Tensor]:
        """The coarsest map, and that at full resolution."""
        maps = self.encoder(image_BCX)
        return maps[-1], self.decoder(image_BCX, maps)


class UNetBackbone(nn.Module):
    """A plain U-Net."""

    def __init__(self, config: Config, plan: Plan) -> None:
        super().__init__()
        widths = [config.width * 2**i for i in range(len(plan.pooling) + 1)]
        self.encoder = UNetEncoder(channels=plan.width_in, widths=widths, pooling=plan.pooling, depth=2)
        self.decoder = UNetDecoder(widths=widths, pooling=plan.pooling, depth=2)
        self.width_coarse, self.width_fine = widths[-1], widths[0]

    def forward(self, image_BCX: Tensor) -> tuple[Tensor, Tensor]:
        """The coarsest map, and that at full resolution."""
        maps = self.encoder(image_BCX)
        return maps[-1], self.decoder(maps)[0]


class Model(Segmenter):
    """The whole system: a shared backbone, a bank of phrases' vectors, and heads that are written from them."""

    card, config_type = CARD, Config
    bank_MKT: Tensor

    def __init__(self, config: Config, plan: Plan) -> None:
        make: type[SwinBackbone | UNetBackbone] = SwinBackbone if config.backbone == "swin" else UNetBackbone
        backbone = make(config, plan)
        super().__init__(
            config=config,
            plan=plan,
            network=backbone,
            augment=dataclasses.replace(UNCHANGED, shade=config.shade, shades=(0.9, 1.1)),
        )
        self.heads = WrittenHeads(
            width_image=backbone.width_coarse,
            width_text=config.text_width,
            width_map=backbone.width_fine,
            common=config.common,
            narrow=config.narrow,
            groups=16,
            axes=plan.dimensions,
        )
        names = plan.classes if plan.overlapping else (BACKGROUND, *plan.classes)
        told = [PHRASES[config.phrase].format(organ=name, modality=m) for m in MODALITIES.values() for name in names]
        bank = phrase_vectors(told, config.text_width).unflatten(0, (len(MODALITIES), len(names)))
        self.register_buffer("bank_MKT", bank)

    @classmethod
    def wanted(cls, config: Any) -> Wanted:
        """Slices or volumes."""
        return Wanted(patch=config.patch, poolings=config.poolings, dimensions=config.dimensions)

    @staticmethod
    def channel_name(image: Image, channel: int, channels: int) -> str:
        """CT and MR share the one input."""
        return GREY

    @classmethod
    def from_studies(cls, config: Any, studies: Sequence[Study]) -> Model:
        """A fresh model whose plan comes from the Studies as it sees them."""
        return super().from_studies(config, seen(config, studies))

    def view(self, studies: Sequence[Study]) -> View:  # type: ignore[override]
        """Patches; where steps alternate, each batch of one modality."""
        patches = super().view(seen(self.config, studies))
        if not self.config.alternate:
            return patches
        return AlternatingView(patches, [self.say(study, None) for study in patches.studies])

    def say(self, study: Study, rng: np.random.Generator | None) -> str:
        """The modality: as the Study's label of that name has it, else as its first image."""
        told = str(study.labels.get("modality", study.current_images[0].modality or ""))
        return told.upper().replace("MRI", "MR")

    def draw(self, study: Study, names: Sequence[str]) -> Decided:
        """With CT in its window."""
        return super().draw(windowed(study, *WINDOW_HU), names)

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """Logits of all classes, drawn as the modality that is told asks."""
        coarse_BEX, fine_BEX = self.network(image_BCX)
        return [self.heads(coarse_BEX, fine_BEX, torch.stack([self.vectors(text) for text in texts]))]

    def vectors(self, modality: str) -> Tensor:
        """The bank's row (K, T) of a modality; the mean of all rows for one that it has not."""
        known = list(MODALITIES)
        return self.bank_MKT[known.index(modality)] if modality in known else self.bank_MKT.mean(0)


def seen(config: Any, studies: Sequence[Study]) -> list[Study]:
    """The Studies as the system trains on them: CT in its window, volumes cut into slices for a model of slices."""
    cut = flattened(studies) if config.dimensions == 2 else studies
    return [windowed(study, *WINDOW_HU) for study in cut]


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
    """The model without data, for its size: one grey channel, the thirteen organs of AMOS and the background."""
    plan = plan_of_size(channels=1, classes=14, wanted=Model.wanted(config))
    return Model(config, plan)


def claim(arm: str, trial: Trial) -> float:
    """How well organs are drawn on both modalities by a model that has met few of one."""
    model = trial.fit(arm, few_of_mr(trial.patients("abdomen", TRAINED, **WORLD)))
    held_out = organs_of(trial.patients("abdomen", MEASURED, held_out=True, **WORLD))
    return float(np.mean([np.mean(organ_dice(model, some)) for some in by_modality(held_out).values()]))


def few_of_mr(studies: Sequence[Study]) -> list[Study]:
    """All CT and every third MR, with the organs alone."""
    parted = by_modality(organs_of(studies))
    return [*parted["CT"], *parted["MR"][::SHARE_MR]]


def organs_of(studies: Sequence[Study]) -> list[Study]:
    """The Studies with the four organs alone."""
    return [
        dataclasses.replace(study, regions=tuple(r for r in study.regions if r.name in ORGANS)) for study in studies
    ]


def by_modality(studies: Sequence[Study]) -> dict[str, list[Study]]:
    """The Studies of each modality."""
    return {name: [study for study in studies if study.images[0].modality == name] for name in MODALITIES}


def organ_dice(model: Any, studies: Sequence[Study]) -> list[float]:
    """Mean Dice of the organs on each Study."""
    drawn = model.segment(studies, [ORGANS] * len(studies))
    return [mean_dice([study], [regions]) for study, regions in zip(studies, drawn, strict=True)]


def modality_use(model: Any, studies: Sequence[Study]) -> TextUse:
    """Dice of each Study when its modality is told, when nothing is, and when the other one is."""
    own = [str(study.images[0].modality) for study in studies]

    def score(words: Sequence[str]) -> list[float]:
        told = [dataclasses.replace(s, labels={**s.labels, "modality": w}) for s, w in zip(studies, words, strict=True)]
        return organ_dice(model, told)

    return text_use(score, own, [{"CT": "MR", "MR": "CT"}[word] for word in own])
