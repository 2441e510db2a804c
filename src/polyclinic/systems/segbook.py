"""SegBook: when does pre-training on the organs of whole-body CT help? Asked with a U-Net whose weights fit any plan.

STU-Net has six stages of 3 x 3 x 3 convolutions whatever the data look like, and grows back by repeating voxels, so
that strides change no weight's shape: pre-trained weights load into a network for any spacing, patch, number of
channels and classes. What is its own: that network at four sizes, one recipe for all targets with and without the
weights, and the reading of the gain by modality and number of cases.

Try: `polyclinic prove segbook`; or train on organs, `polyclinic fit segbook organs --preset pretrain --out start`, and
go on from there, `polyclinic fit segbook lesions --from start --out run`.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.base import Trial
from polyclinic.bodies.segmenter import UNCHANGED, Augmentation, Plan, Segmenter, Wanted, plan_of_size
from polyclinic.bodies.storing import published_weights
from polyclinic.cards import Card, Claim
from polyclinic.curate.showing import showing
from polyclinic.curate.slices import flattened
from polyclinic.errors import CheckpointError, LayoutError
from polyclinic.metrics.masks import mean_dice
from polyclinic.parts.vision.keys import Layout, load_public
from polyclinic.parts.vision.residual_unet import CONVS, SLOPE, strides_of, units
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="segbook",
    title="SegBook: a simple baseline and cookbook for volumetric medical image segmentation",
    paper="2411.14525",
    year=2024,
    verbs=("segment",),
    kinds=("segmentation", "benchmark"),
    checked="shape",
    published={"parameters": 440.30e6, "small": 14.60e6, "base": 58.26e6, "huge": 1457.33e6},
    weights="Apache-2.0",
    differs="AdamW on a cosine, where the paper has SGD with a polynomial; the nano presets are of two dimensions, as "
    "is what their claim is measured on, and their rate falls less when they start from weights, because steps are few",
)

CLAIM = Claim(
    says="Weights that were trained on organs of CT help a few CT cases to new organs.",
    metric="mean Dice of pancreas and gallbladder in held-out slices that show one",
    direction="higher",
    smallest=0.02,
    arms=("nano", "scratch"),
    steps=150,
)
KNOWN = ("liver", "spleen", "stomach", "right kidney", "left kidney", "colon", "bladder", "spine")
NEW = ("pancreas", "gallbladder")
SOURCES, CASES, MEASURED = 40, 2, 16
WORLD: dict[str, Any] = {"size": 64, "noise": 2.0}

STAGES = 6
WIDER = (1, 2, 4, 8, 16, 16)
# The kernels that see the image's channels.
FIRST = ("down.0.0.first.0.weight", "down.0.0.shortcut.weight")
# As in STU-Net's files; the same names for nnU-Net v1's and v2's.
STU_NET = Layout(
    {
        **{
            f"{ours}.{{}}.{{}}.{mine}": f"{theirs}.{{}}.{{}}.{its}"
            for ours, theirs in (("down", "conv_blocks_context"), ("up", "conv_blocks_localization"))
            for mine, its in (
                ("first.0", "conv1"),
                ("first.1", "norm1"),
                ("second.0", "conv2"),
                ("second.1", "norm2"),
                ("shortcut", "conv3"),
            )
        },
        "enlarge.{}": "upsample_layers.{}.conv",
    },
    prefixes=("", "module."),
    heads=("seg_outputs.",),
)


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a patch; volumes take as many voxels, their sides as the data ask.
        dimensions: 3 for volumes, 2 for pictures and slices.
        poolings: halvings of the network at most; axes that are not halved so often keep their length.
        width: of the first of the six stages; they have it 1, 2, 4, 8, 16 and 16 times.
        depth: residual blocks of each stage.
        augment: all of nnU-Net's augmentations, or mirroring alone.
        batch: patches a step.
        learning_rate: lower where training starts from weights; published is a tenth of what is right from scratch.
    """

    patch: int = 64
    dimensions: Literal[2, 3] = 2
    poolings: int = 5
    width: int = 8
    depth: int = 1
    augment: Literal["full", "mirror"] = "mirror"
    steps: int = 400
    batch: int = 8
    learning_rate: float = 3e-3


PAPER = Config(patch=128, dimensions=3, width=64, depth=2, augment="full", steps=250_000, batch=2, learning_rate=1e-4)
PRESETS = {
    "nano": Config(),
    "scratch": Config(learning_rate=4e-3),
    "pretrain": Config(learning_rate=4e-3),
    "small": dataclasses.replace(PAPER, width=16, depth=1),
    "base": dataclasses.replace(PAPER, width=32, depth=1),
    "paper": PAPER,
    "huge": dataclasses.replace(PAPER, width=96, depth=3),
}


