"""BiomedCLIP: CLIP for the figures of biomedical articles, whose captions are long and full of their own words.

A vision transformer and a BERT are trained so that among the pairs of a batch each figure picks out its
caption and each caption its figure. What is its own is what figures need: a text encoder that reads 256 tokens
where CLIP reads 77, because what a caption says of its figure often comes late; a BERT and word pieces made for
biomedical text; and fifteen million pairs from open articles (`polyclinic data inspect` reads their XML).

Try: `polyclinic prove biomedclip`, or `polyclinic fit biomedclip FOLDER --out run` and then
`polyclinic search run FOLDER "pleural effusion"`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Trial
from polyclinic.bodies.dual_encoder import CLIP_PIXELS, GREY, DualEncoder, Outlook, PairView, Prompts, projection
from polyclinic.bodies.dual_encoder.speaking import whole
from polyclinic.cards import Card, Claim
from polyclinic.metrics.retrieval import places, recall_at
from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="biomedclip",
    title="BiomedCLIP: large-scale pretraining on figures and captions of biomedical articles",
    paper="2303.00915",
    year=2023,
    verbs=("embed", "classify"),
    kinds=("dual encoder",),
    checked="claim",
    published={"parameters": 195_900_000},
    weights="MIT",
)

CLAIM = Claim(
    says="A text encoder that reads the whole of a long caption finds figures that one with CLIP's context does not.",
    metric="text-to-image recall at 5 among 200 held-out figures",
    direction="higher",
    smallest=0.05,
    arms=("nano", "short-context", "coarse-words"),
    steps=400,
)
TRAINED, MEASURED = 1200, 200
WORLD: dict[str, Any] = {"size": 64, "contrast": 3.0, "prevalence": 0.4}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS`.
        vocabulary: most word pieces that are learned from the Studies' texts.
        longest: most tokens of a caption.
        positions: that the BERT has vectors for, `longest` or more.
        width: of the BERT; `depth` layers, `heads` heads in each.
        match_width: of the common space.
        crop: least share of a picture that is kept while training.
        chunk: rows that are encoded at once; None keeps all.
        batch: pairs a step.
    """

    image_size: int = 64
    encoder: str = "conv-nano"
    vocabulary: int = 800
    longest: int = 128
    positions: int = 128
    width: int = 96
    depth: int = 2
    heads: int = 4
    match_width: int = 128
    crop: float = 0.8
    chunk: int | None = None
    steps: int = 800
    batch: int = 48
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    # 77 of 256 tokens, as CLIP has them beside this.
    "short-context": Config(longest=38, positions=38),
    # Letters and little more: how biomedical words look to a tokenizer that was made for others.
    "coarse-words": Config(vocabulary=120),
    "paper": Config(
        image_size=224,
        encoder="vit-b-16",
        vocabulary=30_522,
        longest=256,
        positions=512,
        width=768,
        depth=12,
        heads=12,
        match_width=512,
        crop=0.9,
        chunk=256,
        steps=108_000,
        batch=4096,
        learning_rate=5e-4,
    ),
}


class Model(DualEncoder):
    """The whole system: what it is made of."""

    card, config_type = CARD, Config

    def __init__(self, config: Config, outlook: Outlook, tokens: WordPieces) -> None:
        image = ENCODERS[config.encoder](channels=outlook.channels, image_size=outlook.image_size)
        bert = small_bert(
            vocabulary=len(tokens), width=config.width, depth=config.depth, heads=config.heads, longest=config.positions
        )
        width = config.match_width
        super().__init__(
            config=config,
            outlook=outlook,
            tokens=tokens,
            image_encoder=image,
            text_encoder=BertEncoder(bert=bert),
            image_head=projection(image.width_out, width, bias=False),
            text_head=projection(config.width, width, hidden=(config.width + width) // 2, bias=False),
            pixels=CLIP_PIXELS if outlook.channels == 3 else GREY,
        )

    def view(self, studies: Sequence[Study]) -> PairView:
        """The whole of what is written, beside the image cropped."""
        return self.pairs(studies, whole, Augmentation(crop=(self.config.crop, 1.0)))

    def prompts(self, name: str) -> Prompts:
        """The paper's prompt; classes are compared with each other."""
        return Prompts((f"this is a photo of {name}",))


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [
        Stage("pairs", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate, weight_decay=0.2)
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, Outlook(config.image_size, 3), WordPieces.of_size(config.vocabulary))


def claim(arm: str, trial: Trial) -> float:
    """How often a caption's own figure is among the five nearest of those that were held out."""
    model = trial.fit(arm, [as_figure(study) for study in trial.patients("chest", TRAINED, **WORLD)])
    asked = [as_figure(study) for study in trial.patients("chest", MEASURED, held_out=True, **WORLD)][:MEASURED]
    texts = model.embed_texts([study.captions[0] for study in asked])
    return float(recall_at(5, places(texts @ model.embed_images(asked).T)).mean())


def as_figure(study: Study) -> Study:
    """A Study as an article would print it: its findings behind what captions say first."""
    known, report = study.labels, study.report.text if study.report else ""
    caption = (
        f"Figure 2. {known['view']} radiograph of the chest of a {known['age']}-year-old patient ({known['sex']}) who "
        f"came to {known['site']}, taken with {known['scanner']}. Consent was waived by the board. The image was "
        f"cropped and its greys were stretched before two observers read it. {report}"
    )
    return dataclasses.replace(study, report=None, captions=(caption,))
