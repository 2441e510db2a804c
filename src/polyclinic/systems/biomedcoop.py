"""BiomedCoOp: a few learned vectors in place of a prompt's words, on top of a dual encoder that rests.

With one to sixteen labelled images a class, only the context in front of the classes' names is learned, the same for
all classes. So few images would bend it towards themselves; written descriptions of the classes hold it. What is its
own: each class's learned vector is kept near the mean of its descriptions; and their votes on the images at hand are
distilled, those descriptions left out that stand out from the others. Descriptions lie in a file and are needed in
training only.

Try: `polyclinic prove biomedcoop`, or `polyclinic fit biomedcoop FOLDER --out run --set weights=RUN`, where RUN holds
a trained BiomedCLIP of the same sizes.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, Sample, Trial
from polyclinic.bodies.dual_encoder import (
    CLIP_PIXELS,
    GREY_PIXELS,
    DualEncoder,
    Outlook,
    PairView,
    derive_outlook,
    projection,
    stated,
)
from polyclinic.bodies.dual_encoder.core import DualConfig
from polyclinic.bodies.dual_encoder.labelled import NORMAL
from polyclinic.bodies.dual_encoder.speaking import whole
from polyclinic.bodies.storing import DAMAGE
from polyclinic.cards import Card, Claim
from polyclinic.errors import CheckpointError
from polyclinic.metrics.classification import balanced_accuracy
from polyclinic.metrics.shots import few_shots
from polyclinic.objectives.contrast import LARGEST_LOG_SCALE
from polyclinic.objectives.prompting import context_mapping, distilled, selected_classes
from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.wordpieces import TextTokens, WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="biomedcoop",
    title="BiomedCoOp: learning to prompt biomedical vision-language models",
    paper="2411.15232",
    year=2024,
    verbs=("embed", "classify"),
    kinds=("classification", "dual encoder"),
    checked="shape",
    phantom="skin",
    differs="without weights a stage of pairs trains the encoder first; descriptions are written by hand, not by a "
    "language model; they are selected by their robust score alone, since the code's second standardisation undoes "
    "it; AdamW instead of SGD; what is learned is added to the starting words",
)

CLAIM = Claim(
    says="Descriptions keep a context that is learned from one image a class from bending towards it.",
    metric="balanced accuracy over five skin lesions and normal skin, one lesion a picture",
    direction="higher",
    smallest=0.03,
    arms=("nano", "images-only"),
    steps=400,
)
TRAINED, MEASURED = 800, 300
WORLD: dict[str, Any] = {"size": 64, "contrast": 6.0, "noise": 0.3, "anatomy": 0.2, "prevalence": 0.3, "most_kinds": 2}
# The words that the context starts as; it has as many vectors as they have tokens.
START = "a photo of a"
TEMPLATES = ("{}", "a photo of {}", "an image of {}", "There is {}.", "{} is seen", "a case of {}")


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS`.
        weights: folder of a trained dual encoder with a BERT and the same sizes; None trains one first.
        vocabulary: most word pieces that are learned from the Studies' texts.
        longest: most tokens of a text.
        positions: that the BERT has vectors for, `longest` or more.
        width: of the BERT; `depth` layers, `heads` heads in each.
        match_width: of the common space.
        label: the Studies' label that holds a class, where there is one besides the findings.
        shots: most subjects of each class that the context learns from; `draw` is the seed that picks them.
        descriptions: of each class that the context is held by.
        mapping: weight of the distance from the descriptions' mean, which is itself a mean over channels.
        distillation: weight of the divergence from the descriptions' votes, itself a mean over classes.
        threshold: how many median deviations a description may stand out; None keeps all.
        pair_share: share of the steps that train the encoder, where it has no weights.
        chunk: rows that are encoded at once; None keeps all.
        batch: images a step.
        learning_rate: of the pairs; `context_rate` of the context.
    """

    image_size: int = 64
    encoder: str = "conv-nano"
    weights: str | None = None
    vocabulary: int = 800
    longest: int = 96
    positions: int = 104
    width: int = 96
    depth: int = 2
    heads: int = 4
    match_width: int = 128
    label: str = "class"
    shots: int = 1
    draw: int = 0
    descriptions: int = 20
    mapping: float = 64.0
    distillation: float = 6.0
    threshold: float | None = 1.5
    pair_share: float = 0.6
    chunk: int | None = None
    steps: int = 800
    batch: int = 48
    learning_rate: float = 1e-3
    context_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "images-only": Config(mapping=0.0, distillation=0.0),
    "mapping-only": Config(distillation=0.0),
    "all-descriptions": Config(threshold=None),
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
        shots=16,
        descriptions=50,
        mapping=1.0,
        distillation=1.0,
        pair_share=0.0,
        chunk=256,
        steps=2_400,
        batch=4,
        context_rate=2.5e-3,
    ),
}


