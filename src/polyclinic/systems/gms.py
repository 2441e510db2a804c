"""GMS: segmentation without a segmenter. A small network turns an image's latent into that of its mask.

An autoencoder that was trained on pictures and stays as it is encodes image and mask, and draws the mask in the end.
Only what lies between learns, at the latents' low resolution and held against latents and pixels alike. What is its
own: the mask as one more picture of a frozen autoencoder, so that little has to be learned from little data.

Try: `polyclinic prove gms`, or `polyclinic phantom ultrasound ultrasound --patients 100 --seed 0` and then
`polyclinic fit gms ultrasound --out run`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.base import Batch, Sample, Trial, View
from polyclinic.bodies.segmenter import UNCHANGED, Plan, Segmenter, plan_of_size
from polyclinic.bodies.storing import published_weights
from polyclinic.cards import Card, Claim
from polyclinic.errors import CheckpointError
from polyclinic.metrics.masks import mean_dice
from polyclinic.objectives.labels import dice_loss
from polyclinic.parts.vision.autoencoder import STABLE_DIFFUSION, Autoencoder
from polyclinic.parts.vision.keys import load_public
from polyclinic.parts.vision.place_attention import EPS, PlaceAttention
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="gms",
    title="Generative medical segmentation",
    paper="2403.18198",
    year=2024,
    verbs=("segment",),
    kinds=("segmentation", "image-generation"),
    checked="shape",
    published={"trained": 1.5e6},
    differs="several classes are several masks with latents of their own, where the paper draws one; patches are "
    "scaled by their own mean and spread before they are cut off at -1 and 1; the nano preset trains its small "
    "autoencoder first, on the images and masks at hand; Dice leaves out masks that are empty",
)

CLAIM = Claim(
    says="Mapping latents of a frozen autoencoder draws lesions of another site better than the same layers trained "
    "end to end.",
    metric="mean Dice of lesions in held-out images of shifted sites",
    direction="higher",
    smallest=0.02,
    arms=("nano", "direct"),
    steps=200,
)
TRAINED, MEASURED = 60, 60
WORLD: dict[str, Any] = {"size": 64}
LESION = "lesion"
COLOURS = 3
SPREADS = 3.0  # spreads from an image's mean that become -1 and 1


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a patch in pixels.
        poolings: halvings of the autoencoder; one less than it has levels.
        coder_width: of the autoencoder's finest level; `coder_multiples` are the levels' widths over it.
        coder_depth: blocks of each level.
        coder_groups: that are normed together.
        scale: factor on latents, so that their spread is about one.
        width: of the mapping's first level; `multiples` are the levels' widths over it.
        groups: that are normed together in the mapping.
        frozen: whether the autoencoder is trained beforehand and then stays; else all learns at once, from pixels.
        latent: weight of the distance between latents.
        pixel: weight of Dice between drawn masks.
        rebuild: steps in which the autoencoder learns; 0 where it comes with `--from`.
        batch: patches a step.
    """

    patch: int = 64
    poolings: int = 2
    coder_width: int = 8
    coder_multiples: tuple[int, ...] = (1, 2, 2)
    coder_depth: int = 1
    coder_groups: int = 4
    scale: float = 1.0
    width: int = 16
    multiples: tuple[int, ...] = (1, 2, 2, 2)
    groups: int = 8
    frozen: bool = True
    latent: float = 1.0
    pixel: float = 1.0
    rebuild: int = 400
    steps: int = 400
    batch: int = 8
    learning_rate: float = 2e-3


PRESETS = {
    "nano": Config(),
    "direct": Config(frozen=False),
    "latents": Config(pixel=0.0),
    "pixels": Config(latent=0.0),
    "paper": Config(
        patch=224,
        poolings=3,
        coder_width=128,
        coder_multiples=(1, 2, 4, 4),
        coder_depth=2,
        coder_groups=32,
        scale=0.18215,
        width=32,
        multiples=(1, 2, 4, 4),
        groups=16,
        rebuild=0,
        steps=60_000,
    ),
}


