"""Image-text ranking: a frozen look at images, simple readers of texts, and a true pair ahead of wrong ones.

Search finds the image that a text tells of; annotation finds the text that tells of an image. A network that is not
trained looks at images, small ones that are trained bring what it saw and what a text says into one space: a bag of
words, of runs of words, of words that stand a little apart, or words in order. What is its own: a true pair is to
lead pairs with a wrong text, with a wrong image, or both, by a margin, and what is learned hangs on which wrong ones
are drawn: all of the batch, one at random, or the hardest; simple readers are compared under this one objective.

Try: `polyclinic prove image-text-ranking`, or `polyclinic phantom cortex scenes --patients 800 --seed 0` and then
`polyclinic fit image-text-ranking scenes --out run`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.dual_encoder import DualEncoder, Outlook, PairView, texts_of
from polyclinic.bodies.dual_encoder.speaking import shuffled
from polyclinic.cards import Card, Claim
from polyclinic.objectives.ranking import Negatives, ranking_loss
from polyclinic.parts.features import Features, ImageEncoder, TextEncoder
from polyclinic.parts.text.grams import BagEncoder, Grams
from polyclinic.parts.text.recurrent import ConvTextEncoder
from polyclinic.parts.text.wordpieces import TextTokens
from polyclinic.parts.vision import ENCODERS
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="image-text-ranking",
    title="Deep learning applied to image and text matching",
    paper="1601.03478",
    year=2016,
    verbs=("embed", "classify"),
    kinds=("dual encoder", "metric learning"),
    checked="shape",
    phantom="cortex",
    differs="the frozen network is a fresh one with random weights unless trained ones are loaded, and a ResNet-50 in "
    "the paper's preset; sizes and margin are not known from the paper; zero-shot classification is not in it; how "
    "negatives are drawn does not change while it trains",
)

CLAIM = Claim(
    says="Read in pairs of neighbouring words, a text is told from the same words put together for the mirror image; "
    "read in single words, it is not.",
    metric="share of held-out texts that are nearer to their image than their mirrored twin is; even counts half",
    direction="higher",
    smallest=0.1,
    arms=("nano", "words"),
    steps=400,
)
PATIENTS, MEASURED = 1500, 800
EVEN = 1e-6
OTHER = {"left": "right", "right": "left"}
PLACE = re.compile(r"\b(?:upper|lower) (?:left|right)\b")
# What a text is read as: lengths of runs of words, and most words between two that stand apart.
GRAMS = {"words": ((1,), 0), "pairs": ((2,), 0), "triples": ((3,), 0), "skips": ((3,), 2), "order": ((1,), 0)}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS`; it does not learn.
        grid: steps along each side in which its last map is averaged; each keeps its own place in the vector.
        reading: of texts: bags of `words`, of `pairs` of neighbours, of `triples`, of triples and words that stand
            apart (`skips`), or words in `order` through a convolution.
        vocabulary: most words or grams that are learned from the Studies' texts.
        longest: most words of a text.
        width: of the hidden layers.
        window: words that a place of the convolution sees; odd.
        match_width: of the common space.
        dropout: behind hidden layers.
        margin: least lead in cosine of a true pair.
        text_share: weight of wrong texts; the rest is for wrong images.
        negatives: all wrong partners of the batch, one at random, or the hardest.
        chunk: rows that are encoded at once; None keeps all.
        batch: pairs a step.
    """

    image_size: int = 64
    encoder: str = "conv-nano"
    grid: int = 4
    reading: Literal["words", "pairs", "triples", "skips", "order"] = "pairs"
    vocabulary: int = 1000
    longest: int = 80
    width: int = 256
    window: int = 3
    match_width: int = 128
    dropout: float = 0.1
    margin: float = 0.2
    text_share: float = 0.5
    negatives: Literal["all", "random", "hardest"] = "all"
    chunk: int | None = None
    steps: int = 600
    batch: int = 64
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "texts": Config(text_share=1.0),
    "images": Config(text_share=0.0),
    "random": Config(negatives="random"),
    "hardest": Config(negatives="hardest"),
    "words": Config(reading="words"),
    "triples": Config(reading="triples"),
    "skips": Config(reading="skips"),
    "order": Config(reading="order"),
    "paper": Config(
        image_size=224,
        encoder="resnet50",
        grid=1,
        vocabulary=10_000,
        width=1000,
        match_width=500,
        dropout=0.5,
        steps=100_000,
        batch=100,
    ),
}


