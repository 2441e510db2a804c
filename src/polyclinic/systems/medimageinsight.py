"""MedImageInsight: one embedding for medical images of many kinds, taught by labels and by reports in the same batch.

Each image comes with a text. A report is that of its image alone; a label is made into a short phrase (how the picture
was made, of what, and what it shows), and all images with that label are right for it, each for the other's phrase
too. The vectors then serve many tasks without further training. What is its own: the shared targets over a mixed
corpus (UniCL); search among labelled images as a classifier that shows its evidence, with a threshold for a wanted
sensitivity and a look at whom it serves less well; a small decoder that writes a report from the image's tokens.

Try: `polyclinic prove medimageinsight`, or `polyclinic phantom skin skin --patients 1000 --seed 0` and then
`polyclinic fit medimageinsight skin --out run`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.dual_encoder import (
    GREY_PIXELS,
    IMAGENET_PIXELS,
    DualEncoder,
    Outlook,
    Prompts,
    SharedView,
    stated,
    texts_of,
)
from polyclinic.bodies.dual_encoder.bank import Bank
from polyclinic.bodies.dual_encoder.public import with_published, within
from polyclinic.bodies.dual_encoder.speaking import Said, whole
from polyclinic.cards import Card, Claim
from polyclinic.errors import UnsupportedError
from polyclinic.metrics.classification import balanced_accuracy
from polyclinic.objectives.contrast import same_label, soft_contrast
from polyclinic.objectives.language import hidden_token_loss
from polyclinic.parts.decoders.words import WordDecoder
from polyclinic.parts.features import Features
from polyclinic.parts.text.bytepairs import BytePairs
from polyclinic.parts.text.clip_text import CausalTextEncoder
from polyclinic.parts.text.wordpieces import TextTokens
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.attention import QuickGELU
from polyclinic.parts.vision.keys import Layout
from polyclinic.parts.vision.layouts import MEDIMAGEINSIGHT
from polyclinic.study import Report, Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="medimageinsight",
    title="MedImageInsight: an open-source embedding model for general-domain medical imaging",
    paper="2410.06542",
    year=2024,
    verbs=("embed", "classify", "report"),
    kinds=("dual encoder", "classification", "report generation"),
    checked="shape",
    published={"parameters": 680e6},
    weights="MIT",
    phantom="skin",
    differs="the report decoder learns beside the contrast, on image tokens through which no gradient flows; its shape "
    "is chosen here to have the published 0.07 B parameters; texts are normed with an epsilon of 1e-5, where the "
    "released code has 1e-12; phrases of labels are made anew",
)

# Expect little: where a label has one text, both arms have the same gradient (a test shows it), and where texts are
# drawn anew they differ in its noise alone. What is shared matters for what a loss means, less for what is learned.
CLAIM = Claim(
    says="Where images have labels alone, targets shared by label teach more than a text for each image.",
    metric="zero-shot balanced accuracy over the six classes of a domain with labels alone, one finding a picture",
    direction="higher",
    smallest=0.03,
    arms=("nano", "one-hot"),
    steps=300,
)
LABELLED, REPORTED, MEASURED = 500, 500, 250
WORLD: dict[str, Any] = {"size": 64, "contrast": 3.0, "prevalence": 0.4, "most_kinds": 1}

# How pictures are made, by DICOM code, and which way they look, in the words of the label phrases.
MODALITIES = {
    "CR": "x-ray",
    "CT": "ct",
    "DX": "x-ray",
    "ES": "endoscopy",
    "MG": "mammography",
    "MR": "mri",
    "OP": "fundus photograph",
    "OPT": "optical coherence tomography",
    "SM": "histopathology",
    "US": "ultrasound",
    "XC": "photograph",
}
VIEWS = {"AP": "anteroposterior", "LL": "lateral", "PA": "posteroanterior"}
TEMPLATES = ("{}", "image of {}", "this is {}", "{} is seen here", "an example of {}", "finding: {}")


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS`.
        vocabulary: most byte pairs that are learned from the Studies' texts.
        longest: most tokens of a text.
        width: of the text transformer; `depth` layers, `heads` heads in each.
        match_width: of the common space.
        report_width: of the report decoder; `report_depth` layers, `report_heads` heads in each.
        report_weight: of the decoder's loss, which trains the decoder alone.
        label: the Studies' label that holds a class, where there is one besides the findings.
        targets: `shared` by all of a label, or `one-hot`: an image's own text alone is right.
        mirror: chance of left for right, which makes reports of sides lie.
        chunk: rows that are encoded at once; None keeps all.
        batch: images a step.
    """

    image_size: int = 64
    encoder: str = "conv-nano"
    vocabulary: int = 800
    longest: int = 48
    width: int = 96
    depth: int = 2
    heads: int = 4
    match_width: int = 128
    report_width: int = 64
    report_depth: int = 1
    report_heads: int = 4
    report_weight: float = 1.0
    label: str = "class"
    targets: Literal["shared", "one-hot"] = "shared"
    mirror: float = 0.0
    chunk: int | None = None
    steps: int = 600
    batch: int = 48
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "one-hot": Config(targets="one-hot"),
    "paper": Config(
        image_size=480,
        encoder="davit-huge",
        vocabulary=49_408,
        longest=77,
        width=1024,
        depth=16,
        heads=16,
        match_width=1024,
        report_width=640,
        report_depth=6,
        report_heads=10,
        mirror=0.5,
        steps=100_000,
        batch=1024,
        learning_rate=5e-4,
    ),
}


