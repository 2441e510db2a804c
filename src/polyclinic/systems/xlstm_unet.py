"""xLSTM-UNet: a residual U-Net in 2D and 3D whose deep maps go through a matrix memory, place after place.

Convolutions see what is near. So the places of a deep map are read row by row as a sequence, each writes into a memory
that is a matrix, and each reads from it what came before, at a cost that grows with the number of places and not with
its square. What is its own: that sequence layer (a block of Vision-LSTM) inside nnU-Net's frame, at the bottleneck or
after every second stage; the frame and where the layer stands are U-Mamba's.

Try: `polyclinic prove xlstm-unet`, or `polyclinic phantom abdomen abdomen --patients 60 --seed 0` and then
`polyclinic fit xlstm-unet abdomen --preset nano-3d --out run`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from polyclinic.bodies.base import Trial
from polyclinic.bodies.segmenter import UNCHANGED, Augmentation, Plan, Segmenter, Wanted, plan_of_size
from polyclinic.cards import Card, Claim
from polyclinic.metrics.masks import mean_dice
from polyclinic.parts.sequence.blocks import GatedBlock, MemoryBlock, SequenceLayer
from polyclinic.parts.sequence.selective import SelectiveMixer, rank_of
from polyclinic.parts.vision.residual_unet import (
    ResidualDecoder,
    ResidualEncoder,
    depths_of,
    kernels_of,
    strides_of,
    units,
)
from polyclinic.phantom.marking import all_levelled
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="xlstm-unet",
    title="xLSTM-UNet can be an effective 2D and 3D medical image segmentation backbone with Vision-LSTM (ViL)",
    paper="2407.01530",
    year=2024,
    verbs=("segment",),
    kinds=("segmentation",),
    checked="shape",
    differs="AdamW along a cosine, where the paper has SGD with a polynomial; a memory whose width four heads do "
    "not divide has fewer; the layer's second norm, which the released code makes and never calls, is left out; the "
    "nano presets learn without augmentation; both-ways, a second block that reads from the end, is not in the paper",
)

CLAIM = Claim(
    says="A matrix memory at the bottleneck draws a lung at the level of a tick far away, where convolutions cannot.",
    metric="mean Dice of the lung at the level of a tick on held-out films",
    direction="higher",
    smallest=0.02,
    arms=("nano", "conv"),
    steps=250,
)
LUNGS, LEVEL = ("left lung", "right lung"), "lung at the tick"
TRAINED, MEASURED = 200, 60
WORLD: dict[str, Any] = {"size": 64}
STATES = 16


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a patch in pixels; volumes take as many voxels.
        poolings: halvings of an axis at most; two or more.
        dimensions: 2 for pictures and slices, 3 for volumes.
        widths: of each stage; one more than there are halvings.
        depth: residual units of a stage, in the coarser half of the encoder and the finer of the decoder one.
        mixer: of a sequence layer: `memory` as published, `space` for the selective state space of U-Mamba, `conv` for
            a residual unit in its place.
        place: of the layers: the `bottleneck` alone, or the `encoder`, at every second stage.
        both_ways: whether a second block reads the sequence from its end.
        heads: of a memory.
        augment: whether patches are changed as nnU-Net does.
        batch: patches a step.
    """

    patch: int = 64
    poolings: int = 2
    dimensions: Literal[2, 3] = 2
    widths: tuple[int, ...] = (8, 16, 32)
    depth: int = 1
    mixer: Literal["memory", "space", "conv"] = "memory"
    place: Literal["bottleneck", "encoder"] = "bottleneck"
    both_ways: bool = False
    heads: int = 4
    augment: bool = False
    steps: int = 300
    batch: int = 8
    learning_rate: float = 3e-3


