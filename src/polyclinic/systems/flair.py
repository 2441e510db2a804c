"""FLAIR: a dual encoder of the fundus, taught by labels whose names are spelled out in an expert's words.

Most collections of fundus photographs have labels and no text. So each label becomes a sentence, "A fundus photograph
of ..."; what stands there is the label's name or one of a few descriptions of what it looks like, drawn anew each time.
Images of one category are right for each other's sentences. What is its own: the descriptions, in training and when
classes are asked for, which reach conditions no training image showed; targets shared by category; sources that count
alike, however many images they have; adapters for few labels (`polyclinic.bodies.dual_encoder.adapters`).

Try: `polyclinic prove flair`, or `polyclinic phantom fundus fundus --patients 1000 --seed 0` and then
`polyclinic fit flair fundus --out run`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib import resources
from itertools import chain, product
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, Sample, Trial
from polyclinic.bodies.dual_encoder import (
    DualEncoder,
    Outlook,
    PixelScale,
    Prompts,
    SharedView,
    projection,
    stated,
)
from polyclinic.bodies.dual_encoder.core import DualConfig
from polyclinic.bodies.dual_encoder.labelled import NORMAL
from polyclinic.bodies.dual_encoder.public import with_published, within
from polyclinic.bodies.dual_encoder.speaking import Said, one_sentence
from polyclinic.cards import Card, Claim
from polyclinic.metrics.classification import balanced_accuracy
from polyclinic.objectives.contrast import same_label, soft_contrast
from polyclinic.parts.features import Features
from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.pooling import mean_of_layers
from polyclinic.parts.text.wordpieces import TextTokens, WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.keys import Layout
from polyclinic.parts.vision.layouts import RESNET
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="flair",
    title="FLAIR: a foundation language-image model of the retina with expert knowledge in its texts",
    paper="2308.07898",
    year=2023,
    verbs=("embed", "classify"),
    kinds=("dual encoder", "classification"),
    checked="shape",
    weights="Apache-2.0",
    phantom="fundus",
    differs="padding is left out of the mean over a text's tokens, so that a text's vector does not depend on its "
    "batch; class vectors are brought to unit length; pictures are centred in their square; every augmentation is "
    "drawn each time, in part of its range; the rate falls to the end of its cosine, which the paper's code makes for "
    "100 epochs and leaves after 15; descriptions are written anew",
)

CLAIM = Claim(
    says="Descriptions of what a condition looks like reach conditions that no training image showed; names do not.",
    metric="zero-shot balanced accuracy over normal and two unseen findings, mean over the names these go by",
    direction="higher",
    smallest=0.1,
    arms=("nano", "names-only"),
    steps=300,
)
# Of skin, not of the fundus, whose phantoms have lesions smaller than a pixel where an arm may take seconds.
UNSEEN = {
    "naevus": ("mole", "melanocytic naevus", "nevus", "beauty mark", "pigmented naevus"),
    "haemangioma": ("angioma", "strawberry mark", "hemangioma", "cherry angioma", "infantile haemangioma"),
}
PRETRAINED, MEASURED = 1000, 500
WORLD: dict[str, Any] = {"size": 64, "contrast": 6.0, "noise": 0.3, "anatomy": 0.2, "prevalence": 0.3, "most_kinds": 2}

Knowledge = Mapping[str, Sequence[str] | str]


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS`.
        vocabulary: most word pieces that are learned from the Studies' texts and the descriptions.
        longest: most tokens of a text.
        width: of the BERT; `depth` layers, `heads` heads in each.
        match_width: of the common space.
        picture: what images are called in sentences.
        label: the Studies' label that holds a class, where there is one besides the findings.
        attribute: the label that describes a picture rather than what it shows, such as its quality.
        knowledge: whether descriptions take a name's place, in training and in classification.
        targets: `shared` by all of a category, or `one-hot`: an image's own text alone is right.
        even: whether sources count alike; if not, images do.
        augment: share of the paper's ranges that pictures are augmented in.
        chunk: rows that are encoded at once; None keeps all.
        batch: images a step.
    """

    image_size: int = 64
    encoder: str = "conv-nano"
    vocabulary: int = 800
    longest: int = 32
    width: int = 96
    depth: int = 2
    heads: int = 4
    match_width: int = 128
    picture: str = "photograph"
    label: str = "class"
    attribute: str = "quality"
    knowledge: bool = True
    targets: Literal["shared", "one-hot"] = "shared"
    even: bool = True
    augment: float = 1.0
    chunk: int | None = None
    steps: int = 600
    batch: int = 48
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "names-only": Config(knowledge=False),
    "one-hot": Config(targets="one-hot"),
    "uneven": Config(even=False),
    "paper": Config(
        image_size=512,
        encoder="resnet50",
        vocabulary=28_996,
        longest=512,  # sentences end at 77 tokens in the paper, far beyond any here; this is the BERT's own limit
        width=768,
        depth=12,
        heads=12,
        match_width=512,
        picture="fundus photograph",
        steps=33_360,
        batch=128,
        learning_rate=1e-4,
    ),
}