def place_of(study: Study) -> str:
    """How a Study's first picture was made, of what and from where, such as `x-ray chest anteroposterior`."""
    image = study.images[0]
    parts = (MODALITIES.get(image.modality or ""), study.domain, VIEWS.get(image.view or ""))
    return " ".join(part for part in parts if part) or "medical image"


def say(study: Study, rng: np.random.Generator, config: Config) -> Said:
    """What is written of a Study is its own; one with labels alone gets a phrase, shared by all with those labels."""
    if texts_of(study):
        return Said(whole(study, rng), f"study {study.id}")
    phrase = " ".join([place_of(study), ", ".join(sorted(stated(study, config.label)))])
    return Said(TEMPLATES[int(rng.integers(len(TEMPLATES)))].format(phrase), phrase)


class Matrix(nn.Module):
    """A product with a matrix, without bias, laid out as the published weights are."""

    def __init__(self, width: int, width_out: int) -> None:
        super().__init__()
        self.matrix_EF = nn.Parameter(torch.randn(width, width_out) * width**-0.5)

    def forward(self, x_BE: Tensor) -> Tensor:
        """(B, width_out)."""
        return x_BE @ self.matrix_EF


class Model(DualEncoder):
    """The whole system: what it is made of, what is said of a Study, whose texts are right, how a report is made."""

    card, config_type, tokens_type = CARD, Config, BytePairs
    config: Config

    def __init__(self, config: Config, outlook: Outlook, tokens: TextTokens) -> None:
        image = ENCODERS[config.encoder](channels=outlook.channels, image_size=outlook.image_size)
        text = CausalTextEncoder(
            vocabulary=len(tokens),
            width=config.width,
            depth=config.depth,
            heads=config.heads,
            longest=config.longest,
            activation=QuickGELU(),
        )
        super().__init__(
            config=config,
            outlook=outlook,
            tokens=tokens,
            image_encoder=image,
            text_encoder=text,
            image_head=Matrix(image.width_out, config.match_width),
            text_head=Matrix(text.width_out, config.match_width),
            pixels=IMAGENET_PIXELS if outlook.channels == 3 else GREY_PIXELS,
        )
        self.report_decoder = WordDecoder(
            vocabulary=len(tokens),
            width=config.report_width,
            depth=config.report_depth,
            heads=config.report_heads,
            width_seen=image.width_tokens,
            longest=config.longest,
        )

    def view(self, studies: Sequence[Study]) -> SharedView:
        """Reports as they are, labels as phrases."""
        return SharedView(
            studies,
            outlook=self.outlook,
            tokens=self.tokens,
            longest=self.config.longest,
            speak=partial(say, config=self.config),
            augment=Augmentation(crop=(0.8, 1.0), mirror=self.config.mirror),
            label=self.config.label,
        )

    def losses(self, image: Features, text: Features, batch: Batch) -> dict[str, Tensor]:
        """UniCL over labels and reports (arXiv 2204.03610, equation 2), and the decoder's guesses of the next word."""
        image_BE, text_BE = self.image_vectors(image), self.text_vectors(text)
        device = image_BE.device
        category_B = batch["category"].to(device)
        shared = self.config.targets == "shared"
        target_BB = same_label(category_B if shared else torch.arange(len(category_B), device=device))
        contrast = soft_contrast(image_BE, text_BE, target_BB, self.log_scale)
        ids_BL, mask_BL = batch["texts"].ids_BL.to(device), batch["texts"].mask_BL.to(device)
        logits_BLV = self.report_decoder(ids_BL[:, :-1], image.tokens_BNE.detach())
        words = hidden_token_loss(logits_BLV, ids_BL[:, 1:], mask_BL[:, 1:])
        return {"loss": contrast + self.config.report_weight * words, "contrast": contrast, "words": words}

    def prompts(self, name: str) -> Prompts:
        """A label's phrase in all templates, against those of the other labels."""
        return Prompts(tuple(template.format(name) for template in TEMPLATES))

    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        """The probability of each name against the others, asked in the words that labels of such pictures have."""
        places = [place_of(study) if study.images else "" for study in studies]
        judged: dict[int, dict[str, float]] = {}
        for place in dict.fromkeys(places):
            own = [i for i, other in enumerate(places) if other == place]
            rows = super().classify([studies[i] for i in own], [f"{place} {name}" for name in names])
            judged |= {i: dict(zip(names, row.values(), strict=True)) for i, row in zip(own, rows, strict=True)}
        return [judged[i] for i in range(len(studies))]

    @torch.inference_mode()
    def report(self, studies: Sequence[Study], language: str = "en") -> list[Report]:
        """What the decoder writes of each Study's first image.

        Raises:
            UnsupportedError: another language than English is wanted.
            UsageError: a Study without an image.
        """
        if language != "en":
            raise UnsupportedError(f"{self.card.id} writes English, not {language!r}", hint="leave the language out")
        start, end = self.tokens.batch([""], 2).ids_BL[0].tolist()
        written = [
            ids
            for pictures in self.pictures(studies)
            for ids in self.report_decoder.write(self.look(pictures).tokens_BNE, start=start, end=end)
        ]
        return [Report({"findings": self.tokens.text(ids)}) for ids in written]

    def bank(self, studies: Sequence[Study], names: Sequence[str], k: int = 20) -> Bank:
        """Labelled Studies to search in: neighbours are the evidence, their votes the score."""
        return Bank.of(self, studies, names, k=k)