PRESETS = {
    "nano": Config(),
    "conv": Config(mixer="conv"),
    "space": Config(mixer="space"),
    "both-ways": Config(both_ways=True),
    "nano-3d": Config(patch=32, dimensions=3, batch=2),
    "paper": Config(
        patch=320,
        poolings=6,
        widths=(32, 64, 128, 256, 512, 512, 512),
        depth=2,
        augment=True,
        steps=250_000,
        batch=30,
        learning_rate=1e-3,
    ),
    "paper-encoder": Config(
        patch=512,
        poolings=7,
        widths=(32, 64, 128, 256, 512, 512, 512, 512),
        depth=2,
        place="encoder",
        augment=True,
        steps=250_000,
        batch=12,
        learning_rate=1e-3,
    ),
    "paper-3d": Config(
        patch=128,
        poolings=5,
        dimensions=3,
        widths=(32, 64, 128, 256, 320, 320),
        depth=2,
        place="encoder",
        augment=True,
        steps=250_000,
        batch=2,
        learning_rate=1e-3,
    ),
}


def layer_of(config: Config, width: int, places: int, kernel: Sequence[int]) -> nn.Module:
    """What stands behind a stage of so many channels and places; with fewer places than channels, these are tokens."""
    if config.mixer == "conv":
        return units(width, width, kernel, (1,) * len(kernel), 1)
    channels = config.place == "encoder" and places <= width
    wide = places if channels else width
    if config.mixer == "space":
        mixer = SelectiveMixer(width=2 * wide, states=STATES, rank=rank_of(wide))
        return SequenceLayer(blocks=[GatedBlock(width=wide, inner=2 * wide, mixer=mixer)], channels=channels)
    ways = (False, True) if config.both_ways else (False,)
    heads = math.gcd(config.heads, 2 * wide)
    return SequenceLayer(blocks=[MemoryBlock(width=wide, heads=heads, reverse=way) for way in ways], channels=channels)


def layers_of(config: Config, widths: Sequence[int], plan: Plan) -> list[nn.Module]:
    """A layer for each stage: every second one counted from the deepest, or the deepest alone."""
    strides, kernels = strides_of(plan.pooling, plan.dimensions), kernels_of(plan.pooling, plan.dimensions)
    places, made, last = math.prod(plan.patch), [], len(widths) - 1
    for stage, (width, kernel, stride) in enumerate(zip(widths, kernels, strides, strict=True)):
        places //= math.prod(stride)
        second = (last - stage) % 2 == 0 and stage > 1
        layer: nn.Module = nn.Identity()
        if (second and config.place == "encoder") or stage == last:
            layer = layer_of(config, width, places, kernel)
        elif stage == 1 and config.place == "encoder":
            layer = units(width, width, kernel, (1,) * len(kernel), 1)
        made.append(layer)
    return made


class Model(Segmenter):
    """The whole system: a residual U-Net with sequence layers."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, plan: Plan) -> None:
        widths = config.widths[: len(plan.pooling) + 1]
        depths, depths_up = depths_of(config.depth, len(widths))
        strides, kernels = strides_of(plan.pooling, plan.dimensions), kernels_of(plan.pooling, plan.dimensions)
        encoder = ResidualEncoder(
            width_in=plan.width_in,
            widths=widths,
            strides=strides,
            kernels=kernels,
            depths=depths,
            layers=layers_of(config, widths, plan),
        )
        decoder = ResidualDecoder(
            widths=widths, strides=strides, kernels=kernels, depths=depths_up, finest=False, width_out=plan.width_out
        )
        super().__init__(
            config=config,
            plan=plan,
            network=nn.Sequential(encoder, decoder),
            augment=Augmentation() if config.augment else UNCHANGED,
        )

    @classmethod
    def wanted(cls, config: Config) -> Wanted:
        """Volumes where three dimensions are asked for."""
        return Wanted(patch=config.patch, poolings=config.poolings, dimensions=config.dimensions)


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [Stage("masks", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate)]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: one channel, thirteen organs as in AMOS."""
    return Model(config, plan_of_size(channels=1, classes=13, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well a lung at the level of a tick at the other edge is drawn on films that were not trained on."""
    model = trial.fit(arm, with_ticks(trial.patients("chest", TRAINED, **WORLD)))
    studies = with_ticks(trial.patients("chest", MEASURED, held_out=True, **WORLD))
    return mean_dice(studies, model.segment(studies, [[LEVEL]] * len(studies)))


def with_ticks(studies: Sequence[Study]) -> Sequence[Study]:
    """Each film with a tick where its rows begin, and what of the lung on the other side is at its level."""
    return all_levelled(studies, LUNGS, LEVEL)
