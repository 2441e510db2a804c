"""The Mamba survey: one selective scan in four families of networks for medical images, to draw and to tell findings.

Hybrid: a convolutional U-Net whose deepest map (or every second stage) is read as a sequence, as in U-Mamba. Pure: an
encoder and a decoder of blocks that read along four routes and nothing else, as in VM-UNet. Scanned: that encoder under
a convolutional decoder, after Swin-UMamba. Split: half of each block's channels convolved and half scanned, as in
MedMamba, which tells findings and need not draw. What is its own: that the families share scan, routes, decoders and
training, so that one field of the config turns one into another; every family draws, and tells what a patch shows.

Try: `polyclinic prove mamba-survey`, or `polyclinic phantom chest chest --patients 300 --seed 0` and then
`polyclinic fit mamba-survey chest --preset pure --out run`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn

from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.segmenter import UNCHANGED, Augmentation, Plan, Segmenter, Wanted, plan_of_size
from polyclinic.bodies.segmenter.presence import presences
from polyclinic.cards import Card, Claim
from polyclinic.errors import UsageError
from polyclinic.metrics.masks import mean_dice
from polyclinic.objectives.presence import presence_loss
from polyclinic.parts.sequence.blocks import GatedBlock, SequenceLayer
from polyclinic.parts.sequence.orders import Order
from polyclinic.parts.sequence.selective import SelectiveMixer, rank_of
from polyclinic.parts.vision.residual_unet import (
    ResidualDecoder,
    ResidualEncoder,
    depths_of,
    kernels_of,
    strides_of,
    units,
)
from polyclinic.parts.vision.scanned import ScanBlock, ScanDecoder, ScanEncoder, SplitScanBlock, selective
from polyclinic.phantom.marking import all_levelled
from polyclinic.study import Region, Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="mamba-survey",
    title="A comprehensive survey of Mamba architectures for medical image analysis",
    paper="2410.02362",
    year=2024,
    verbs=("segment", "classify"),
    kinds=("segmentation", "classifier"),
    published={"parameters": 27_430_000, "parameters_split": 14_500_000},
    checked="shape",
    differs="the survey trains nothing: dimensions are those of VM-UNet (preset paper, whose count of parameters is "
    "published here), MedMamba-T (paper-split), U-Mamba and Swin-UMamba; no stochastic depth; "
    "linear layers start as PyTorch has them; the scanned family draws from residual units where Swin-UMamba has "
    "UNETR's; nothing is pre-trained on ImageNet, which Swin-UMamba gains from; the nano presets learn unaugmented",
)

CLAIM = Claim(
    says="A selective scan at the bottleneck draws a lung at the level of a tick far away, where convolutions cannot.",
    metric="mean Dice of the lung at the level of a tick on held-out films",
    direction="higher",
    smallest=0.02,
    arms=("nano", "conv"),
    steps=250,
)
LUNGS, LEVEL = ("left lung", "right lung"), "lung at the tick"
TRAINED, MEASURED = 200, 60
WORLD: dict[str, Any] = {"size": 64}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a patch in pixels.
        family: `hybrid`, `pure`, `scanned`, `split`, or `conv`, which is the hybrid with a residual unit for its scan.
        widths: of each stage; the first is at full resolution for `hybrid` and `conv`, else at a quarter.
        depths: blocks of each stage of the scanning families; `depths_up` of their decoder, the coarsest first.
        depth: residual units of a stage of the convolutional ones.
        states: of each channel.
        order: in which maps are read by the scanning families.
        masks: weight of the masks' loss; at 0 nothing is drawn and no decoder is built.
        findings: weight of the loss of telling what a patch shows; at 0 nothing is told and no head is built.
        augment: whether patches are changed as nnU-Net does.
        batch: patches a step.
    """

    patch: int = 64
    family: Literal["hybrid", "pure", "scanned", "split", "conv"] = "hybrid"
    widths: tuple[int, ...] = (8, 16, 32)
    depths: tuple[int, ...] = (1, 1, 1)
    depths_up: tuple[int, ...] = (1, 1, 1)
    depth: int = 1
    states: int = 16
    order: Order = "cross"
    masks: float = 1.0
    findings: float = 0.1
    augment: bool = False
    steps: int = 300
    batch: int = 8
    learning_rate: float = 3e-3