def stages(config: Config) -> list[Stage]:
    """Everything at once."""
    return [Stage("pairs", steps=config.steps, batch=config.batch, learning_rate=config.learning_rate)]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, Outlook(config.image_size, 3), BytePairs.of_size(config.vocabulary))


# The names of the published weights, as in the released code of arXiv 2204.03610.
PUBLIC = Layout(
    {
        **within("image_encoder", "image_encoder", MEDIMAGEINSIGHT),
        "image_head.matrix_EF": "image_projection",
        "text_encoder.embedding": "lang_encoder.token_embedding",
        "text_encoder.positions_LE": "lang_encoder.positional_embedding",
        "text_encoder.blocks.{}.attention_norm": "lang_encoder.resblocks.{}.ln_1",
        "text_encoder.blocks.{}.attention.qkv.weight": "lang_encoder.resblocks.{}.attn.in_proj_weight",
        "text_encoder.blocks.{}.attention.qkv.bias": "lang_encoder.resblocks.{}.attn.in_proj_bias",
        "text_encoder.blocks.{}.attention.out": "lang_encoder.resblocks.{}.attn.out_proj",
        "text_encoder.blocks.{}.mlp_norm": "lang_encoder.resblocks.{}.ln_2",
        "text_encoder.blocks.{}.mlp.0": "lang_encoder.resblocks.{}.mlp.c_fc",
        "text_encoder.blocks.{}.mlp.2": "lang_encoder.resblocks.{}.mlp.c_proj",
        "text_encoder.norm": "lang_encoder.ln_final",
        "text_head.matrix_EF": "lang_projection",
        "log_scale": "logit_scale",
    }
)


def from_public(folder: Path) -> Model:
    """The published encoders: `model.safetensors`, and CLIP's tokenizer beside it; the report decoder stays fresh.

    Raises:
        CheckpointError: files are missing or damaged, or the weights are not of this model.
    """
    model = Model(PRESETS["paper"], Outlook(PRESETS["paper"].image_size, 3), BytePairs.from_folder(folder))
    published = nn.ModuleDict({name: part for name, part in model.named_children() if name != "report_decoder"})
    published.register_parameter("log_scale", model.log_scale)
    with_published(published, folder / "model.safetensors", PUBLIC)
    return model.eval()


def claim(arm: str, trial: Trial) -> float:
    """How well the classes of a domain with labels alone are told apart, after training beside one with reports."""
    labelled = trial.patients("skin", LABELLED, **WORLD)
    bare = [dataclasses.replace(study, report=None, captions=()) for study in labelled]
    model = trial.fit(arm, [*bare, *trial.patients("fundus", REPORTED, **WORLD)])
    held_out = trial.patients("skin", MEASURED, held_out=True, **WORLD)
    asked = [(study, found[0]) for study in held_out if len(found := stated(study, "")) == 1]
    names = sorted({name for _, name in asked})
    judged = model.classify([study for study, _ in asked], names)
    return balanced_accuracy([name for _, name in asked], [max(row, key=row.__getitem__) for row in judged])
