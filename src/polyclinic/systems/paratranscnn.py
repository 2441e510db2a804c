"""ParaTransCNN: a residual network and a pyramid of transformers look at the same image side by side.

Both begin at the pixels. At strides 4, 8 and 16 their maps stand side by side, channels are weighed by what all of
them hold on average, and a decoder of double convolutions goes back up, at the end by four at once. What is its own:
local and global features that are parallel from the first layer on, scale by scale, and the weighing that fuses them.

Try: `polyclinic prove paratranscnn`, or `polyclinic phantom abdomen abdomen --patients 60 --seed 0` and then
`polyclinic fit paratranscnn abdomen --out run`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.segmenter import UNCHANGED, Plan, Segmenter, plan_of_size
from polyclinic.cards import Card, Claim
from polyclinic.curate.showing import showing
from polyclinic.metrics.masks import mean_dice
from polyclinic.objectives.labels import weighed_loss
from polyclinic.parts.vision.attention import SelfAttention
from polyclinic.parts.vision.maps import map_of, tokens_of
from polyclinic.parts.vision.resnet import BasicBlock, MeanPool, ResNetEncoder, open_stem
from polyclinic.parts.vision.squeeze import SqueezeExcitation
from polyclinic.training.stages import Stage

CARD = Card(
    id="paratranscnn",
    title="ParaTransCNN: parallelized TransCNN encoder for medical image segmentation",
    paper="2401.15307",
    year=2024,
    verbs=("segment",),
    kinds=("segmentation",),
    checked="shape",
    differs="the residual branch does not start from ImageNet; AdamW on a cosine, where the paper has SGD; Dice leaves "
    "out the background; dropout once behind the attention and not also on its weights",
)

CLAIM = Claim(
    says="A residual and a transformer branch side by side draw organs better than a residual one of the same size.",
    metric="mean Dice of eight organs in held-out volumes",
    direction="higher",
    smallest=0.01,
    arms=("nano", "conv"),
    steps=200,
)
ORGANS = (
    "liver",
    "spleen",
    "stomach",
    "pancreas",
    "right kidney",
    "left kidney",
    "bladder",
    "gallbladder",
)
TRAINED, MEASURED = 40, 10
WORLD: dict[str, Any] = {"size": 64}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a patch in pixels; a multiple of 16.
        poolings: halvings of the network; fixed by its form.
        conv_width: of the residual branch's stem; its stages have it once, twice, four and eight times. 0 leaves the
            branch out.
        conv_depths: residual blocks of each stage.
        width: of the transformer's first stage, at stride 4; doubled from stage to stage. 0 leaves the branch out.
        depths: transformer layers of each stage.
        heads: that look side by side.
        dropout: share of what a transformer layer adds that is dropped.
        squeeze: channels for each one between the layers that weigh them; 0 fuses without weighing.
        cross: weight of cross-entropy; Dice has the rest.
        turn: chance of a turn by up to 20 degrees.
        batch: patches a step.
    """

    patch: int = 64
    poolings: int = 4
    conv_width: int = 8
    conv_depths: tuple[int, ...] = (1, 1, 1, 1)
    width: int = 24
    depths: tuple[int, ...] = (1, 1, 1)
    heads: int = 4
    dropout: float = 0.1
    squeeze: int = 16
    cross: float = 0.5
    turn: float = 0.5
    steps: int = 400
    batch: int = 8
    learning_rate: float = 2e-3


PRESETS = {
    "nano": Config(),
    "conv": Config(conv_width=18, width=0),
    "transformer": Config(conv_width=0, width=40),
    "concat": Config(squeeze=0),
    "paper": Config(
        patch=224,
        conv_width=64,
        conv_depths=(3, 4, 6, 3),
        width=320,
        depths=(3, 3, 3),
        heads=8,
        steps=83_000,
        batch=4,
        learning_rate=5e-4,
    ),
}