@cache
def knowledge() -> Knowledge:
    """Name in lower case -> descriptions of what it looks like, or a name that has them; `flair.toml` holds them."""
    held: Knowledge = tomllib.loads((resources.files(__package__) / "flair.toml").read_text("utf-8"))
    return held


def descriptions(name: str) -> tuple[str, ...]:
    """What a name, or the name it stands for, looks like; empty where nothing is known."""
    held = knowledge().get(name.lower(), ())
    return descriptions(held) if isinstance(held, str) else tuple(held)


def meanings(name: str, spelled_out: bool) -> tuple[str, ...]:
    """A name and, where asked, its descriptions."""
    return (name, *descriptions(name)) if spelled_out else (name,)


def sentence(picture: str, meaning: str, attribute: str = "") -> str:
    """The paper's template (section 3.2), filled in."""
    return f"A {attribute} {picture} of {meaning}" if attribute else f"A {picture} of {meaning}"


def say(study: Study, rng: np.random.Generator, config: Config) -> Said:
    """One category of a Study, said by its name or one of its descriptions; without a label a sentence of its text."""
    categories = stated(study, config.label)
    if not categories:
        written = one_sentence(study, rng)
        return Said(sentence(config.picture, written), written)
    category = categories[int(rng.integers(len(categories)))]
    ways = meanings(category, config.knowledge)
    quality = study.labels.get(config.attribute)
    attribute = quality if isinstance(quality, str) else ""
    return Said(sentence(config.picture, ways[int(rng.integers(len(ways)))], attribute), category)


def evenly(sources: Sequence[str]) -> list[int]:
    """Places of items so that each source comes as often as the largest; small ones are repeated.

    Example:
        >>> evenly(["a", "a", "a", "b"])
        [0, 3, 1, 3, 2, 3]
    """
    own: dict[str, list[int]] = {}
    for place, source in enumerate(sources):
        own.setdefault(source, []).append(place)
    rounds = max(map(len, own.values()), default=0)
    return [places[turn % len(places)] for turn in range(rounds) for places in own.values()]


class EvenView(SharedView):
    """The shared view over Studies whose sources count alike."""

    @cached_property
    def order(self) -> list[int]:
        """Which Study comes where."""
        return evenly([study.source.name if study.source else "" for study in self.studies])

    def __len__(self) -> int:
        return len(self.order)

    def draw(self, index: int, rng: np.random.Generator) -> Sample:
        """The Study at this place of the order."""
        return super().draw(self.order[index], rng)


class UnitLength(nn.Module):
    """Vectors of length one."""

    def forward(self, x_BE: Tensor) -> Tensor:
        """The same directions."""
        return nn.functional.normalize(x_BE, dim=-1)


