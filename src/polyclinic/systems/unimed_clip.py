"""UniMed-CLIP: one CLIP for six kinds of medical images, mostly from data that have labels and no text.

Few open medical images come with text and many with labels. So labels become text: about ten sentences that
say the same in other words are stored with each image, and every time it is looked at one of them is drawn;
images that have a text of their own keep it. Vision transformer and BERT are then trained as CLIP is, on all
kinds of images together. What is its own: labels as varied captions, and classes that are asked for by several
descriptions whose vectors are averaged.

Try: `polyclinic prove unimed-clip`, or `polyclinic fit unimed-clip FOLDER --out run` on any labelled folder.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Trial
from polyclinic.bodies.dual_encoder import (
    CLIP_PIXELS,
    GREY_PIXELS,
    DualEncoder,
    Outlook,
    PairView,
    Prompts,
    projection,
    texts_of,
)
from polyclinic.bodies.dual_encoder.public import OPEN_CLIP_TEXT, OPEN_CLIP_UNUSED, within
from polyclinic.bodies.dual_encoder.speaking import one_text
from polyclinic.bodies.storing import published_weights
from polyclinic.cards import Card, Claim
from polyclinic.curate.captions import captions_of
from polyclinic.errors import PolyclinicError
from polyclinic.metrics.classification import balanced_accuracy
from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.wordpieces import TextTokens, WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.keys import Layout, load_public
from polyclinic.parts.vision.layouts import CLIP_VIT
from polyclinic.store.collection import Header, write_collection
from polyclinic.study import Study
from polyclinic.training.stages import Stage
from polyclinic.writers.pictures import flat_pixels, write_png

CARD = Card(
    id="unimed-clip",
    title="UniMed-CLIP: a unified image-text pretraining for diverse medical imaging modalities",
    paper="2412.10372",
    year=2024,
    verbs=("embed", "classify", "curate"),
    kinds=("dual encoder", "dataset construction"),
    checked="shape",
    weights="CC-BY-NC-4.0",
    differs="captions come from a table of sentences, not from a language model; the gated tables of its data are "
    "not read",
)

CLAIM = Claim(
    says="Labels told as captions teach classes that are later asked for in other words; reports alone do less.",
    metric="zero-shot balanced accuracy over findings, by prompts unlike any caption, mean of four kinds of images",
    direction="higher",
    smallest=0.03,
    arms=("nano", "captions-only"),
    steps=400,
)
DOMAINS = ("chest", "fundus", "skin", "ultrasound")
TRAINED, MEASURED, WITH_TEXT = 400, 150, 0.3
WORLD: dict[str, Any] = {"size": 64, "contrast": 6.0, "noise": 0.3, "anatomy": 0.2, "prevalence": 0.4, "most_kinds": 2}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS`.
        captions: sentences that a labelled Study without text is told in; 0 leaves such Studies out.
        vocabulary: most word pieces that are learned from the Studies' texts.
        longest: most tokens of a text.
        positions: that the BERT has vectors for, `longest` or more.
        width: of the BERT; `depth` layers, `heads` heads in each.
        text_hidden: units of a hidden layer between the BERT and the common space; None brings it there directly.
        match_width: of the common space.
        chunk: rows that are encoded at once; None keeps all.
        batch: pairs a step.
    """

    image_size: int = 64
    encoder: str = "conv-nano"
    captions: int = 10
    vocabulary: int = 1200
    longest: int = 64
    positions: int = 64
    width: int = 96
    depth: int = 2
    heads: int = 4
    text_hidden: int | None = None
    match_width: int = 128
    chunk: int | None = None
    steps: int = 800
    batch: int = 64
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "one-template": Config(captions=1),
    "captions-only": Config(captions=0),
    "paper": Config(
        image_size=224,
        encoder="vit-b-16-clip",
        vocabulary=30_522,
        longest=256,
        positions=512,
        width=768,
        depth=12,
        heads=12,
        text_hidden=640,
        match_width=512,
        chunk=256,
        steps=25_800,
        batch=2048,
        learning_rate=5e-4,
    ),
}