class TransformerLayer(nn.Module):
    """Attention among all places, then a feed-forward layer of twice the width; no positions."""

    def __init__(self, *, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = SelfAttention(width=width, heads=heads, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, x_BNE: Tensor) -> Tensor:
        """The same shape."""
        x_BNE = x_BNE + self.dropout(self.attention(self.attention_norm(x_BNE)))
        return x_BNE + self.mlp(x_BNE)


class TransformerPyramid(nn.Module):
    """Patches of 4 pixels through transformer layers, twice made patches of 2 places again (section 3.2).

    Args:
        width: of the first stage; it doubles.
        depths: layers of each stage.
    """

    def __init__(self, *, channels: int, width: int, depths: tuple[int, ...], heads: int, dropout: float) -> None:
        super().__init__()
        self.widths_maps = tuple(width * 2**stage for stage in range(len(depths)))
        befores = (channels, *self.widths_maps)
        self.patches = nn.ModuleList(
            nn.Conv2d(before, after, 2 if stage else 4, 2 if stage else 4)
            for stage, (before, after) in enumerate(zip(befores, self.widths_maps, strict=False))
        )
        self.stages = nn.ModuleList(
            nn.Sequential(*(TransformerLayer(width=wide, heads=heads, dropout=dropout) for _ in range(depth)))
            for wide, depth in zip(self.widths_maps, depths, strict=True)
        )

    def forward(self, image_BCYX: Tensor) -> list[Tensor]:
        """Maps at strides 4, 8 and 16."""
        x_BEYX, maps = image_BCYX, []
        for patch, stage in zip(self.patches, self.stages, strict=True):
            x_BEYX = patch(x_BEYX)
            height, width = x_BEYX.shape[2:]
            x_BEYX = map_of(stage(tokens_of(x_BEYX)), height, width)
            maps.append(x_BEYX)
        return maps


class ParallelNetwork(nn.Module):
    """Both branches, their fusion at three scales, and the decoder (section 3)."""

    def __init__(self, config: Config, *, channels: int, width_out: int) -> None:
        super().__init__()
        stages = len(config.depths)
        widths = [0] * stages
        self.conv: ResNetEncoder | None = None
        self.transformer: TransformerPyramid | None = None
        if config.conv_width:
            self.conv = ResNetEncoder(
                stem=open_stem(channels, config.conv_width),
                width=config.conv_width,
                depths=config.conv_depths,
                block=BasicBlock,
                pool=MeanPool(width=8 * config.conv_width),
                widen=1,
                stride=2,
            )
            widths = [a + b for a, b in zip(widths, self.conv.widths_maps[1:], strict=True)]
        if config.width:
            self.transformer = TransformerPyramid(
                channels=channels,
                width=config.width,
                depths=config.depths,
                heads=config.heads,
                dropout=config.dropout,
            )
            widths = [a + b for a, b in zip(widths, self.transformer.widths_maps, strict=True)]
        self.fuse = nn.ModuleList(
            SqueezeExcitation(width=wide, narrow=wide // config.squeeze) if config.squeeze else nn.Identity()
            for wide in widths
        )
        # From coarse to fine; behind the coarsest, what comes from below stands beside the scale's own.
        fine, middle, coarse = widths
        last = config.width or 2 * config.conv_width
        self.smooth = nn.ModuleList(double_conv(wide) for wide in (coarse, 2 * middle, middle + fine))
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(before, after, factor, factor)
            for before, after, factor in ((coarse, middle, 2), (2 * middle, middle, 2), (middle + fine, last, 4))
        )
        self.predict = nn.Conv2d(last, width_out, 1)

    def forward(self, image_BCYX: Tensor) -> Tensor:
        """Logits of every pixel."""
        branches: list[list[Tensor]] = []
        if self.transformer is not None:
            branches.append(self.transformer(image_BCYX))
        if self.conv is not None:
            branches.append(list(self.conv(image_BCYX).maps[1:]))
        fused = [fuse(torch.cat(maps, 1)) for fuse, *maps in zip(self.fuse, *branches, strict=True)]
        x_BEYX = fused.pop()
        for smooth, up in zip(self.smooth, self.up, strict=True):
            x_BEYX = up(smooth(x_BEYX))
            if fused:
                x_BEYX = torch.cat([fused.pop(), x_BEYX], 1)
        logits_BKYX: Tensor = self.predict(x_BEYX)
        return logits_BKYX


def double_conv(width: int) -> nn.Sequential:
    """Twice a 3 x 3 convolution, batch norm and ReLU."""
    layers: list[nn.Module] = []
    for _ in range(2):
        layers += [nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*layers)


class Model(Segmenter):
    """The whole system: the network and its loss."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, plan: Plan) -> None:
        super().__init__(
            config=config,
            plan=plan,
            network=ParallelNetwork(config, channels=plan.width_in, width_out=plan.width_out),
            augment=dataclasses.replace(UNCHANGED, mirror=0.5, turn=config.turn, degrees=20.0),
        )

    def losses(self, logits: list[Tensor], batch: Batch) -> dict[str, Tensor]:
        """Cross-entropy and Dice, weighed."""
        return weighed_loss(logits[0], batch["target"], batch["known"], self.config.cross)


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [
        Stage("masks", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate, weight_decay=1e-4)
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: a grey slice thrice, as published, and eight organs with background."""
    return Model(config, plan_of_size(channels=3, classes=9, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well the organs of patients that were not trained on are drawn, plane by plane."""
    model = trial.fit(arm, showing(trial.patients("abdomen", TRAINED, **WORLD), ORGANS))
    held_out = trial.patients("abdomen", MEASURED, held_out=True, **WORLD)
    return mean_dice(held_out, model.segment(held_out, [ORGANS] * len(held_out)))
