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
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Trial
from polyclinic.bodies.dual_encoder import CLIP_PIXELS, GREY_PIXELS, DualEncoder, Outlook, PairView, Prompts, projection
from polyclinic.bodies.dual_encoder.public import OPEN_CLIP_TEXT, OPEN_CLIP_UNUSED, with_published, within
from polyclinic.bodies.dual_encoder.speaking import whole
from polyclinic.cards import Card, Claim
from polyclinic.errors import CheckpointError
from polyclinic.metrics.retrieval import places, recall_at
from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.wordpieces import TextTokens, WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.keys import Layout
from polyclinic.parts.vision.layouts import TIMM_VIT
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
    differs="pictures are fitted whole into their square, where the published preparation cuts out the centre",
)

CLAIM = Claim(
    says="A text encoder that reads the whole of a long caption finds figures that one with CLIP's context does not.",
    metric="text-to-image recall at 5 among 200 held-out figures",
    direction="higher",
    smallest=0.05,
    arms=("nano", "short-context"),
    steps=500,
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
    longest: int = 96
    positions: int = 96
    width: int = 96
    depth: int = 2
    heads: int = 4
    match_width: int = 128
    crop: float = 0.8
    chunk: int | None = None
    steps: int = 800
    batch: int = 48
    learning_rate: float = 2e-3


PRESETS = {
    "nano": Config(),
    # 77 of 256 tokens, as CLIP has them beside this.
    "short-context": Config(longest=28, positions=28),
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
    config: Config

    def __init__(self, config: Config, outlook: Outlook, tokens: TextTokens) -> None:
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
            pixels=CLIP_PIXELS if outlook.channels == 3 else GREY_PIXELS,
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


# The names of the published weights, which are open_clip's with an image encoder of timm.
PUBLIC = Layout(
    {**within("image_encoder", "visual.trunk", TIMM_VIT), "image_head": "visual.head.proj", **OPEN_CLIP_TEXT},
    heads=OPEN_CLIP_UNUSED,
)


def from_public(folder: Path) -> Model:
    """The published weights (`microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224`).

    Args:
        folder: with `open_clip_config.json`, `open_clip_model.safetensors` and the tokenizer's files.

    Raises:
        CheckpointError: files are missing, damaged or pickled, or not of this model.
    """
    config = PRESETS["paper"]
    said = _said(folder / "open_clip_config.json")
    expected = ("vit_base_patch16_224", config.image_size, config.match_width, config.longest)
    if said != expected:
        raise CheckpointError(
            f"{folder} holds another model of open_clip: encoder, image size, width and context are {said}",
            hint=f"expected {expected}",
        )
    model = Model(config, Outlook(config.image_size, 3), WordPieces.from_folder(folder))
    return with_published(model, folder / "open_clip_model.safetensors", PUBLIC)


def _said(file: Path) -> tuple[object, ...]:
    """Encoder, image size, common width and context that a file of open_clip names."""
    try:
        model = json.loads(file.read_text("utf-8"))["model_cfg"]
        vision, text = model["vision_cfg"], model["text_cfg"]
        return vision["timm_model_name"], vision["image_size"], model["embed_dim"], text["context_length"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(
            f"{file} does not tell a model of open_clip: {error!r}", hint="copy it from where the weights came"
        ) from error


def claim(arm: str, trial: Trial) -> float:
    """How often a caption's own figure is among the five nearest of those that were held out."""
    model = trial.fit(arm, [as_figure(study) for study in trial.patients("chest", TRAINED, **WORLD)])
    asked = [as_figure(study) for study in trial.patients("chest", MEASURED, held_out=True, **WORLD)][:MEASURED]
    texts = model.embed_texts([study.captions[0] for study in asked])
    return float(recall_at(5, places(texts @ model.embed_images(asked).T)).mean())


def as_figure(study: Study) -> Study:
    """A Study as an article would print it: its findings behind what captions say first."""
    known, findings = study.labels, study.report.sections["findings"] if study.report else ""
    caption = (
        f"Figure 2. {known['view']} radiograph of the chest of a {known['age']}-year-old patient ({known['sex']}), "
        f"taken at {known['site']} with {known['scanner']}. {findings}"
    )
    return dataclasses.replace(study, report=None, captions=(caption,))
