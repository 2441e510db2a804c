"""MS-DualGuided: segmentation in two steps, where what was found first says where to look the second time.

Maps of an encoder at all scales are brought to one size and fused. At each scale the fused map and the scale's own go
through attention among places and among channels, gated by a small encoder-decoder that has to rebuild its input.
What comes out is multiplied into the fused map, and the same is done once more. What is its own: the gate of the
first step shapes the input of the second, the two steps' bottlenecks must agree, and both must rebuild what they saw.

Try: `polyclinic prove ms-dualguided`, or `polyclinic phantom chest chest --patients 300 --seed 0` and then
`polyclinic fit ms-dualguided chest --out run`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.segmenter import UNCHANGED, Plan, Segmenter, plan_of_size
from polyclinic.cards import Card, Claim
from polyclinic.metrics.masks import mean_dice
from polyclinic.objectives.labels import cross_entropy, segmentation_loss
from polyclinic.parts.features import ImageEncoder
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.dual_attention import ChannelAttention, PositionAttention
from polyclinic.training.stages import Stage

CARD = Card(
    id="ms-dualguided",
    title="Multi-scale self-guided attention for medical image segmentation",
    paper="1906.02849",
    year=2019,
    verbs=("segment",),
    kinds=("segmentation",),
    checked="shape",
    differs="the rate falls along a cosine, where the paper halves it when the validation loss rests; the nano preset "
    "adds Dice to the cross-entropy, because small findings would not be drawn within a minute; the encoder does not "
    "start from ImageNet",
)

CLAIM = Claim(
    says="Attention guided in two steps draws organs better than the same fused pyramid without it.",
    metric="mean Dice of the lungs, heart and spine on held-out films",
    direction="higher",
    smallest=0.01,
    arms=("nano", "plain", "unguided"),
    steps=250,
)
ORGANS = ("heart", "left lung", "right lung", "spine")
TRAINED, MEASURED = 300, 60
WORLD: dict[str, Any] = {"size": 64, "noise": 3.0, "shift": 0.5}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a patch in pixels; a multiple of 16.
        poolings: halvings of the encoder; a patch is a multiple of so many twos.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS` that gives maps.
        width: of each scale's map and of the fused one.
        guided: whether attention and a second step are there; without them the fused maps are drawn from directly.
        agree: weight of the distance between the two steps' bottlenecks.
        rebuild: weight of what the encoder-decoders fail to rebuild.
        loss: of every map; `cross-entropy` as published, `dice` adds Dice to it.
        turn: chance of a turn by up to 30 degrees.
        batch: patches a step.
    """

    patch: int = 64
    poolings: int = 4
    encoder: str = "conv-nano"
    width: int = 16
    guided: bool = True
    agree: float = 0.25
    rebuild: float = 0.1
    loss: Literal["cross-entropy", "dice"] = "dice"
    turn: float = 0.5
    steps: int = 400
    batch: int = 8
    learning_rate: float = 2e-3


PRESETS = {
    "nano": Config(),
    "plain": Config(guided=False),
    "unguided": Config(agree=0.0, rebuild=0.0),
    "paper": Config(
        patch=256,
        poolings=5,
        encoder="resnext101",
        width=64,
        loss="cross-entropy",
        steps=60_000,
        learning_rate=1e-3,
    ),
}


