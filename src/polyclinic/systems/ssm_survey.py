"""The survey of state spaces: which of them, and along which routes, in one small U-Net that draws, tells or restores.

Three state spaces: S4 on a diagonal (a convolution as long as the sequence), S5 (one space for all channels) and S6,
whose step, input and output depend on the token. Four orders: row by row, that and back, along every axis and back, and
SegMamba's slices of a volume. Each may stand behind the deepest stages of a residual U-Net, in 2D or 3D, which draws
masks and tells findings, or takes noise away. What is its own: space, order, depth and task are fields of one config.

Try: `polyclinic prove ssm-survey`, or `polyclinic phantom chest chest --patients 300 --seed 0` and then
`polyclinic fit ssm-survey chest --preset restore --out run`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.segmenter import UNCHANGED, Augmentation, Plan, Segmenter, Wanted, plan_of_size
from polyclinic.bodies.segmenter.inference import planes
from polyclinic.bodies.segmenter.presence import presences
from polyclinic.bodies.segmenter.scene import on_grid, with_flags
from polyclinic.cards import Card, Claim
from polyclinic.errors import UsageError
from polyclinic.metrics.masks import mean_dice
from polyclinic.objectives.labels import over_scales
from polyclinic.objectives.presence import presence_loss
from polyclinic.parts.sequence.diagonal import DiagonalMixer, JointMixer
from polyclinic.parts.sequence.orders import Order, RouteMixer, SideBySide, routes
from polyclinic.parts.sequence.selective import SelectiveMixer, rank_of
from polyclinic.parts.vision.residual_unet import (
    ResidualDecoder,
    ResidualEncoder,
    depths_of,
    kernels_of,
    strides_of,
    units,
)
from polyclinic.parts.vision.scanned import GatedScan, ScanLayer
from polyclinic.phantom.marking import all_levelled
from polyclinic.study import Region, Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="ssm-survey",
    title="Computation-efficient era: a comprehensive survey of state space models in medical image analysis",
    paper="2406.03430",
    year=2024,
    verbs=("segment", "classify"),
    kinds=("segmentation", "classifier", "restoration"),
    checked="shape",
    differs="the survey trains nothing: the frame is U-Mamba's residual U-Net, and the preset paper has SegMamba's "
    "widths and order of slices in it, without its gated convolutions and uncertainty of skips; restoration takes "
    "white noise away from patches of order one; one head tells what a patch shows; the nano presets learn unaugmented",
)

CLAIM = Claim(
    says="Routes along both axes and back draw lungs above a tick that is read last; one route cannot.",
    metric="mean Dice of the lung at the level of a tick on held-out films",
    direction="higher",
    smallest=0.02,
    arms=("nano", "one-route"),
    steps=250,
)
LUNGS, LEVEL = ("left lung", "right lung"), "lung at the tick"
TRAINED, MEASURED = 200, 60
WORLD: dict[str, Any] = {"size": 64}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a patch in pixels; volumes take as many voxels.
        dimensions: 2 for pictures and slices, 3 for volumes.
        widths: of each stage of the U-Net.
        depth: residual units of a stage.
        space: `s4`, `s5` or `s6`; `none` has a residual unit in its place.
        order: in which places are read.
        layers: how many of the deepest stages have one.
        states: of each channel, or of all for `s5`.
        task: `segment` draws masks and tells findings, `restore` takes noise away.
        findings: weight of the loss of telling what a patch shows.
        noise: standard deviation of what is taken away, in that of the image.
        augment: whether patches are changed as nnU-Net does.
        batch: patches a step.
    """

    patch: int = 64
    dimensions: Literal[2, 3] = 2
    widths: tuple[int, ...] = (8, 16, 32)
    depth: int = 1
    space: Literal["s4", "s5", "s6", "none"] = "s6"
    order: Order = "cross"
    layers: int = 1
    states: int = 4
    task: Literal["segment", "restore"] = "segment"
    findings: float = 0.1
    noise: float = 0.5
    augment: bool = False
    steps: int = 300
    batch: int = 8
    learning_rate: float = 1e-2