class MappingBlock(nn.Module):
    """Twice norm, PReLU and a 3 x 3 convolution around a shortcut, then attention among all places."""

    def __init__(self, *, width_in: int, width_out: int, groups: int) -> None:
        super().__init__()
        self.convs = nn.Sequential(
            *(
                layer
                for before in (width_in, width_out)
                for layer in (
                    nn.GroupNorm(groups, before, EPS),
                    nn.PReLU(),
                    nn.Conv2d(before, width_out, 3, padding=1),
                )
            )
        )
        self.shortcut = nn.Identity() if width_in == width_out else nn.Conv2d(width_in, width_out, 1, bias=False)
        self.attention = PlaceAttention(width=width_out, groups=groups)

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """The same shape, but for the width."""
        return self.attention(self.shortcut(x_BEYX) + self.convs(x_BEYX))


class LatentMapper(nn.Module):
    """A U of four levels in widths and skips, but at one resolution (section "latent mapping model").

    Args:
        width_in: of the image's latent; `width_out` of the masks'.
    """

    def __init__(self, *, width_in: int, width_out: int, width: int, multiples: Sequence[int], groups: int) -> None:
        super().__init__()
        widths = [width, *(width * times for times in multiples)]
        self.first = nn.Conv2d(width_in, width, 3, padding=1)
        self.down = nn.ModuleList(
            MappingBlock(width_in=before, width_out=after, groups=groups) for before, after in pairwise(widths)
        )
        steps = list(pairwise(widths))[::-1]
        self.up = nn.ModuleList(
            MappingBlock(width_in=own + below, width_out=own, groups=groups) for own, below in steps
        )
        self.outputs = nn.ModuleList(
            nn.Sequential(
                nn.GroupNorm(groups, own, EPS), nn.SiLU(), nn.Conv2d(own, width_out, 3, padding=1, bias=False)
            )
            for own, _ in steps[1:]
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="leaky_relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, latent_BEYX: Tensor) -> list[Tensor]:
        """Latents of masks as three levels see them, the last and best one first."""
        maps = [self.first(latent_BEYX)]
        for block in self.down:
            maps.append(block(maps[-1]))
        x_BEYX, seen = maps.pop(), []
        for block in self.up:
            x_BEYX = block(torch.cat([maps.pop(), x_BEYX], 1))
            seen.append(x_BEYX)
        return [output(each) for output, each in zip(self.outputs, seen[1:], strict=True)][::-1]


class LatentNetwork(nn.Module):
    """The autoencoder and the mapping."""

    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        self.classes, self.scale = classes, config.scale
        self.autoencoder = Autoencoder(
            channels=COLOURS,
            width=config.coder_width,
            multiples=config.coder_multiples,
            depth=config.coder_depth,
            latent=4,
            groups=config.coder_groups,
        )
        self.mapper = LatentMapper(
            width_in=4, width_out=4 * classes, width=config.width, multiples=config.multiples, groups=config.groups
        )

    def latent_of_masks(self, target_BKYX: Tensor) -> Tensor:
        """Scaled means of the masks' latents, each mask by itself, side by side, (B, 4 K, y, x)."""
        mean, _ = self.autoencoder.encode(pictures(2 * target_BKYX.flatten(0, 1)[:, None] - 1))
        return self.scale * mean.reshape(len(target_BKYX), -1, *mean.shape[2:])

    def drawn(self, latent_BEYX: Tensor) -> Tensor:
        """Logits of masks (B, K, Y, X): the mean of a decoded picture's channels, from black to white a probability."""
        each = latent_BEYX.reshape(len(latent_BEYX) * self.classes, -1, *latent_BEYX.shape[2:]) / self.scale
        grey = self.autoencoder.decode(each).mean(1)
        grey = grey.reshape(-1, self.classes, *grey.shape[1:])
        return ((grey + 1) / 2).clamp(1e-4, 1 - 1e-4).logit()

    def forward(self, image_BCYX: Tensor) -> Tensor:
        """Logits of every class's mask."""
        mean, _ = self.autoencoder.encode(pictures(image_BCYX / SPREADS))
        return self.drawn(self.mapper(self.scale * mean)[0])


def pictures(image_BCYX: Tensor) -> Tensor:
    """Colour between -1 and 1: three channels as they are, else their mean thrice."""
    image_BCYX = image_BCYX.clamp(-1, 1)
    if image_BCYX.shape[1] == COLOURS:
        return image_BCYX
    return image_BCYX.mean(1, keepdim=True).expand(-1, COLOURS, -1, -1)


class Model(Segmenter):
    """The whole system: the network, and its two trainings."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, plan: Plan) -> None:
        super().__init__(
            config=config,
            plan=plan,
            network=LatentNetwork(config, len(plan.classes)),
            augment=dataclasses.replace(
                UNCHANGED, mirror=0.5, turn=0.4, degrees=20.0, zoom=0.4, scale=(0.9, 1.1), shade=0.2, shades=(0.9, 1.1)
            ),
        )

        coder: Any = self.network.autoencoder
        coder.requires_grad_(not config.frozen)

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """Of each mask; where classes share a label map, nothing is as likely as an even chance of any."""
        made: Tensor = self.network(image_BCX)
        return [made if self.plan.overlapping else torch.cat([torch.zeros_like(made[:, :1]), made], 1)]

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """What the mapping fails to draw, or, in the stage before, what the autoencoder fails to rebuild."""
        batch = self.moved(batch)
        target_BKYX = as_masks(batch["target"], len(self.plan.classes))
        if not self.config.frozen:
            overlap = dice_loss(self.network(batch["image"]), target_BKYX, batch["known"])
            return {"loss": overlap, "dice": overlap}
        if batch.get("rebuild"):
            losses = self._rebuilding(batch["image"], target_BKYX)
        else:
            losses = self._mapping(batch["image"], target_BKYX, batch["known"])
        return {"loss": torch.stack(list(losses.values())).sum()} | losses

    def _rebuilding(self, image_BCYX: Tensor, target_BKYX: Tensor) -> dict[str, Tensor]:
        """Images and one mask of each, again from latents that tell no more than they must (arXiv 2112.10752)."""
        network: Any = self.network
        chosen_B = torch.randint(target_BKYX.shape[1], (len(target_BKYX),), device=target_BKYX.device)
        mask_B1YX = target_BKYX[torch.arange(len(chosen_B), device=chosen_B.device), chosen_B][:, None]
        given = torch.cat([pictures(image_BCYX / SPREADS), pictures(2 * mask_B1YX - 1)])
        again, told = network.autoencoder(given)
        return {"rebuilt": F.l1_loss(again, given), "told": 1e-4 * told}

    def _mapping(self, image_BCYX: Tensor, target_BKYX: Tensor, known_BK: Tensor) -> dict[str, Tensor]:
        """Each level's latents against the masks', and what is drawn of them against the masks."""
        network: Any = self.network
        with torch.no_grad():
            mean, log_variance = network.autoencoder.encode(pictures(image_BCYX / SPREADS))
            wanted = network.latent_of_masks(target_BKYX)
            latent = network.scale * mean
            if self.training and torch.rand(()) < 0.5:  # the spread is not scaled, as in the authors' code
                latent = latent + (0.5 * log_variance).exp() * torch.randn_like(mean)
        latents = network.mapper(latent)
        losses = {}
        if self.config.latent:
            losses["latent"] = self.config.latent * sum(_distance(each, wanted, known_BK) for each in latents)
        if self.config.pixel:
            overlaps = [dice_loss(network.drawn(each), target_BKYX, known_BK) for each in latents]
            losses["dice"] = self.config.pixel * torch.stack(overlaps).sum()
        return losses

    def load_compatible(self, folder: Path) -> None:
        """Start from another model's autoencoder.

        Raises:
            CheckpointError: it is of another size, or damaged.
        """
        prefix = "network.autoencoder."
        weights = published_weights(folder / "model.safetensors")
        network: Any = self.network
        try:
            network.autoencoder.load_state_dict(
                {name.removeprefix(prefix): each for name, each in weights.items() if name.startswith(prefix)}
            )
        except RuntimeError as error:
            raise CheckpointError(f"{folder}: its autoencoder is of another size: {error}") from error


def _distance(guess_BEYX: Tensor, wanted_BEYX: Tensor, known_BK: Tensor) -> Tensor:
    """Mean squared distance of the known masks' latents."""
    each_BK = (guess_BEYX - wanted_BEYX).square().reshape(*known_BK.shape, -1).mean(2)
    return (each_BK * known_BK).sum() / known_BK.sum().clamp(min=1)


def as_masks(target: Tensor, classes: int) -> Tensor:
    """Shares as they are; of a label map one mask a class, (B, K, Y, X)."""
    if target.is_floating_point():
        return target
    return torch.stack([target == k for k in range(1, classes + 1)], 1).float()


class RebuildView:
    """A training view whose batches say that they are to be rebuilt."""

    def __init__(self, view: View) -> None:
        self.view = view

    def __len__(self) -> int:
        return len(self.view)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """As the view has it."""
        return self.view.sample(index, rng)

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """The view's batch, and what for."""
        return self.view.collate(samples) | {"rebuild": True}


def from_public(file: Path) -> Model:
    """Stable Diffusion's autoencoder in a model to be saved and started from; the mapping is fresh.

    Args:
        file: safetensors, of the autoencoder or of the whole diffusion model.

    Raises:
        CheckpointError: the file is missing or damaged, or of another size.
    """
    model = build_meta(PRESETS["paper"])
    network: Any = model.network
    load_public(network.autoencoder, published_weights(file), STABLE_DIFFUSION)
    return model.eval()


def _autoencoder(model: Any) -> Iterable[nn.Parameter]:
    parameters: Iterable[nn.Parameter] = model.network.autoencoder.parameters()
    return parameters


def _mapper(model: Any) -> Iterable[nn.Parameter]:
    parameters: Iterable[nn.Parameter] = model.network.mapper.parameters()
    return parameters


def stages(config: Config) -> list[Stage]:
    """The autoencoder where it has to be trained, then the mapping alone; or all at once."""
    rate, batch = config.learning_rate, config.batch
    if not config.frozen:
        return [Stage("direct", config.rebuild + config.steps, batch, rate)]
    mapping = Stage("mapping", config.steps, batch, rate, trainable=_mapper, weight_decay=1e-2)
    if not config.rebuild:
        return [mapping]
    return [Stage("autoencoder", config.rebuild, batch, rate, view=RebuildView, trainable=_autoencoder), mapping]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: one mask."""
    return Model(config, plan_of_size(channels=COLOURS, classes=1, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well lesions are drawn at sites that look different from those of training."""
    model = trial.fit(arm, _lesions(trial.patients("ultrasound", TRAINED, **WORLD)))
    held_out = _lesions(trial.patients("ultrasound", MEASURED, held_out=True, shift=1.0, **WORLD))
    return mean_dice(held_out, model.segment(held_out, [[LESION]] * len(held_out)))


def _lesions(studies: Sequence[Study]) -> list[Study]:
    """Those that show a finding, all findings under one name."""
    made = []
    for study in studies:
        found = [region for region in study.regions if region.kind == "finding" and region.mask is not None]
        if found:
            regions = tuple(dataclasses.replace(region, name=LESION) for region in found)
            made.append(dataclasses.replace(study, regions=regions))
    return made
