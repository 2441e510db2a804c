"""TransDAE: a U-shaped transformer that attends to places and to channels, each at linear cost.

Overlapping patches go through three stages of blocks and back up, with nothing pre-trained. What is its own: a block
looks at all places first and at all channels then, and where a coarse map meets the finer one beside it, the two
are weighed by a large convolution that is taken apart into cheap ones, instead of only being put side by side.

Try: `polyclinic prove transdae`, or `polyclinic phantom abdomen abdomen --patients 60 --seed 0` and then
`polyclinic fit transdae abdomen --out run`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.segmenter import UNCHANGED, Plan, Segmenter, plan_of_size
from polyclinic.cards import Card, Claim
from polyclinic.curate.showing import showing
from polyclinic.metrics.masks import mean_dice
from polyclinic.objectives.labels import weighed_loss
from polyclinic.parts.vision.cross_covariance import CrossCovarianceAttention
from polyclinic.parts.vision.efficient import EfficientAttention, efficient_attention
from polyclinic.parts.vision.expand import PatchExpand
from polyclinic.parts.vision.mixed_feed_forward import MixedFeedForward
from polyclinic.parts.vision.reduced import ReducedAttention
from polyclinic.training.stages import Stage

CARD = Card(
    id="transdae",
    title="TransDAE: dual attention mechanism in a hierarchical transformer for efficient medical image segmentation",
    paper="2409.02018",
    year=2024,
    verbs=("segment",),
    kinds=("segmentation",),
    checked="shape",
    differs="widths, depths and block of DAE-Former (arXiv 2212.13504), on which it is built and whose code is public, "
    "because its own are not; kernels of the large convolution as in arXiv 2202.09741; AdamW on a cosine, where the "
    "paper has SGD; Dice leaves out the background",
)

CLAIM = Claim(
    says="Blocks that attend to places and channels, joined by a large convolution, draw organs better than blocks "
    "that attend to places twice, joined by concatenation.",
    metric="mean Dice of eight organs in held-out volumes",
    direction="higher",
    smallest=0.01,
    arms=("nano", "plain"),
    steps=300,
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
        patch: side of a patch in pixels; a multiple of 32.
        poolings: halvings of the network; fixed by the number of widths.
        widths: of each stage, at strides 4, 8, 16 ...
        depth: blocks of each stage, down and up.
        heads: of the attention among channels, and of the reduced one among places.
        spatial: attention among places, through summaries of all of them or to a shrunken copy of the map.
        channel: whether the second attention of a block is among channels; else it is among places too.
        skip: how a coarse map meets a finer one: `inter-scale` by a large convolution, `cross` by attention as in
            DAE-Former, `concat` side by side.
        cross: weight of cross-entropy; Dice has the rest.
        turn: chance of a turn by up to 20 degrees.
        batch: patches a step.
    """

    patch: int = 64
    poolings: int = 4
    widths: tuple[int, ...] = (32, 64, 128)
    depth: int = 1
    heads: int = 4
    spatial: Literal["efficient", "reduced"] = "efficient"
    channel: bool = True
    skip: Literal["inter-scale", "cross", "concat"] = "inter-scale"
    cross: float = 0.4
    turn: float = 0.5
    steps: int = 400
    batch: int = 8
    learning_rate: float = 3e-3


PRESETS = {
    "nano": Config(),
    "plain": Config(channel=False, skip="concat"),
    "places": Config(channel=False),
    "concat": Config(skip="concat"),
    "paper": Config(patch=224, widths=(128, 320, 512), depth=2, heads=8, steps=37_000, batch=24, learning_rate=5e-4),
}