PRESETS = {
    "nano": Config(),
    "one-route": Config(order="forward"),
    "both-ways": Config(order="both"),
    "s4": Config(space="s4"),
    "s5": Config(space="s5"),
    "conv": Config(space="none"),
    "restore": Config(task="restore"),
    "nano-3d": Config(patch=32, dimensions=3, order="slices", batch=2),
    "paper": Config(
        patch=128,
        dimensions=3,
        widths=(48, 96, 192, 384),
        depth=2,
        order="slices",
        layers=4,
        states=16,
        augment=True,
        steps=250_000,
        batch=2,
        learning_rate=1e-3,
    ),
}


def space_of(config: Config, width: int) -> nn.Module:
    """The state spaces of all routes, side by side, each `width` wide."""
    count = routes(config.order, config.dimensions)
    if config.space == "s4":
        return DiagonalMixer(width=count * width, states=config.states)
    if config.space == "s5":
        return SideBySide([JointMixer(width=width, states=config.states) for _ in range(count)])
    return SelectiveMixer(width=width, states=config.states, rank=rank_of(width // 2), routes=count)


def layer_of(config: Config, width: int, kernel: Sequence[int]) -> nn.Module:
    """What stands behind a stage."""
    if config.space == "none":
        return units(width, width, kernel, (1,) * len(kernel), 1)
    mixer = RouteMixer(mixer=space_of(config, 2 * width), order=config.order)
    scan = GatedScan(width=width, inner=2 * width, mixer=mixer, dimensions=config.dimensions)
    return ScanLayer(width=width, scan=scan)


class SpaceNetwork(nn.Module):
    """A residual U-Net with state spaces behind its deepest stages, and a head for what a patch shows."""

    def __init__(self, config: Config, plan: Plan, width_out: int) -> None:
        super().__init__()
        widths = config.widths[: len(plan.pooling) + 1]
        strides, kernels = strides_of(plan.pooling, plan.dimensions), kernels_of(plan.pooling, plan.dimensions)
        depths, depths_up = depths_of(config.depth, len(widths))
        layers = [
            layer_of(config, width, kernel) if stage >= len(widths) - config.layers else nn.Identity()
            for stage, (width, kernel) in enumerate(zip(widths, kernels, strict=True))
        ]
        self.encoder = ResidualEncoder(
            width_in=plan.width_in, widths=widths, strides=strides, kernels=kernels, depths=depths, layers=layers
        )
        self.decoder = ResidualDecoder(
            widths=widths,
            strides=strides,
            kernels=kernels,
            depths=depths_up,
            finest=config.task == "restore",
            width_out=width_out,
        )
        self.head = nn.Linear(widths[-1], len(plan.classes)) if config.task == "segment" else None
        if config.task == "restore":  # it starts as what leaves every image as it is
            for parameter in self.decoder.draw.parameters():
                nn.init.zeros_(parameter)

    def forward(self, image_BCX: Tensor) -> tuple[list[Tensor], Tensor | None]:
        """What is drawn at each resolution, the finest first, and logits of what the patch shows (B, K)."""
        maps = self.encoder(image_BCX)
        return self.decoder(maps), None if self.head is None else self.head(maps[-1].flatten(2).mean(-1))


class Model(Segmenter):
    """The whole system: the network and its task."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, plan: Plan) -> None:
        width_out = plan.width_out if config.task == "segment" else len(plan.channels)
        super().__init__(
            config=config,
            plan=plan,
            network=SpaceNetwork(config, plan, width_out),
            augment=Augmentation() if config.augment else UNCHANGED,
        )

    @classmethod
    def wanted(cls, config: Config) -> Wanted:
        """As many halvings as there are stages but one."""
        return Wanted(patch=config.patch, poolings=len(config.widths) - 1, dimensions=config.dimensions)

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """Masks at each resolution."""
        drawn: list[Tensor] = self.network(image_BCX)[0]
        return drawn

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Masks and findings; or how much of the noise that was added is left, at each resolution."""
        batch = self.moved(batch)
        if self.config.task == "restore":
            image_BCX = batch["image"]
            clean_BCX = image_BCX[:, : len(self.plan.channels)]
            noise_BCX = torch.zeros_like(image_BCX)
            noise_BCX[:, : len(self.plan.channels)] = self.config.noise * torch.randn_like(clean_BCX)
            made: list[Tensor] = self.network(image_BCX + noise_BCX)[0]
            wanted_BCX = -noise_BCX[:, : len(self.plan.channels)]
            return {"loss": over_scales(made, F.l1_loss, wanted_BCX), "left": F.l1_loss(made[0], wanted_BCX)}
        drawn, told = self.network(batch["image"])
        shown = {
            "masks": self.losses(drawn, batch)["loss"],
            "findings": presence_loss(told, batch["target"], batch["known"]),
        }
        return {"loss": shown["masks"] + self.config.findings * shown["findings"], **shown}

    def cleaned(self, image_BCX: Tensor) -> Tensor:
        """The channels plus what the network adds to them: it learns the noise, not the image."""
        return image_BCX[:, : len(self.plan.channels)] + self.network(image_BCX)[0][0]

    @torch.inference_mode()
    def restore(self, studies: Sequence[Study]) -> list[NDArray[np.float32]]:
        """Each Study's channels without noise (C, [z,] y, x), on the plan's grid and of order one.

        Raises:
            UsageError: a preset that draws masks.
        """
        if self.config.task != "restore":
            raise UsageError("this preset restores nothing", hint="fit it with --preset restore")
        return [self._restored(study) for study in studies]

    def _restored(self, study: Study) -> NDArray[np.float32]:
        image, present, _ = on_grid(study, self.plan, self.channel_name)
        given_CX = with_flags(image, present, self.plan)
        flat = self.plan.dimensions == 2
        patch = (1 if flat else self.plan.patch[-3], self.plan.patch[-2], self.plan.patch[-1])

        def predict(window_BCZYX: Tensor) -> Tensor:
            window = (window_BCZYX[:, :, 0] if flat else window_BCZYX).to(self.device)
            made = self.cleaned(window)
            return made[:, :, None] if flat else made

        deep_CZYX = given_CX[:, None] if flat else given_CX
        made_CZYX = torch.stack(list(planes(predict, deep_CZYX, patch, self.inference)), 1)
        made: NDArray[np.float32] = made_CZYX.reshape(image.shape).numpy()
        return made

    def segment(self, studies: Sequence[Study], prompts: Sequence[Sequence[str | Region]]) -> list[list[Region]]:
        """Masks.

        Raises:
            UsageError: a preset that restores.
        """
        self._draws()
        return super().segment(studies, prompts)

    @torch.inference_mode()
    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        """The probability that each name is shown anywhere; a half of one that training did not meet.

        Raises:
            UsageError: a preset that restores.
        """
        self._draws()

        def look(window_BCX: Tensor) -> Tensor:
            told: Tensor = self.network(window_BCX.to(self.device))[1]
            return told

        return presences(studies, names, look, self.plan, self.inference, self.channel_name)

    def _draws(self) -> None:
        if self.config.task == "restore":
            raise UsageError("this preset restores images", hint="fit it with --preset nano to draw and tell")


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [Stage("all", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate)]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: four sequences and three parts of a tumour, as in BraTS."""
    return Model(config, plan_of_size(channels=4, classes=3, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well lungs above a tick at the lower edge are drawn on films that were not trained on."""
    model = trial.fit(arm, all_levelled(trial.patients("chest", TRAINED, **WORLD), LUNGS, LEVEL, "bottom"))
    studies = all_levelled(trial.patients("chest", MEASURED, held_out=True, **WORLD), LUNGS, LEVEL, "bottom")
    return mean_dice(studies, model.segment(studies, [[LEVEL]] * len(studies)))