class Model(DualEncoder):
    """The whole system: what it is made of, what is said of a Study, and whose texts are right."""

    card, config_type = CARD, Config
    config: Config

    def __init__(self, config: Config, outlook: Outlook, tokens: TextTokens) -> None:
        image = ENCODERS[config.encoder](channels=outlook.channels, image_size=outlook.image_size)
        bert = small_bert(
            vocabulary=len(tokens), width=config.width, depth=config.depth, heads=config.heads, longest=config.longest
        )
        text = BertEncoder(bert=bert, pool=mean_of_layers((1, 2, -1)))
        super().__init__(
            config=config,
            outlook=outlook,
            tokens=tokens,
            image_encoder=image,
            text_encoder=text,
            image_head=nn.Sequential(UnitLength(), projection(image.width_out, config.match_width, bias=False)),
            text_head=nn.Sequential(UnitLength(), projection(text.width_out, config.match_width, bias=False)),
            pixels=PixelScale((0.0,), (1.0,)),
        )

    @classmethod
    def learned_tokens(cls, config: DualConfig, texts: Iterable[str]) -> TextTokens:
        """Word pieces of the Studies' texts and of all descriptions."""
        described = [sentence("fundus photograph", way) for name in knowledge() for way in meanings(name, True)]
        return super().learned_tokens(config, [*texts, *described])

    def view(self, studies: Sequence[Study]) -> SharedView:
        """Categories as sentences, sources in turn."""
        kind = EvenView if self.config.even else SharedView
        return kind(
            studies,
            outlook=self.outlook,
            tokens=self.tokens,
            longest=self.config.longest,
            speak=partial(say, config=self.config),
            augment=augmentation(self.config),
            label=self.config.label,
        )

    def losses(self, image: Features, text: Features, batch: Batch) -> dict[str, Tensor]:
        """Section 3.3: the contrast both ways, its targets shared by the images of a category."""
        image_BE, text_BE = self.image_vectors(image), self.text_vectors(text)
        category_B = batch["category"].to(image_BE.device)
        shared = self.config.targets == "shared"
        target_BB = same_label(category_B if shared else torch.arange(len(category_B), device=image_BE.device))
        return {"loss": soft_contrast(image_BE, text_BE, target_BB, self.log_scale.clamp(min=0))}

    def prompts(self, name: str) -> Prompts:
        """A name and its descriptions, against those of the other names."""
        ways = meanings(name, self.config.knowledge)
        return Prompts(tuple(sentence(self.config.picture, way) for way in ways))


def augmentation(config: Config) -> Augmentation:
    """As in the paper's code: mirror, turn, zoom, brightness and contrast."""
    part = config.augment
    return Augmentation(
        mirror=0.5 * part,
        degrees=5 * part,
        zoom=(1 - 0.1 * part, 1.0),
        brightness=(1 - 0.2 * part, 1 + 0.2 * part),
        contrast=(1 - 0.2 * part, 1 + 0.2 * part),
    )


def stages(config: Config) -> list[Stage]:
    """Everything at once; the first of 15 epochs is warm-up."""
    return [
        Stage(
            "pairs",
            steps=config.steps,
            batch=config.batch,
            learning_rate=config.learning_rate,
            warmup=1 / 15,
            weight_decay=1e-5,
        )
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, Outlook(config.image_size, 3), WordPieces.of_size(config.vocabulary))


# The names of the published weights; a pooler lies unused beside them.
PUBLIC = Layout(
    {
        **within("image_encoder", "vision_model.model", RESNET),
        "image_head.1": "vision_model.projection_head_vision.projection",
        "text_encoder.bert": "text_model.model",
        "text_head.1": "text_model.projection_head_text.projection",
        "log_scale": "logit_scale",
    },
    heads=("text_model.model.pooler.", "text_model.model.embeddings.position_ids"),
)


def from_public(folder: Path) -> Model:
    """The published weights (`jusiro2/FLAIR`): `model.safetensors`, and beside it Bio_ClinicalBERT's tokenizer.

    Raises:
        CheckpointError: files are missing or damaged, or the weights are not of this model.
    """
    model = Model(PRESETS["paper"], Outlook(PRESETS["paper"].image_size, 3), WordPieces.from_folder(folder))
    return with_published(model, folder / "model.safetensors", PUBLIC)


def claim(arm: str, trial: Trial) -> float:
    """How well normal skin and two findings that training never showed are told apart by what they are called."""
    patients = trial.patients("skin", PRETRAINED, **WORLD)
    model = trial.fit(arm, [study for study in patients if not set(stated(study, "")) & UNSEEN.keys()])
    held_out = trial.patients("skin", MEASURED, held_out=True, **WORLD | {"most_kinds": 1})
    truths = (NORMAL, *UNSEEN)
    asked = [(study, found[0]) for study in held_out if len(found := stated(study, "")) == 1 and found[0] in truths]
    studies, references = [study for study, _ in asked], [name for _, name in asked]
    ways = [(name, *others) for name, others in UNSEEN.items()]
    rows, scores = model.classify(studies, [NORMAL, *chain(*ways)]), []
    for names in product(*ways):
        means = dict(zip((NORMAL, *names), truths, strict=True))
        scores.append(balanced_accuracy(references, [means[max(means, key=row.__getitem__)] for row in rows]))
    return float(np.mean(scores))
