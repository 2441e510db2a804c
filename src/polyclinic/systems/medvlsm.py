"""MedVLSM: a segmenter that is told in words what to cut out, with prompts that say one thing more from rung to rung.

A vision transformer's states at some depths go through a slim transformer; the first of them is scaled and shifted by
the text's vector, and one mask comes out. What is its own: a ladder of prompts made from each image's masks, from no
text to a whole description, and the controls (no prompt, a wrong prompt, no text encoder at all) that show whether the
words are used. `polyclinic assess --protocols prompt_ladder` asks the same of any segmenter that reads.

Try: `polyclinic prove medvlsm`, or `polyclinic phantom chest chest --patients 300 --seed 0`, then
`polyclinic fit medvlsm chest --out run` and `polyclinic segment run IMAGE "left lung"`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from polyclinic.bodies.base import Batch, Sample, Trial
from polyclinic.bodies.segmenter import UNCHANGED, Augmentation, PatchView, Plan, Segmenter, Wanted, plan_of_size
from polyclinic.bodies.segmenter.calling import called
from polyclinic.bodies.segmenter.scene import NameChannel
from polyclinic.cards import Card, Claim
from polyclinic.curate.ladder import RUNGS, ways
from polyclinic.metrics.masks import mean_dice
from polyclinic.objectives.labels import cross_entropy, dice_loss
from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.clip_text import CausalTextEncoder
from polyclinic.parts.text.grams import Grams
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.maps import map_of
from polyclinic.parts.vision.vit import ViTEncoder
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="medvlsm",
    title="Exploring transfer learning in medical image segmentation using vision-language models",
    paper="2308.07706",
    year=2023,
    verbs=("segment",),
    kinds=("segmentation", "benchmark"),
    checked="shape",
    published={"decoder_parameters": 1_127_009},
    weights="MIT",
    differs="of the study's four text-driven models this is CLIPSeg (and, with `encoder=vit-b-16`, the shape of "
    "BiomedCLIPSeg), CRIS is not here; words are told apart by a hash; nothing starts from CLIP's weights; the rate "
    "falls along a cosine, where the paper lowers it when the validation loss rests",
)

CLAIM = Claim(
    says="Where an image holds several things that may be meant, a segmenter that reads cuts out what is named.",
    metric="mean Dice of organs and findings in held-out films, each asked for by its name or, blind, by nothing",
    direction="higher",
    smallest=0.1,
    arms=("nano", "blind"),
    steps=240,
)
TRAINED, MEASURED = 200, 40
WORLD: dict[str, Any] = {"size": 64, "noise": 1.0, "contrast": 2.0}
DICE, CROSS = 1.0, 0.2  # weights of the losses, as published
BLANK = " "  # a prompt without a word
ANY = "random"


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: side of a picture in pixels; `poolings` how often it must halve.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS` that is a vision transformer.
        depths: blocks behind which states are taken, the deepest first.
        reduce: width of the slim transformer; `reduce_heads` heads, layers `hidden` wide inside.
        refined: whether the mask is enlarged by three layers, not by one.
        text_width: of the text encoder; `text_depth` layers, `text_heads` heads; `text_out` of its vector.
        vocabulary: words that are told apart; `longest` of a text are read.
        prompt: rung of the ladder that training says (`polyclinic.curate.ladder.RUNGS`), or `random` for any but the
            first.
        batch: pictures a step, each with one prompt.
    """

    patch: int = 64
    poolings: int = 3
    encoder: str = "vit-nano"
    depths: tuple[int, ...] = (4, 3, 2)
    reduce: int = 96
    reduce_heads: int = 4
    hidden: int = 192
    refined: bool = True
    text_width: int = 64
    text_depth: int = 1
    text_heads: int = 4
    text_out: int = 64
    vocabulary: int = 4096
    longest: int = 77
    prompt: str = "name"
    steps: int = 600
    batch: int = 16
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "blind": Config(prompt="empty"),
    "all-rungs": Config(prompt=ANY),
    "paper": Config(
        patch=352,
        poolings=4,
        encoder="vit-b-16-clip",
        depths=(10, 8, 4),
        reduce=64,
        hidden=2048,
        text_width=512,
        text_depth=12,
        text_heads=8,
        text_out=512,
        vocabulary=49_408,
        prompt=ANY,
        steps=50_000,
        batch=128,
        learning_rate=2e-3,
    ),
}