def conv(width_in: int, width_out: int, kernel: int) -> nn.Sequential:
    """A convolution, batch norm, and a ReLU whose negative slope is learned."""
    return nn.Sequential(
        nn.Conv2d(width_in, width_out, kernel, padding=kernel // 2), nn.BatchNorm2d(width_out), nn.PReLU()
    )


def started(module: nn.Module) -> None:
    """The weights that a layer starts with, as in the paper's code."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.xavier_normal_(module.weight)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


class FusedPyramid(nn.Module):
    """An encoder's maps, all at the size of the finest, and one that is fused from them (section III-A)."""

    def __init__(self, *, encoder: ImageEncoder, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.reduce = nn.ModuleList(conv(own, width, 1) for own in encoder.widths_maps)
        scales = len(encoder.widths_maps)
        self.fuse = nn.Sequential(conv(scales * width, width, 3), conv(width, width, 3), conv(width, width, 1))

    def forward(self, image_BCYX: Tensor) -> tuple[list[Tensor], Tensor]:
        """Maps of each scale, and the fused one."""
        reduced = [layer(x) for layer, x in zip(self.reduce, self.encoder(image_BCYX).maps, strict=True)]
        scales = [_sized(x, reduced[0].shape[2:]) for x in reduced]
        return scales, self.fuse(torch.cat(scales, 1))


class SemanticCoder(nn.Module):
    """A small encoder-decoder: what it keeps in its bottleneck must tell its input (section III-C)."""

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.down = nn.Sequential(
            _twice(width, 2 * width), nn.MaxPool2d(2), _twice(2 * width, 4 * width), nn.MaxPool2d(2)
        )
        self.up = nn.Sequential(
            _twice(4 * width, 4 * width),
            nn.ConvTranspose2d(4 * width, 2 * width, 2, 2),
            _twice(2 * width, 2 * width),
            nn.ConvTranspose2d(2 * width, width, 2, 2),
        )

    def forward(self, x_BEYX: Tensor) -> tuple[Tensor, Tensor]:
        """The bottleneck, and the input rebuilt from it."""
        kept_BEYX = self.down(x_BEYX)
        return kept_BEYX, self.up(kept_BEYX)


class GuidedStep(nn.Module):
    """One step of guided attention at every scale; the encoder-decoder is shared by the scales (section III-B, C)."""

    def __init__(self, *, scales: int, width: int) -> None:
        super().__init__()

        def around(attention: nn.Module) -> nn.Sequential:
            return nn.Sequential(conv(2 * width, width, 3), attention, conv(width, width, 3))

        narrow = max(width // 8, 1)
        self.places = nn.ModuleList(around(PositionAttention(width=width, narrow=narrow)) for _ in range(scales))
        self.channels = nn.ModuleList(around(ChannelAttention()) for _ in range(scales))
        self.semantic = SemanticCoder(width=2 * width)
        self.back = nn.ModuleList(conv(2 * width, width, 3) for _ in range(scales))
        self.gate = nn.ModuleList(nn.Conv2d(width, width, 1) for _ in range(scales))

    def forward(self, pairs: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        """For each scale the attended map, the bottleneck, and the rebuilt input."""
        kept, rebuilt = zip(*(self.semantic(pair) for pair in pairs), strict=True)
        attended = [
            gate((places(pair) + channels(pair)) * back(again))
            for pair, again, places, channels, back, gate in zip(
                pairs, rebuilt, self.places, self.channels, self.back, self.gate, strict=True
            )
        ]
        return attended, list(kept), list(rebuilt)


class Sight(NamedTuple):
    """What the network gives: logits of the first and of the second set of maps, and what guides the training.

    Args:
        kept: bottlenecks of the first and the second step, pair by pair.
        rebuilt: inputs of the encoder-decoders with what they made of them.
    """

    first: list[Tensor]
    second: list[Tensor]
    kept: list[tuple[Tensor, Tensor]]
    rebuilt: list[tuple[Tensor, Tensor]]


class GuidedNetwork(nn.Module):
    """Fused pyramid, two guided steps, and a predictor for each map."""

    def __init__(self, *, encoder: ImageEncoder, width: int, width_out: int) -> None:
        super().__init__()
        scales = len(encoder.widths_maps)
        self.pyramid = FusedPyramid(encoder=encoder, width=width)
        self.steps = nn.ModuleList(GuidedStep(scales=scales, width=width) for _ in range(2))
        self.predict_first = nn.ModuleList(nn.Conv2d(width, width_out, 1) for _ in range(scales))
        self.predict_second = nn.ModuleList(nn.Conv2d(width, width_out, 1) for _ in range(scales))

    def forward(self, image_BCYX: Tensor) -> Sight:
        """All maps' logits at the image's size."""
        scales, fused = self.pyramid(image_BCYX)
        before = [torch.cat([own, fused], 1) for own in scales]
        attended, kept_first, rebuilt_first = self.steps[0](before)
        guided = [torch.cat([own, gate * fused], 1) for own, gate in zip(scales, attended, strict=True)]
        refined, kept_second, rebuilt_second = self.steps[1](guided)
        size = image_BCYX.shape[2:]
        return Sight(
            _predicted(self.predict_first, scales, size),
            _predicted(self.predict_second, refined, size),
            list(zip(kept_first, kept_second, strict=True)),
            list(zip([*before, *guided], [*rebuilt_first, *rebuilt_second], strict=True)),
        )


class PlainNetwork(nn.Module):
    """The fused pyramid alone: each scale's map beside the fused one is drawn from directly."""

    def __init__(self, *, encoder: ImageEncoder, width: int, width_out: int) -> None:
        super().__init__()
        scales = len(encoder.widths_maps)
        self.pyramid = FusedPyramid(encoder=encoder, width=width)
        self.refine = nn.ModuleList(conv(2 * width, width, 3) for _ in range(scales))
        self.predict_first = nn.ModuleList(nn.Conv2d(width, width_out, 1) for _ in range(scales))
        self.predict_second = nn.ModuleList(nn.Conv2d(width, width_out, 1) for _ in range(scales))

    def forward(self, image_BCYX: Tensor) -> Sight:
        """All maps' logits at the image's size; nothing to guide by."""
        scales, fused = self.pyramid(image_BCYX)
        refined = [layer(torch.cat([own, fused], 1)) for layer, own in zip(self.refine, scales, strict=True)]
        size = image_BCYX.shape[2:]
        first, second = _predicted(self.predict_first, scales, size), _predicted(self.predict_second, refined, size)
        return Sight(first, second, [], [])


class Model(Segmenter):
    """The whole system: the network, and what guides its training."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, plan: Plan) -> None:
        encoder = ENCODERS[config.encoder](channels=plan.width_in, image_size=plan.patch[0])
        kind = GuidedNetwork if config.guided else PlainNetwork
        super().__init__(
            config=config,
            plan=plan,
            network=kind(encoder=encoder, width=config.width, width_out=plan.width_out),
            augment=dataclasses.replace(UNCHANGED, mirror=0.5, turn=config.turn, degrees=30.0),
        )
        for module in self.network.modules():
            started(module)

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """The mean of the second set of maps."""
        return [torch.stack(self.network(image_BCX).second).mean(0)]

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Equations 6 to 9: every map is held against the target, bottlenecks against each other, inputs rebuilt."""
        batch = self.moved(batch)
        sight: Sight = self.network(batch["image"])
        measure = cross_entropy if self.config.loss == "cross-entropy" else segmentation_loss
        drawn = sum(measure(each, batch["target"], batch["known"]) for each in (*sight.first, *sight.second))
        agree = sum(F.mse_loss(first, second) for first, second in sight.kept)
        rebuild = sum(F.mse_loss(made, given) for given, made in sight.rebuilt)
        total = drawn + self.config.agree * agree + self.config.rebuild * rebuild
        shown = {"drawn": drawn, "agree": agree, "rebuild": rebuild}
        return {"loss": total} | {name: value for name, value in shown.items() if isinstance(value, Tensor)}


def _twice(width_in: int, width_out: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before in (width_in, width_out):
        layers += [nn.Conv2d(before, width_out, 3, padding=1), nn.BatchNorm2d(width_out), nn.ReLU()]
    return nn.Sequential(*layers)


def _sized(x_BEYX: Tensor, size: Sequence[int]) -> Tensor:
    return F.interpolate(x_BEYX, tuple(size), mode="bilinear", align_corners=False)


def _predicted(heads: nn.ModuleList, maps: Sequence[Tensor], size: Sequence[int]) -> list[Tensor]:
    return [_sized(head(x), size) for head, x in zip(heads, maps, strict=True)]


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [
        Stage(
            "masks",
            steps=config.steps,
            batch=config.batch,
            learning_rate=config.learning_rate,
            weight_decay=0.0,
            betas=(0.9, 0.99),
        )
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: one grey channel, four organs."""
    return Model(config, plan_of_size(channels=1, classes=4, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well the organs of films that were not trained on are drawn."""
    model = trial.fit(arm, trial.patients("chest", TRAINED, **WORLD))
    held_out = trial.patients("chest", MEASURED, held_out=True, **WORLD)
    return mean_dice(held_out, model.segment(held_out, [ORGANS] * len(held_out)))