class Trunk(nn.Module):
    """The network without its outputs: all that pre-training hands on (arXiv 2304.06716, section 3).

    Args:
        strides: of each of the six stages, the first all ones; they change no weight.
    """

    def __init__(self, *, channels: int, width: int, depth: int, strides: Sequence[Sequence[int]]) -> None:
        super().__init__()
        conv = CONVS[len(strides[0])]
        kernel, once = (3,) * len(strides[0]), (1,) * len(strides[0])
        widths = [width * times for times in WIDER]
        self.factors = [tuple(map(float, stride)) for stride in strides[:0:-1]]
        self.down = nn.ModuleList(
            units(before, after, kernel, stride, depth)
            for before, after, stride in zip([channels, *widths], widths, strides, strict=False)
        )
        self.widths_maps = tuple(widths[-2::-1])
        self.enlarge = nn.ModuleList(
            conv(coarse, fine, 1) for coarse, fine in zip(widths[::-1], self.widths_maps, strict=False)
        )
        self.up = nn.ModuleList(units(2 * fine, fine, kernel, once, depth) for fine in self.widths_maps)

    def forward(self, image_BCX: Tensor) -> list[Tensor]:
        """The decoder's maps, the coarsest first."""
        maps, x_BEX = [], image_BCX
        for stage in self.down:
            x_BEX = stage(x_BEX)
            maps.append(x_BEX)
        maps.pop()
        grown = []
        for factor, enlarge, stage in zip(self.factors, self.enlarge, self.up, strict=True):
            x_BEX = enlarge(F.interpolate(x_BEX, scale_factor=factor, mode="nearest"))
            x_BEX = stage(torch.cat([x_BEX, maps.pop()], 1))
            grown.append(x_BEX)
        return grown


class STUNet(nn.Module):
    """The trunk, and an output at each resolution of its decoder."""

    def __init__(self, config: Config, plan: Plan) -> None:
        super().__init__()
        conv = CONVS[plan.dimensions]
        rest = [(1,) * plan.dimensions] * (STAGES - 1 - len(plan.pooling))
        strides = strides_of([*plan.pooling, *rest], plan.dimensions)
        self.trunk = Trunk(channels=plan.width_in, width=config.width, depth=config.depth, strides=strides)
        self.outputs = nn.ModuleList(conv(width, plan.width_out, 1) for width in self.trunk.widths_maps)
        for module in self.modules():
            if isinstance(module, conv):
                nn.init.kaiming_normal_(module.weight, SLOPE)
                nn.init.zeros_(module.bias)

    def forward(self, image_BCX: Tensor) -> list[Tensor]:
        """Logits of each resolution, the finest first."""
        maps = self.trunk(image_BCX)
        return [output(each) for output, each in zip(self.outputs, maps, strict=True)][::-1]


class Model(Segmenter):
    """The whole system: the network, and how it takes over weights."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, plan: Plan) -> None:
        super().__init__(
            config=config,
            plan=plan,
            network=STUNet(config, plan),
            augment=Augmentation() if config.augment == "full" else dataclasses.replace(UNCHANGED, mirror=0.5),
        )

    @classmethod
    def wanted(cls, config: Any) -> Wanted:
        """Patches of so many dimensions."""
        return Wanted(patch=config.patch, poolings=config.poolings, dimensions=config.dimensions)

    def load_compatible(self, folder: Path) -> None:
        """Start from another model's trunk, whatever its classes, spacing and patch were.

        Raises:
            CheckpointError: the file is damaged, or of another width, depth or number of dimensions.
        """
        try:
            stored = load_file(folder / "model.safetensors")
        except (OSError, SafetensorError) as error:
            raise CheckpointError(f"{folder} cannot be read: {error}") from error
        prefix = "network.trunk."
        network: Any = self.network
        take_over(network.trunk, {n.removeprefix(prefix): t for n, t in stored.items() if n.startswith(prefix)})


def take_over(trunk: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give a trunk another one's weights; kernels over one channel are repeated for each channel of its image.

    Raises:
        CheckpointError: the weights are of another width, depth or number of dimensions, or of some other number of
            channels.
    """
    own, given = trunk.state_dict(), dict(weights)
    for name in FIRST:
        if name in given and given[name].shape[1] == 1:
            given[name] = given[name].repeat_interleave(own[name].shape[1], 1)
    wrong = [name for name in own if name not in given or given[name].shape != own[name].shape]
    if wrong or given.keys() - own.keys():
        name = next(iter([*wrong, *(given.keys() - own.keys())]))
        theirs = tuple(given[name].shape) if name in given else "nothing"
        mine = tuple(own[name].shape) if name in own else "nothing"
        raise CheckpointError(
            f"the weights do not fit: {name} is {theirs}, expected {mine}",
            hint="start from a network of the same width, depth and dimensions, of one channel or of as many",
        )
    trunk.load_state_dict(given)