class PromptedView(PatchView):
    """Pictures, each with one thing that is drawn on it and a prompt for that.

    Args:
        prompt: the rung that is said, or `random`.
    """

    def __init__(
        self, studies: Sequence[Study], *, plan: Plan, augment: Augmentation, name: NameChannel, prompt: str
    ) -> None:
        super().__init__(studies, plan=plan, augment=augment, name=name)
        self.prompt = prompt

    def draw(self, index: int, rng: np.random.Generator) -> Sample:
        """What `PatchView` gives, with the number of the class that is asked for, and what is said."""
        sample = super().draw(index, rng)
        study = self.studies[index]
        drawn = {region.name for region in study.regions if region.image == 0 and region.mask is not None}
        names = [name for name in self.plan.classes if name in drawn]
        name = str(rng.choice(names)) if names else self.plan.classes[0]
        rung = int(rng.integers(1, len(RUNGS))) if self.prompt == ANY else RUNGS.index(self.prompt)
        said = str(rng.choice(ways(study, name, rung))) if names else ""
        return sample | {"asked": self.plan.classes.index(name), "said": said}

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """What `PatchView` gives, with `asked` (B,) and `said`."""
        asked = torch.tensor([sample["asked"] for sample in samples])
        return super().collate(samples) | {"asked": asked, "said": [sample["said"] for sample in samples]}