class DualBlock(nn.Module):
    """Two attentions, each followed by a feed-forward layer, each of the four behind a norm of its own and added.

    Args:
        width: of the places.
        first: attention that keeps the shape of a map (B, Y, X, E).
        second: the same.

    Source:
        arXiv 2409.02018 (dual attention transformer block), in the form of arXiv 2212.13504, section 2.1.
    """

    def __init__(self, *, width: int, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        layers = (first, _feed_forward(width), second, _feed_forward(width))
        self.layers = nn.ModuleList(layers)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in layers)

    def forward(self, x_BYXE: Tensor) -> Tensor:
        """The same shape."""
        for norm, layer in zip(self.norms, self.layers, strict=True):
            x_BYXE = x_BYXE + layer(norm(x_BYXE))
        return x_BYXE


def _feed_forward(width: int) -> MixedFeedForward:
    return MixedFeedForward(width=width, hidden=4 * width)


class InterScale(nn.Module):
    """Both maps side by side, weighed by a convolution that reaches 21 places, brought back to one width.

    The convolution is one of 5 x 5, one of 7 x 7 places that lie 3 apart, and one among channels.

    Source:
        arXiv 2409.02018 (inter-scale interaction module); the parts of the convolution from arXiv 2202.09741,
        section 3.1. Not in the paper: the norm before, and the sum of both maps as the shortcut.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        both = 2 * width
        self.norm = nn.LayerNorm(both)
        self.weigh = nn.Sequential(
            nn.Conv2d(both, both, 5, padding=2, groups=both),
            nn.Conv2d(both, both, 7, padding=9, groups=both, dilation=3),
            nn.Conv2d(both, both, 1),
        )
        self.join = nn.Linear(both, width)

    def forward(self, coarse_BYXE: Tensor, fine_BYXE: Tensor) -> Tensor:
        """One map of the two."""
        both_BEYX = self.norm(torch.cat([coarse_BYXE, fine_BYXE], 3)).permute(0, 3, 1, 2)
        weighed_BYXE = (both_BEYX * self.weigh(both_BEYX)).permute(0, 2, 3, 1)
        return coarse_BYXE + fine_BYXE + self.join(weighed_BYXE)


class CrossSkip(nn.Module):
    """The finer map's places look at the coarser map's values; both and what was seen are brought to one width.

    Source:
        arXiv 2212.13504, section 2.2: queries and keys are the same, and one norm serves both maps.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        both = 2 * width
        self.norm = nn.LayerNorm(width)
        self.out = nn.Sequential(nn.Linear(width, both), nn.LayerNorm(both))
        self.mlp_norm = nn.LayerNorm(both)
        self.mlp = MixedFeedForward(width=both, hidden=2 * both)
        self.join = nn.Linear(both, width)

    def forward(self, coarse_BYXE: Tensor, fine_BYXE: Tensor) -> Tensor:
        """One map of the two."""
        value_BNE, query_BNE = (self.norm(x).flatten(1, 2) for x in (coarse_BYXE, fine_BYXE))
        seen_BYXE = self.out(efficient_attention(query_BNE, query_BNE, value_BNE)).unflatten(1, fine_BYXE.shape[1:3])
        both_BYXE = torch.cat([coarse_BYXE, fine_BYXE], 3) + seen_BYXE
        return self.join(both_BYXE + self.mlp(self.mlp_norm(both_BYXE)))


class Concat(nn.Module):
    """Both maps side by side, brought back to one width."""

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.join = nn.Linear(2 * width, width)

    def forward(self, coarse_BYXE: Tensor, fine_BYXE: Tensor) -> Tensor:
        """One map of the two."""
        return self.join(torch.cat([coarse_BYXE, fine_BYXE], 3))


SKIPS: dict[str, type[InterScale | CrossSkip | Concat]] = {
    "inter-scale": InterScale,
    "cross": CrossSkip,
    "concat": Concat,
}
LAST_STRIDE = 32  # the stride that a shrunken copy of a map has