@cache
def written() -> Mapping[str, Sequence[str]]:
    """Name in lower case -> descriptions, from `biomedcoop.toml` beside this file."""
    held: Mapping[str, Sequence[str]] = tomllib.loads(
        (resources.files(__package__) / "biomedcoop.toml").read_text("utf-8")
    )
    return held


def descriptions_of(name: str, count: int) -> list[str]:
    """So many descriptions of a class, over again where fewer are written, templates where none are."""
    known = written().get(name.lower()) or [template.format(name) for template in TEMPLATES]
    return [known[i % len(known)] for i in range(count)]


def classes_of(outlook: Outlook, label: str) -> tuple[str, ...]:
    """The classes that a context is learned for: findings and none of them, and the label's values."""
    findings = (*outlook.findings, NORMAL) if outlook.findings else ()
    return tuple(dict.fromkeys((*findings, *outlook.labels.get(label, ()))))


class FewView(PairView):
    """Pairs, or a few labelled images of each class.

    `task` is `pairs`, `few`, or None for both at once. A Study's class is what it alone is stated to be.
    """

    task: str | None = None
    config: Config
    chosen: Sequence[int] = ()
    classes: Sequence[int] = ()

    def set_up(self, config: Config) -> Self:
        """This view, told what its classes are and which Studies stand for them."""
        self.config, names = config, classes_of(self.outlook, config.label)
        said = [stated(study, config.label) for study in self.studies]
        self.classes = [names.index(each[0]) if len(each) == 1 and each[0] in names else -1 for each in said]
        subjects = [study.subject for study in self.studies]
        self.chosen = [i for k in range(len(names)) for i in shots_of(self.classes, k, subjects, config)]
        return self

    def of(self, task: str) -> Self:
        """The same Studies for one stage."""
        own = copy.copy(self)
        own.task = task
        return own

    def __len__(self) -> int:
        return len(self.chosen) if self.task == "few" else len(self.studies)

    def draw(self, index: int, rng: np.random.Generator) -> Sample:
        """A pair, and the number of its `class`, -1 where it is none or not one alone."""
        index = self.chosen[index] if self.task == "few" else index
        return super().draw(index, rng) | {"class": self.classes[index]}

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """The pairs' batch, `class` (B,), and the `task`."""
        return super().collate(samples) | {"class": torch.tensor([s["class"] for s in samples]), "task": self.task}


def shots_of(classes: Sequence[int], which: int, subjects: Sequence[str], config: Config) -> list[int]:
    """Places of a few Studies of one class."""
    own_N = np.where(np.array(classes) == which, 0.0, np.nan)
    there = len({subject for subject, number in zip(subjects, classes, strict=True) if number == which})
    return few_shots(own_N, subjects, min(config.shots, there), config.draw).tolist() if there else []