class SlimDecoder(nn.Module):
    """States of a vision transformer and a text's vector to one mask (arXiv 2112.10003, section 3).

    Args:
        width: of the states, `count` of them; `stride` pixels is a patch wide.
        reduce: its own width; `heads` and `hidden` of its layers.
        width_text: of the vector that scales and shifts the first of the reduced states.
        refined: whether three layers enlarge the mask, as in the refined published weights.
    """

    def __init__(
        self,
        *,
        width: int,
        count: int,
        stride: int,
        reduce: int,
        heads: int,
        hidden: int,
        width_text: int,
        refined: bool,
    ) -> None:
        super().__init__()
        self.enter = nn.ModuleList(nn.Linear(width, reduce) for _ in range(count))
        self.scale, self.shift = nn.Linear(width_text, reduce), nn.Linear(width_text, reduce)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(reduce, heads, hidden, dropout=0.0, batch_first=True) for _ in range(count)
        )
        half = stride // 4
        self.leave = nn.Sequential(
            nn.Conv2d(reduce, reduce, 3, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(reduce, reduce // 2, 4, 4),
            nn.ReLU(),
            nn.ConvTranspose2d(reduce // 2, 1, half, half),
        )
        if not refined:
            self.leave = nn.Sequential(nn.ConvTranspose2d(reduce, 1, stride, stride))

    def forward(self, states: Sequence[Tensor], text_BE: Tensor, grid: tuple[int, int]) -> Tensor:
        """Mask logits (B, y, x).

        Args:
            states: tokens with the class token first, the deepest first.
        """
        x_BNE: Tensor | None = None
        for state_BNE, enter, layer in zip(states, self.enter, self.layers, strict=True):
            if x_BNE is None:
                x_BNE = self.scale(text_BE)[:, None] * enter(state_BNE) + self.shift(text_BE)[:, None]
            else:
                x_BNE = enter(state_BNE) + x_BNE
            x_BNE = layer(x_BNE)
        assert x_BNE is not None
        mask_BYX: Tensor = self.leave(map_of(x_BNE[:, 1:], *grid))[:, 0]
        return mask_BYX


class PromptedTransformer(nn.Module):
    """Image and text encoder, and the slim decoder."""

    def __init__(
        self,
        *,
        images: ViTEncoder,
        texts: CausalTextEncoder,
        out: nn.Linear,
        decoder: SlimDecoder,
        depths: Sequence[int],
    ) -> None:
        super().__init__()
        # What of the image encoder the states do not go through has nothing to learn.
        self.images, self.texts, self.out, self.decoder, self.depths = images, texts, out, decoder, tuple(depths)
        self.images.norm = nn.Identity()
        self.images.blocks = self.images.blocks[: max(depths)]

    def forward(self, image_BCYX: Tensor, read: TokenBatch, item_N: Tensor) -> Tensor:
        """A mask (N, y, x) for each text, about the image `item_N` says; each image is looked at once."""
        x_BNE, grid = self.images.entered(image_BCYX)
        states = {}
        for number, block in enumerate(self.images.blocks, start=1):
            x_BNE = block(x_BNE)
            states[number] = x_BNE
        text_NE = self.out(self.texts(read).pooled_BE)
        masks_NYX: Tensor = self.decoder([states[depth][item_N] for depth in self.depths], text_NE, grid)
        return masks_NYX


class Model(Segmenter):
    """The whole system: a transformer that is prompted, and the view that prompts it."""

    card, config_type = CARD, Config
    open_vocabulary = True
    network: PromptedTransformer

    def __init__(self, config: Config, plan: Plan) -> None:
        images: Any = ENCODERS[config.encoder](channels=plan.width_in, image_size=plan.patch[0])
        texts = CausalTextEncoder(
            vocabulary=config.vocabulary,
            width=config.text_width,
            depth=config.text_depth,
            heads=config.text_heads,
            longest=config.longest,
            activation=nn.GELU(),
        )
        decoder = SlimDecoder(
            width=images.width_tokens,
            count=len(config.depths),
            stride=images.strides[-1],
            reduce=config.reduce,
            heads=config.reduce_heads,
            hidden=config.hidden,
            width_text=config.text_out,
            refined=config.refined,
        )
        out = nn.Linear(config.text_width, config.text_out, bias=False)
        super().__init__(
            config=config,
            plan=plan,
            network=PromptedTransformer(images=images, texts=texts, out=out, decoder=decoder, depths=config.depths),
            augment=replace(UNCHANGED, shade=0.15, noise=0.1),
        )
        self.tokens = Grams.of_size(config.vocabulary)

    @classmethod
    def wanted(cls, config: Config) -> Wanted:
        """Pictures, and a mask for each prompt."""
        return Wanted(config.patch, config.poolings, overlapping=True)

    def view(self, studies: Sequence[Study]) -> PromptedView:
        """Pictures with prompts."""
        prompt = self.config.prompt
        return PromptedView(studies, plan=self.plan, augment=self.augment, name=self.channel_name, prompt=prompt)

    def prompted(self, image_BCYX: Tensor, texts: Sequence[str], item_N: Tensor) -> Tensor:
        """A mask (N, y, x) for each text; one without words is the padding alone."""
        read = TokenBatch(*(part.to(self.device) for part in self.tokens.batch(texts, self.config.longest)))
        masks_NYX: Tensor = self.network(image_BCYX, read, item_N.to(self.device))
        return masks_NYX

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """A mask for each name, which may be any prompt."""
        item_N = torch.arange(len(texts)).repeat_interleave(len(names))
        masks_NYX = self.prompted(image_BCX, list(names) * len(texts), item_N)
        return [masks_NYX.reshape(len(texts), len(names), *masks_NYX.shape[1:])]

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Dice and cross-entropy of what each prompt asks for."""
        batch = self.moved(batch)
        every_B = torch.arange(len(batch["said"]))
        logits_B1YX = self.prompted(batch["image"], batch["said"], every_B)[:, None]
        target_B1YX = batch["target"][every_B, batch["asked"]][:, None]
        known_B1 = torch.ones(len(every_B), 1, dtype=torch.bool, device=self.device)
        shown = {
            "dice": dice_loss(logits_B1YX, target_B1YX, known_B1),
            "cross": cross_entropy(logits_B1YX, target_B1YX, known_B1),
        }
        return {"loss": DICE * shown["dice"] + CROSS * shown["cross"], **shown}


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [
        Stage(
            "masks",
            steps=config.steps,
            batch=config.batch,
            learning_rate=config.learning_rate,
            weight_decay=1e-3,
            clip=0.5,
        )
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: colour pictures."""
    return Model(config, plan_of_size(channels=3, classes=4, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well what is named is cut out of films that were not trained on; the blind arm is told nothing."""
    model = trial.fit(arm, trial.patients("chest", TRAINED, **WORLD))
    studies = trial.patients("chest", MEASURED, held_out=True, **WORLD)
    return mean_dice(studies, called(model, studies, lambda _, name: BLANK if arm == "blind" else name))