FOUR: dict[str, Any] = {"patch": 256, "widths": (96, 192, 384, 768), "augment": True, "steps": 90_000, "batch": 32}
PRESETS = {
    "nano": Config(),
    "conv": Config(family="conv"),
    "pure": Config(family="pure", widths=(16, 32, 64)),
    "one-route": Config(family="pure", widths=(16, 32, 64), order="forward"),
    "scanned": Config(family="scanned", widths=(16, 32, 64)),
    "split": Config(family="split", widths=(16, 32, 64), masks=0.0, findings=1.0),
    "paper": Config(
        family="pure", depths=(2, 2, 2, 2), depths_up=(2, 2, 2, 1), findings=0.0, learning_rate=1e-3, **FOUR
    ),
    "paper-split": Config(
        family="split", depths=(2, 2, 4, 2), depths_up=(), masks=0.0, findings=1.0, learning_rate=1e-4, **FOUR
    ),
    "paper-scanned": Config(family="scanned", depths=(2, 2, 9, 2), depths_up=(), learning_rate=1e-3, **FOUR),
    "paper-hybrid": Config(
        patch=320,
        family="hybrid",
        widths=(32, 64, 128, 256, 512, 512, 512),
        depth=2,
        findings=0.0,
        augment=True,
        steps=250_000,
        batch=30,
        learning_rate=1e-3,
    ),
}
SCANNING = ("pure", "scanned", "split")