class Model(DualEncoder):
    """The whole system: the encoder that rests, the context, and what holds it."""

    card, config_type = CARD, Config
    config: Config
    start_P: Tensor

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
        self.classes = classes_of(outlook, config.label)
        ((first, stop),) = tokens.places(START, [(0, len(START))], config.longest)
        self.register_buffer("start_P", tokens.batch([START], stop + 1).ids_BL[0, first:stop], persistent=False)
        self.shift_PE = nn.Parameter(torch.zeros(len(self.start_P), config.width))
        self._held: tuple[int, Tensor] | None = None

    @classmethod
    def from_studies(cls, config: DualConfig, studies: Sequence[Study]) -> Self:
        """A fresh model, its encoder with weights where there are any.

        Raises:
            TrainingError: not one image can be read.
            CheckpointError: the weights are missing, damaged, or of another size.
        """
        assert isinstance(config, Config)
        if config.weights is None:
            return super().from_studies(config, studies)
        folder = Path(config.weights)
        model = cls.fresh(config, derive_outlook(studies, config.image_size), cls.tokens_type.from_folder(folder))
        try:
            model.load_state_dict({"shift_PE": model.shift_PE.detach(), **load_file(folder / "model.safetensors")})
        except DAMAGE as error:
            raise CheckpointError(
                f"{folder} holds no encoder of these sizes: {error}",
                hint="set image_size, encoder, width, depth, heads and positions as it was trained",
            ) from error
        return model

    def take_context(self, file: Path) -> None:
        """The published context, `prompt_learner.ctx` in a file of safetensors, for the encoder it was learned on.

        Raises:
            CheckpointError: the file is missing or damaged, or its context has another shape.
        """
        try:
            context_PE = load_file(file)["prompt_learner.ctx"].to(self.shift_PE)
            words_PE = self.text_encoder.bert.embeddings.word_embeddings(self.start_P)  # type: ignore[attr-defined]
            self.shift_PE.data.copy_((context_PE - words_PE).detach())
        except DAMAGE as error:
            raise CheckpointError(
                f"{file} holds no context of {tuple(self.shift_PE.shape)}: {error}", hint="set start as it was trained"
            ) from error

    def view(self, studies: Sequence[Study]) -> FewView:
        """All that is written beside the image cropped, and a few Studies of each class."""
        made = self.pairs(studies, whole, Augmentation(crop=(0.8, 1.0)), FewView)
        assert isinstance(made, FewView)
        return made.set_up(self.config)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """The loss of the batch's stage, or the sum over both."""
        losses: dict[str, Tensor] = {}
        if batch["task"] != "few":
            losses["pairs"] = super().forward(batch)["loss"]
        if batch["task"] != "pairs":
            losses |= self.context_losses(batch)
        return {"loss": torch.stack([*losses.values()]).sum(), **losses}

    def context_losses(self, batch: Batch) -> dict[str, Tensor]:
        """Section 3: cross-entropy, and what the descriptions say, each by its weight."""
        config, device = self.config, self.log_scale.device
        label_B = batch["class"].to(device)
        with torch.no_grad():
            image_BE = self.image_vectors(self.look(batch["pictures"].to(device)[label_B >= 0]))
            scale = self.log_scale.clamp(max=LARGEST_LOG_SCALE).exp()
        learned_KE = self.class_vectors(self.classes)
        student_BK = scale * image_BE @ learned_KE.T
        losses = {"images": F.cross_entropy(student_BK, label_B[label_B >= 0], reduction="sum") / max(len(image_BE), 1)}
        if config.mapping:
            losses["mapping"] = config.mapping * context_mapping(learned_KE, self.described())
        if config.distillation and len(image_BE):
            teacher_KE = selected_classes(image_BE, self.described(), scale, config.threshold)
            losses["distillation"] = config.distillation * distilled(student_BK, scale * image_BE @ teacher_KE.T)
        return losses

    def class_vectors(self, names: Sequence[str]) -> Tensor:
        """Unit vectors (K, E) of classes: the mark that opens a text, the context, the name and a full stop."""
        texts = self.tokens.batch([f"{name}." for name in names], self.config.longest)
        device, encoder = self.log_scale.device, self.text_encoder
        word = encoder.bert.embeddings.word_embeddings  # type: ignore[attr-defined]
        rows_KLE = word(texts.ids_BL.to(device))
        context_KPE = (word(self.start_P).detach() + self.shift_PE).expand(len(names), -1, -1)
        mask_KL = F.pad(texts.mask_BL.to(device), (context_KPE.shape[1], 0), value=True)
        all_KLE = torch.cat([rows_KLE[:, :1], context_KPE, rows_KLE[:, 1:]], dim=1)
        return self.text_vectors(encoder.from_embeddings(all_KLE, mask_KL))  # type: ignore[attr-defined]

    @torch.no_grad()
    def described(self) -> Tensor:
        """Unit vectors (K, N, E) of the classes' descriptions, kept until a weight of the text encoder changes."""
        tower = [weight for name, weight in self.named_parameters() if name.startswith("text_")]
        version = sum(weight._version for weight in tower)
        if self._held is None or self._held[0] != version or self._held[1].device != self.log_scale.device:
            texts = [text for name in self.classes for text in descriptions_of(name, self.config.descriptions)]
            text_TE = torch.cat([self.text_vectors(self.read(each)) for each in self.token_batches(texts)])
            self._held = version, text_TE.reshape(len(self.classes), -1, text_TE.shape[1])
        return self._held[1]

    @torch.inference_mode()
    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        """The probability of each name among all, known from training or not, behind the learned context."""
        class_KE, scale = self.class_vectors(names), self.log_scale.clamp(max=LARGEST_LOG_SCALE).exp()
        images_NE = torch.from_numpy(self.embed_images(studies)).to(class_KE.device)
        if not len(images_NE):
            return []
        shares = (scale * images_NE @ class_KE.T).softmax(-1).tolist()
        return [dict(zip(names, row, strict=True)) for row in shares]


def context_of(model: Any) -> Iterable[nn.Parameter]:
    """What the few images train."""
    return [model.shift_PE]


def stages(config: Config) -> list[Stage]:
    """The encoder where it has no weights, then the context."""
    pairs = 0 if config.weights else round(config.steps * config.pair_share)
    few = Stage(
        "context",
        config.steps - pairs,
        config.batch,
        config.context_rate,
        weight_decay=0.0,
        view=partial(FewView.of, task="few"),
        trainable=context_of,
    )
    alone = Stage("pairs", pairs, config.batch, config.learning_rate, view=partial(FewView.of, task="pairs"))
    return [alone, few] if pairs else [few]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, Outlook(config.image_size, 3), WordPieces.of_size(config.vocabulary))


def claim(arm: str, trial: Trial) -> float:
    """How well lesions of others are told apart after one image of each."""
    model = trial.fit(arm, trial.patients("skin", TRAINED, **WORLD))
    held_out = trial.patients("skin", MEASURED, held_out=True, **WORLD | {"most_kinds": 1})
    asked = [(study, found[0]) for study in held_out if len(found := stated(study, "class")) == 1]
    judged = model.classify([study for study, _ in asked], model.classes)
    return balanced_accuracy([name for _, name in asked], [max(row, key=row.__getitem__) for row in judged])