def from_public(file: Path, preset: str) -> Model:
    """The published weights, but for the outputs, in a model to be saved and started from.

    Args:
        file: safetensors by the published names; the published pickles are never opened here.
        preset: `small`, `base`, `paper` (large) or `huge`, as the file is.

    Raises:
        CheckpointError: the file is missing or damaged, or of another size.
    """
    config = PRESETS[preset]
    model = Model(config, plan_of_size(channels=1, classes=104, wanted=Model.wanted(config)))
    network: Any = model.network
    load_public(network.trunk, published_weights(file), STU_NET)
    return model.eval()


@dataclass(frozen=True)
class Result:
    """A target with and without pre-training: mean foreground Dice, and what the reading goes by."""

    modality: str
    cases: int
    scratch: float
    tuned: float


@dataclass(frozen=True)
class Reading:
    """Means over a group of targets."""

    targets: int
    scratch: float
    tuned: float

    @property
    def gain(self) -> float:
        """What pre-training adds."""
        return self.tuned - self.scratch


# Groups of targets, and whether one belongs there (arXiv 2411.14525, section 4).
GROUPS: Mapping[str, Any] = {
    "all": lambda one: True,
    "CT": lambda one: one.modality == "CT",
    "MR": lambda one: one.modality == "MR",
    "other": lambda one: one.modality not in ("CT", "MR"),
    "fewer than 40 cases": lambda one: one.cases < 40,
    "40 to 99 cases": lambda one: 40 <= one.cases < 100,
    "100 to 249 cases": lambda one: 100 <= one.cases < 250,
    "250 cases or more": lambda one: one.cases >= 250,
}


def cookbook(results: Sequence[Result]) -> dict[str, Reading]:
    """What pre-training gains, by group; groups without a target are left out.

    Example:
        >>> cookbook([Result("CT", 20, 0.5, 0.75), Result("MR", 300, 0.75, 0.75)])["CT"].gain
        0.25
    """
    readings = {}
    for name, belongs in GROUPS.items():
        group = [one for one in results if belongs(one)]
        if group:
            scratch, tuned = (float(np.mean([getattr(one, key) for one in group])) for key in ("scratch", "tuned"))
            readings[name] = Reading(len(group), scratch, tuned)
    return readings


def read_results(file: Path, size: Literal["base", "large", "huge"]) -> list[Result]:
    """The table of results that the authors publish, one row a data set, for one size of the network.

    Raises:
        LayoutError: it lacks a column, or a number.
    """
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    try:
        return [
            Result(
                modality=_modality(row["Modality"]),
                cases=int(row["Train cases"]),
                scratch=float(row[f"Dice {size}"]),
                tuned=float(row[f"Dice {size}_ft"]),
            )
            for row in rows
        ]
    except (KeyError, TypeError, ValueError) as error:
        hint = "the columns are Modality, Train cases, Dice base, Dice base_ft ..."
        raise LayoutError(f"{file}: {error}", hint=hint) from error


def _modality(said: str) -> str:
    """`MR` where any of it is, else `CT` where that is all of it."""
    words = said.upper().replace(",", " ").replace("/", " ").replace("+", " ").split()
    if any(word.startswith("MR") for word in words):
        return "MR"
    return "CT" if words == ["CT"] else "other"


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [
        Stage("masks", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate, weight_decay=3e-5)
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: CT, and the 104 structures of pre-training with background."""
    return Model(config, plan_of_size(channels=1, classes=105, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well new organs are drawn after training on slices of a few patients."""
    few = _of_ct(trial.patients("abdomen", 3 * CASES, **WORLD), NEW)[:CASES]
    held_out = list(flattened(_of_ct(trial.patients("abdomen", MEASURED, held_out=True, **WORLD), NEW)))
    start = None
    if arm != "scratch":
        known = _of_ct(trial.patients("abdomen", SOURCES, **WORLD), KNOWN)
        taken = {study.subject for study in few}
        start = trial.fit("pretrain", [study for study in known if study.subject not in taken])
    model = trial.fit(arm, few, start=start)
    return mean_dice(held_out, model.segment(held_out, [NEW] * len(held_out)))


def _of_ct(studies: Sequence[Study], names: Sequence[str]) -> list[Study]:
    return showing([study for study in studies if study.labels["modality"] == "ct"], names)