class FamilyNetwork(nn.Module):
    """An encoder, a decoder where masks are asked for, and a head where findings are."""

    def __init__(
        self, *, encoder: nn.Module, width: int, decoder: nn.Module | None, findings: int, fine: nn.ModuleList | None
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.fine = encoder, decoder, fine
        self.head = nn.Linear(width, findings) if findings else None

    def forward(self, image_BCYX: Tensor) -> tuple[list[Tensor], Tensor | None]:
        """Logits of masks, the finest first, and of what the patch shows (B, K)."""
        maps: list[Tensor] = self.encoder(image_BCYX)
        told = None if self.head is None else self.head(maps[-1].mean((2, 3)))
        if self.decoder is None:
            return [], told
        return self.decoder([*self._finer(image_BCYX), *maps]), told

    def _finer(self, image_BCYX: Tensor) -> list[Tensor]:
        """Maps finer than the encoder's, where a decoder of convolutions wants them."""
        finer, x_BCYX = [], image_BCYX
        for stage in self.fine or ():
            x_BCYX = stage(x_BCYX)
            finer.append(x_BCYX)
        return finer


def hybrid(config: Config, plan: Plan) -> FamilyNetwork:
    """Convolutions with a selective scan at the bottleneck, or a residual unit in its place."""
    widths = config.widths[: len(plan.pooling) + 1]
    strides, kernels = strides_of(plan.pooling, 2), kernels_of(plan.pooling, 2)
    depths, depths_up = depths_of(config.depth, len(widths))
    width = widths[-1]
    if config.family == "conv":
        last: nn.Module = units(width, width, (3, 3), (1, 1), 1)
    else:
        mixer = SelectiveMixer(width=2 * width, states=config.states, rank=rank_of(width))
        last = SequenceLayer(blocks=[GatedBlock(width=width, inner=2 * width, mixer=mixer)])
    layers = [*(nn.Identity() for _ in widths[:-1]), last]
    encoder = ResidualEncoder(
        width_in=plan.width_in, widths=widths, strides=strides, kernels=kernels, depths=depths, layers=layers
    )
    decoder = ResidualDecoder(
        widths=widths, strides=strides, kernels=kernels, depths=depths_up, finest=False, width_out=plan.width_out
    )
    return FamilyNetwork(
        encoder=encoder,
        width=width,
        decoder=decoder if config.masks else None,
        findings=len(plan.classes) if config.findings else 0,
        fine=None,
    )


def scan_block(width: int, config: Config) -> ScanBlock:
    """All channels are scanned."""
    return ScanBlock(width=width, scan=selective(width, config.states, config.order))


def split_block(width: int, config: Config) -> SplitScanBlock:
    """Half of the channels are."""
    return SplitScanBlock(width=width, scan=selective(width // 2, config.states, config.order))


def scanning(config: Config, plan: Plan) -> FamilyNetwork:
    """Stages of blocks that scan, from a quarter of the resolution on."""
    widths = config.widths
    block = partial(split_block if config.family == "split" else scan_block, config=config)
    decoder: nn.Module | None = None
    fine: nn.ModuleList | None = None
    if config.masks and config.family == "pure":
        decoder = ScanDecoder(widths=widths, depths=config.depths_up, block=block, width_out=plan.width_out)
    elif config.masks:
        small, flat = (widths[0] // 4, widths[0] // 2), (3, 3)
        fine = nn.ModuleList(
            [units(plan.width_in, small[0], flat, (1, 1), 1), units(small[0], small[1], flat, (2, 2), 1)]
        )
        steps = len(widths) + len(small)
        decoder = ResidualDecoder(
            widths=(*small, *widths),
            strides=[(1, 1), *[(2, 2)] * (steps - 1)],
            kernels=[flat] * steps,
            depths=[1] * (steps - 1),
            finest=True,
            width_out=plan.width_out,
        )
    return FamilyNetwork(
        encoder=ScanEncoder(width_in=plan.width_in, widths=widths, depths=config.depths, block=block),
        width=widths[-1],
        decoder=decoder,
        findings=len(plan.classes) if config.findings else 0,
        fine=fine,
    )


class Model(Segmenter):
    """The whole system: a network of one family, its masks and its findings."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, plan: Plan) -> None:
        super().__init__(
            config=config,
            plan=plan,
            network=scanning(config, plan) if config.family in SCANNING else hybrid(config, plan),
            augment=Augmentation() if config.augment else UNCHANGED,
        )

    @classmethod
    def wanted(cls, config: Config) -> Wanted:
        """As many halvings as there are stages; the scanning families begin at a quarter."""
        return Wanted(patch=config.patch, poolings=len(config.widths) + (1 if config.family in SCANNING else -1))

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """Masks at each resolution."""
        drawn: list[Tensor] = self.network(image_BCX)[0]
        return drawn

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Masks and findings, weighted."""
        batch = self.moved(batch)
        drawn, told = self.network(batch["image"])
        shown: dict[str, Tensor] = {}
        if drawn:
            shown["masks"] = self.losses(drawn, batch)["loss"]
        if told is not None:
            shown["findings"] = presence_loss(told, batch["target"], batch["known"])
        weights = {"masks": self.config.masks, "findings": self.config.findings}
        return {"loss": torch.stack([weights[name] * value for name, value in shown.items()]).sum(), **shown}

    def segment(self, studies: Sequence[Study], prompts: Sequence[Sequence[str | Region]]) -> list[list[Region]]:
        """Masks.

        Raises:
            UsageError: a preset that only tells findings.
        """
        if not self.config.masks:
            raise UsageError("this preset draws nothing", hint="choose one with --set masks=1, or ask it to classify")
        return super().segment(studies, prompts)

    @torch.inference_mode()
    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        """The probability that each name is shown anywhere; a half of one that training did not meet.

        Raises:
            UsageError: a preset that only draws.
        """
        if self.network.head is None:
            raise UsageError("this preset tells no findings", hint="choose one with --set findings=0.1")

        def look(window_BCYX: Tensor) -> Tensor:
            told: Tensor = self.network(window_BCYX.to(self.device))[1]
            return told

        return presences(studies, names, look, self.plan, self.inference, self.channel_name)


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [Stage("all", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate)]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: colour and one lesion, or the six classes of a set of photographs."""
    return Model(config, plan_of_size(channels=3, classes=1 if config.masks else 6, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well a lung at the level of a tick at the other edge is drawn on films that were not trained on."""
    model = trial.fit(arm, all_levelled(trial.patients("chest", TRAINED, **WORLD), LUNGS, LEVEL))
    studies = all_levelled(trial.patients("chest", MEASURED, held_out=True, **WORLD), LUNGS, LEVEL)
    return mean_dice(studies, model.segment(studies, [[LEVEL]] * len(studies)))