class FrozenLook(nn.Module):
    """An encoder that does not learn; its last map, averaged in a grid, with mean 0 and variance 1 in each picture.

    Args:
        encoder: whose parameters are frozen here, and whose training mode stays off.
        grid: steps along each side.
    """

    def __init__(self, *, encoder: ImageEncoder, grid: int) -> None:
        super().__init__()
        self.encoder, self.grid = encoder, grid
        self.width_out, self.width_tokens = grid * grid * encoder.width_tokens, encoder.width_tokens
        self.strides, self.widths_maps = encoder.strides, encoder.widths_maps
        self.requires_grad_(False).train(False)

    def train(self, mode: bool = True) -> FrozenLook:
        """Nothing changes: batch statistics are frozen too."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, image_BCYX: Tensor) -> Features:
        """Features of images."""
        seen = self.encoder(image_BCYX)
        pooled_BE = F.adaptive_avg_pool2d(seen.maps[-1], self.grid).flatten(1)
        return seen._replace(pooled_BE=F.layer_norm(pooled_BE, pooled_BE.shape[1:]))


class Model(DualEncoder):
    """The whole system: what it is made of, and how pairs are ranked."""

    card, config_type = CARD, Config
    tokens_type: ClassVar[type[TextTokens]] = Grams

    def __init__(self, config: Config, outlook: Outlook, tokens: TextTokens) -> None:
        image = FrozenLook(
            encoder=ENCODERS[config.encoder](channels=outlook.channels, image_size=outlook.image_size), grid=config.grid
        )
        super().__init__(
            config=config,
            outlook=outlook,
            tokens=tokens,
            image_encoder=image,
            text_encoder=reader(config, len(tokens)),
            image_head=nn.Sequential(
                nn.Linear(image.width_out, config.width),
                nn.ReLU(),
                nn.Dropout(config.dropout),
                nn.Linear(config.width, config.match_width),
            ),
            text_head=nn.Linear(config.width, config.match_width),
        )
        self.config: Config = config
        self.log_scale.requires_grad_(False)  # a margin needs no temperature; only `classify` has one

    @classmethod
    def learned_tokens(cls, config: Config, texts: Iterable[str]) -> Grams:
        """The most frequent words or grams."""
        runs, gap = GRAMS[config.reading]
        return Grams.trained(texts, config.vocabulary, runs=runs, gap=gap)

    def view(self, studies: Sequence[Study]) -> PairView:
        """Each picture with its text, whose sentences come in any order."""
        return self.pairs(studies, speak=shuffled)

    def losses(self, image: Features, text: Features, batch: Batch) -> dict[str, Tensor]:
        """By how much wrong partners come too close."""
        config = self.config
        image_BE, text_BE = self.image_vectors(image), self.text_vectors(text)
        loss = ranking_loss(
            image_BE,
            text_BE,
            batch["index"].to(image_BE.device),
            margin=config.margin,
            text_share=config.text_share,
            negatives=Negatives(config.negatives),
        )
        return {"loss": loss}


def reader(config: Config, vocabulary: int) -> TextEncoder:
    """The encoder of texts that was chosen."""
    if config.reading == "order":
        return ConvTextEncoder(
            vocabulary=vocabulary, width_embedding=config.width, width=config.width, window=config.window
        )
    return BagEncoder(vocabulary=vocabulary, hidden=config.width, width=config.width, dropout=config.dropout)


def stages(config: Config) -> list[Stage]:
    """Everything that is not frozen, at once."""
    return [Stage("pairs", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate)]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    runs, gap = GRAMS[config.reading]
    return Model(config, Outlook(config.image_size, 3), Grams(size=config.vocabulary, runs=runs, gap=gap, known=None))


def claim(arm: str, trial: Trial) -> float:
    """How often a text lies nearer to its image than its mirrored twin, for patients that training did not see."""
    model = trial.fit(arm, trial.patients("cortex", PATIENTS, size=64))
    told = [(s, " ".join(texts_of(s))) for s in trial.patients("cortex", MEASURED, held_out=True, size=64)]
    asked = [(study, text, twin) for study, text in told if (twin := mirrored(text)) is not None]
    studies, texts, twins = zip(*asked, strict=True)
    lead_N = (model.embed_images(studies) * (model.embed_texts(texts) - model.embed_texts(twins))).sum(1)
    return float(np.mean(np.where(np.abs(lead_N) < EVEN, 0.5, lead_N > 0)))


def mirrored(text: str) -> str | None:
    """The text of the mirror image, where it has the same words and not the same places.

    Example:
        >>> mirrored("A star in the lower left quarter. Circle in the upper right quarter.")
        'A star in the lower right quarter. Circle in the upper left quarter.'
        >>> mirrored("A star in the lower left quarter."), mirrored("Star, lower left. Circle, lower right.")
        (None, None)
    """
    twin = re.sub(r"\b(left|right)\b", lambda found: OTHER[found[0]], text)
    same_words = sorted(text.split()) == sorted(twin.split())
    return twin if same_words and sorted(PLACE.findall(text)) != sorted(PLACE.findall(twin)) else None