class Model(DualEncoder):
    """The whole system: what it is made of, and what is said of images."""

    card, config_type = CARD, Config
    config: Config

    def __init__(self, config: Config, outlook: Outlook, tokens: TextTokens) -> None:
        image = ENCODERS[config.encoder](channels=outlook.channels, image_size=outlook.image_size)
        bert = small_bert(
            vocabulary=len(tokens), width=config.width, depth=config.depth, heads=config.heads, longest=config.positions
        )
        super().__init__(
            config=config,
            outlook=outlook,
            tokens=tokens,
            image_encoder=image,
            text_encoder=BertEncoder(bert=bert),
            image_head=projection(image.width_out, config.match_width, bias=False),
            text_head=projection(config.width, config.match_width, hidden=config.text_hidden, bias=False),
            pixels=CLIP_PIXELS if outlook.channels == 3 else GREY_PIXELS,
        )

    def view(self, studies: Sequence[Study]) -> PairView:
        """One caption drawn, or the text where there is one; the image hardly cropped."""
        told = [self.captioned(study) for study in studies]
        return self.pairs(told, one_text, Augmentation(crop=(0.9, 1.0)))

    def captioned(self, study: Study) -> Study:
        """The Study as it is where it has a text, else with captions that say its labels."""
        if texts_of(study):
            return study
        return dataclasses.replace(study, captions=tuple(captions_of(study, self.config.captions)))

    def prompts(self, name: str) -> Prompts:
        """Several descriptions, whose mean is compared with those of other classes."""
        return Prompts((f"a case of {name}", f"typical appearance of {name}", f"findings consistent with {name}"))

    def curate(self, source: Iterable[Study], sink: Path) -> Mapping[str, int]:
        """Write Studies with captions and their pictures as a collection; regions, turns and signals stay behind.

        Returns:
            `written`, and how many were dropped by reason.
        """
        counts: Counter[str] = Counter()
        header = Header(name=f"{sink.name}, captioned", note="Captions were made from labels where there was no text.")
        counts["written"] = write_collection(sink, header, self._written(source, sink, counts))
        return counts

    def _written(self, source: Iterable[Study], sink: Path, counts: Counter[str]) -> Iterator[Study]:
        (sink / "images").mkdir(parents=True, exist_ok=True)
        for number, study in enumerate(source):
            told = self.captioned(study)
            if not told.images or not texts_of(told):
                counts["no image" if not told.images else "no label and no text"] += 1
                continue
            try:
                written = with_pictures(told, sink, f"{number:07d}")
            except PolyclinicError:
                counts["unreadable image"] += 1
                continue
            yield written


def with_pictures(study: Study, sink: Path, stem: str) -> Study:
    """A Study whose images were written into a folder, without what would point at other files.

    Raises:
        PolyclinicError: an image cannot be read, or PNG does not hold it.
    """
    images = []
    for i, image in enumerate(study.images):
        path = f"images/{stem}-{i}.png"
        write_png(sink / path, flat_pixels(image))
        images.append(dataclasses.replace(image, path=path, slice=None, load=None))
    findings = tuple(dataclasses.replace(finding, region=None) for finding in study.findings)
    return dataclasses.replace(study, images=tuple(images), findings=findings, regions=(), turns=(), signals={})


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [
        Stage("pairs", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate, weight_decay=0.2)
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, Outlook(config.image_size, 3), WordPieces.of_size(config.vocabulary))


# The names of the published weights, which are those of open_clip with CLIP's own image encoder.
PUBLIC = Layout(
    {**within("image_encoder", "visual", CLIP_VIT), "image_head.weight": "visual.proj", **OPEN_CLIP_TEXT},
    prefixes=("", "module."),
    heads=OPEN_CLIP_UNUSED,
)


def from_public(folder: Path) -> Model:
    """The published weights (`unimed_clip_vit_b16`), with a text head of the form that they have.

    Args:
        folder: with `model.safetensors` and BiomedBERT's tokenizer.

    Raises:
        CheckpointError: files are missing, damaged or pickled, or not of this model.
    """
    weights = published_weights(folder / "model.safetensors")
    for name in [name for name in weights if name.endswith("visual.proj")]:
        weights[name] = weights[name].T.contiguous()  # CLIP multiplies from the other side
    straight = any(name.endswith("text.proj.weight") for name in weights)
    config = dataclasses.replace(PRESETS["paper"], text_hidden=None) if straight else PRESETS["paper"]
    model = Model(config, Outlook(config.image_size, 3), WordPieces.from_folder(folder))
    load_public(model, weights, PUBLIC)
    return model.eval()


def claim(arm: str, trial: Trial) -> float:
    """How well findings of four kinds of images are told apart by words that no caption used."""
    model = trial.fit(arm, [s for domain in DOMAINS for s in mostly_labels(trial.patients(domain, TRAINED, **WORLD))])
    single = WORLD | {"most_kinds": 1}
    asked = [trial.patients(domain, MEASURED, held_out=True, **single) for domain in DOMAINS]
    return float(np.mean([told_apart(model, studies) for studies in asked]))


def told_apart(model: Model, studies: Sequence[Study]) -> float:
    """Balanced accuracy over the findings of the Studies that show exactly one."""
    shown = [(study, [finding.name for finding in study.findings if finding.present]) for study in studies]
    asked = [(study, there[0]) for study, there in shown if len(there) == 1]
    judged = model.classify([study for study, _ in asked], sorted({name for _, name in asked}))
    return balanced_accuracy([name for _, name in asked], [max(row, key=row.__getitem__) for row in judged])


def mostly_labels(studies: Sequence[Study]) -> list[Study]:
    """The Studies, but only some subjects keep their text."""
    subjects = list(dict.fromkeys(study.subject for study in studies))
    told = set(subjects[: round(WITH_TEXT * len(subjects))])
    return [
        study if study.subject in told else dataclasses.replace(study, report=None, captions=()) for study in studies
    ]