class DualNetwork(nn.Module):
    """Patches, stages of dual blocks down and up, and a last step to every pixel."""

    def __init__(self, config: Config, *, channels: int, width_out: int) -> None:
        super().__init__()
        widths = config.widths
        before = (channels, *widths)
        strides = [4 * 2**stage for stage in range(len(widths))]
        self.patches = nn.ModuleList(
            nn.Conv2d(a, b, 3, 2, 1) if stage else nn.Conv2d(a, b, 7, 4, 3)
            for stage, (a, b) in enumerate(zip(before, widths, strict=False))
        )
        self.patch_norms = nn.ModuleList(nn.LayerNorm(width) for width in widths)
        self.down = nn.ModuleList(_stage(config, width, stride) for width, stride in zip(widths, strides, strict=True))
        self.down_norms = nn.ModuleList(nn.LayerNorm(width) for width in widths)
        # From coarse to fine.
        steps = list(zip(widths[1:], widths[:-1], strides[:-1], strict=True))[::-1]
        self.expand = nn.ModuleList(PatchExpand(width=wide, factor=2, width_out=wide // 2) for wide, _, _ in steps)
        self.match = nn.ModuleList(nn.Linear(wide // 2, width) for wide, width, _ in steps)
        self.skips = nn.ModuleList(SKIPS[config.skip](width=width) for _, width, _ in steps)
        self.up = nn.ModuleList(_stage(config, width, stride) for _, width, stride in steps)
        self.last = PatchExpand(width=widths[0], factor=4, width_out=widths[0])
        self.predict = nn.Linear(widths[0], width_out)
        for part in (self.expand, self.match, self.skips, self.up, self.last, self.predict):
            part.apply(_started)

    def forward(self, image_BCYX: Tensor) -> Tensor:
        """Logits of every pixel."""
        maps: list[Tensor] = []
        x_BEYX = image_BCYX
        for patch, patch_norm, blocks, norm in zip(
            self.patches, self.patch_norms, self.down, self.down_norms, strict=True
        ):
            maps.append(norm(blocks(patch_norm(patch(x_BEYX).permute(0, 2, 3, 1)))))
            x_BEYX = maps[-1].permute(0, 3, 1, 2)
        x_BYXE = maps.pop()
        for expand, match, skip, blocks in zip(self.expand, self.match, self.skips, self.up, strict=True):
            x_BYXE = blocks(skip(match(expand(x_BYXE)), maps.pop()))
        logits_BKYX: Tensor = self.predict(self.last(x_BYXE)).permute(0, 3, 1, 2)
        return logits_BKYX


def _stage(config: Config, width: int, stride: int) -> nn.Sequential:
    def places() -> nn.Module:
        if config.spatial == "efficient":
            return EfficientAttention(width=width)
        return ReducedAttention(width=width, heads=config.heads, ratio=max(LAST_STRIDE // stride, 1))

    def second() -> nn.Module:
        return CrossCovarianceAttention(width=width, heads=config.heads) if config.channel else places()

    return nn.Sequential(*(DualBlock(width=width, first=places(), second=second()) for _ in range(config.depth)))


def _started(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Model(Segmenter):
    """The whole system: the network and its loss."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, plan: Plan) -> None:
        super().__init__(
            config=config,
            plan=plan,
            network=DualNetwork(config, channels=plan.width_in, width_out=plan.width_out),
            augment=dataclasses.replace(UNCHANGED, mirror=0.5, turn=config.turn, degrees=20.0),
        )

    def losses(self, logits: list[Tensor], batch: Batch) -> dict[str, Tensor]:
        """Cross-entropy and Dice, weighed."""
        return weighed_loss(logits[0], batch["target"], batch["known"], self.config.cross)


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [
        Stage(
            "masks",
            steps=config.steps,
            batch=config.batch,
            learning_rate=config.learning_rate,
            weight_decay=1e-4,
        )
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: a grey slice thrice, as published, and eight organs with background."""
    return Model(config, plan_of_size(channels=3, classes=9, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well the organs of patients that were not trained on are drawn, plane by plane."""
    model = trial.fit(arm, showing(trial.patients("abdomen", TRAINED, **WORLD), ORGANS))
    held_out = trial.patients("abdomen", MEASURED, held_out=True, **WORLD)
    return mean_dice(held_out, model.segment(held_out, [ORGANS] * len(held_out)))
