"""ConceptCLIP: a dual encoder that knows where in an image the concepts of its text are.

A first stage matches images and texts as SigLIP does: each pair of a batch is asked by itself whether it is one. A
second stage adds the same question for concepts. Each concept's span in a text becomes a vector, the mean of its
tokens, and is held against every place of every image; the place that meets it best answers for its image. What is
its own: this alignment of concepts with places, with a scale and a bias of its own; the order of the stages; the vote
of the whole image and of its places over classes and concepts.

Try: `polyclinic prove conceptclip`, or `polyclinic phantom skin skin --patients 1000 --seed 0` and then
`polyclinic fit conceptclip skin --out run`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, Sample, Trial
from polyclinic.bodies.dual_encoder import GREY_PIXELS, Outlook, PairView, PixelScale, Prompts, projection
from polyclinic.bodies.dual_encoder.grounding import GroundedEncoder
from polyclinic.bodies.dual_encoder.speaking import whole
from polyclinic.cards import Card, Claim
from polyclinic.errors import ConfigError
from polyclinic.metrics.pointing import pointing_hit
from polyclinic.objectives.local import concept_contrast, named_by, span_means
from polyclinic.objectives.sigmoid import sigmoid_contrast
from polyclinic.parts.features import Features, TokenBatch
from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.wordpieces import TextTokens, WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.maps import map_of
from polyclinic.study import Study
from polyclinic.training.stages import Stage
from polyclinic.verbs import Explanation

CARD = Card(
    id="conceptclip",
    title="ConceptCLIP: concept-enhanced contrastive pretraining of biomedical images and texts",
    paper="2501.15579",
    year=2025,
    verbs=("embed", "classify", "find", "explain"),
    kinds=("dual encoder", "explanation", "classification"),
    checked="shape",
    weights="gated",
    phantom="skin",
    differs="concepts are the names of a Study's findings that are not denied, and their attributes, where the paper "
    "links mentions to UMLS; a concept belongs to all of a batch's texts that name it; a class is held against places "
    "as its own words' mean, as concepts are in training; pictures keep their proportions; the published weights are "
    "not read",
)

CLAIM = Claim(
    says="Holding concepts against places teaches where a finding is; holding texts against images does not.",
    metric="pointing accuracy: share of findings whose best place lies in their box",
    direction="higher",
    smallest=0.1,
    arms=("nano", "global-only"),
    steps=400,
)
TRAINED, MEASURED = 1200, 200
WORLD: dict[str, Any] = {"size": 64, "contrast": 6.0, "noise": 0.3, "anatomy": 0.2, "prevalence": 0.4, "most_kinds": 3}
PLAIN = PixelScale((0.5,), (0.5,))


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS`; its pooled width is that of the common space.
        vocabulary: most word pieces that are learned from the Studies' texts.
        longest: most tokens of a text.
        positions: that the BERT has vectors for, `longest` or more.
        width: of the BERT; `depth` layers, `heads` heads in each.
        start_bias: of the pairs' similarities, `concept_bias` of the concepts'; the log odds that two of a batch belong
            together, which a few hundred steps could not find by themselves.
        local_weight: of the concepts' loss in the second stage; 0 leaves concepts and their heads out.
        first_share: share of the steps that align images and texts alone.
        second_rate: learning rate of the second stage, as a share of the first's.
        top_share: share of the places, the best ones, that vote for a class.
        picture: what images are called in prompts.
        crop: least share of a picture that is kept while training.
        chunk: rows that are encoded at once; None keeps all.
        batch: pairs a step.
    """

    image_size: int = 64
    encoder: str = "conv-nano-8"
    vocabulary: int = 800
    longest: int = 96
    positions: int = 96
    width: int = 96
    depth: int = 2
    heads: int = 4
    start_bias: float = -4.0
    concept_bias: float = -6.0
    local_weight: float = 0.5
    first_share: float = 0.1
    second_rate: float = 1.0
    top_share: float = 128 / 729
    picture: str = "dermatoscopy"
    crop: float = 0.8
    chunk: int | None = None
    steps: int = 800
    batch: int = 48
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "global-only": Config(local_weight=0.0),
    "one-stage": Config(first_share=0.0),
    "paper": Config(
        image_size=384,
        encoder="vit-so400m-14-384",
        vocabulary=30_522,
        longest=77,
        positions=512,
        width=768,
        depth=12,
        heads=12,
        start_bias=-10.0,
        concept_bias=-10.0,
        first_share=0.5,
        second_rate=0.6,
        crop=0.5,
        chunk=256,
        steps=150_000,
        batch=12_288,
        learning_rate=5e-4,
    ),
}


def concept_spans(study: Study, text: str) -> list[tuple[int, int]]:
    """Where a text names what a Study shows: its findings that are not denied, and how they are described.

    Example:
        >>> from polyclinic.study import Finding
        >>> mass, cyst = Finding("mass", True, attributes={"side": "left"}), Finding("cyst", False)
        >>> concept_spans(Study("1", "1", findings=(mass, cyst)), "Two masses, left. No cyst.")
        [(4, 10), (12, 16)]
    """
    there = [finding for finding in study.findings if finding.present is not False]
    words = [finding.name for finding in there]
    words += [value for finding in there for value in finding.attributes.values() if isinstance(value, str)]
    patterns = (rf"(?<!\w){re.escape(word)}(?:e?s)?(?!\w)" for word in dict.fromkeys(words))
    return sorted({found.span() for pattern in patterns for found in re.finditer(pattern, text, re.IGNORECASE)})


class ConceptView(PairView):
    """Pairs whose texts' concepts are known by their tokens."""

    concepts = True

    def without_concepts(self) -> Self:
        """The same pairs, for the first stage."""
        plain = copy.copy(self)
        plain.concepts = False
        return plain

    def draw(self, index: int, rng: np.random.Generator) -> Sample:
        """A pair, and `spans`: each concept that was not cut off, its first token and the one after the last."""
        pair = super().draw(index, rng)
        text, found = pair["text"], concept_spans(self.studies[index], pair["text"]) if self.concepts else []
        tokens = self.tokens.places(text, found, self.longest) if found else []
        named = zip((text[start:stop].lower() for start, stop in found), tokens, strict=True)
        return pair | {"spans": [(name, start, stop) for name, (start, stop) in named if stop > start]}

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """The pairs' batch; with concepts also `spans` (M, 4): row, first token, one after the last, which concept."""
        batch = super().collate(samples)
        if not self.concepts:
            return batch
        found = [(row, *span) for row, sample in enumerate(samples) for span in sample["spans"]]
        kinds = {name: kind for kind, name in enumerate(sorted({name for _, name, *_ in found}))}
        rows = [(row, start, stop, kinds[name]) for row, name, start, stop in found]
        return batch | {"spans": torch.tensor(rows).reshape(-1, 4)}


class Model(GroundedEncoder):
    """The whole system: what it is made of, both alignments, and the vote of the whole and of its places."""

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
            image_head=nn.Identity(),
            text_head=projection(config.width, image.width_out),
            pixels=PLAIN if outlook.channels == 3 else GREY_PIXELS,
        )
        self.bias = nn.Parameter(torch.tensor(config.start_bias))
        if not config.local_weight and image.width_out % image.width_tokens:
            raise ConfigError(
                f"places of {config.encoder} have no vectors in the common space", hint="set local_weight above 0"
            )
        if config.local_weight:
            width = image.width_out
            self.place_head = projection(image.width_tokens, width, hidden=width, bias=False)
            self.word_head = projection(config.width, width, hidden=width, bias=False)
            self.concept_log_scale = nn.Parameter(self.log_scale.detach().clone())
            self.concept_bias = nn.Parameter(torch.tensor(config.concept_bias))

    def view(self, studies: Sequence[Study]) -> PairView:
        """All that is written with its concepts, beside the image cropped."""
        crop = Augmentation(crop=(self.config.crop, 1.0))
        return self.pairs(studies, whole, crop, ConceptView if self.config.local_weight else PairView)

    def losses(self, image: Features, text: Features, batch: Batch) -> dict[str, Tensor]:
        """Both alignments; the concepts' where the batch has them."""
        pairs = sigmoid_contrast(self.image_vectors(image), self.text_vectors(text), self.log_scale, self.bias)
        if "spans" not in batch:
            return {"loss": pairs}
        span_M3, kind_M = batch["spans"].to(pairs.device).split((3, 1), dim=1)
        concept_ME = F.normalize(span_means(self.word_head(text.tokens_BNE), span_M3), dim=-1)
        own_BM = named_by(span_M3[:, 0], kind_M[:, 0], len(text.tokens_BNE))
        places_BNE = self.place_vectors(image)
        local = concept_contrast(places_BNE, concept_ME, own_BM, self.concept_log_scale, self.concept_bias)
        return {"loss": pairs + self.config.local_weight * local, "pairs": pairs, "concepts": local}

    def place_vectors(self, seen: Features) -> Tensor:
        """Unit vectors (B, N, E) of an image's places.

        Without concepts a place is what the encoder would pool from it alone: its vector, or mean and maximum of it.
        """
        if self.config.local_weight:
            return F.normalize(self.place_head(seen.tokens_BNE), dim=-1)
        times = seen.pooled_BE.shape[1] // seen.tokens_BNE.shape[2]
        return F.normalize(seen.tokens_BNE.repeat(1, 1, times), dim=-1)

    def places(self, seen: Features) -> Tensor:
        """The places' vectors (B, E, Y, X)."""
        return map_of(self.place_vectors(seen), *seen.maps[-1].shape[2:])

    def phrases(self, read: Features, texts: TokenBatch) -> Tensor:
        """A phrase as a concept whose span is all its words; without concepts as a text."""
        if not self.config.local_weight:
            return self.text_vectors(read)
        word_BL1 = (texts.word_BL >= 0)[:, :, None].to(read.tokens_BNE.dtype)
        mean_BE = (self.word_head(read.tokens_BNE) * word_BL1).sum(1) / word_BL1.sum(1).clamp(min=1)
        return F.normalize(mean_BE, dim=-1)

    def last_words(self, read: Features, texts: TokenBatch) -> Tensor:
        """The vector of each text's last token, by which the paper annotates concepts."""
        last_B = texts.mask_BL.sum(1) - 1
        return F.normalize(self.word_head(read.tokens_BNE[torch.arange(len(last_B)), last_B]), dim=-1)

    def prompts(self, name: str) -> Prompts:
        """The paper's prompt; classes are compared with each other."""
        return Prompts((f"a {self.config.picture} presents {name}",))

    @torch.inference_mode()
    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        """The probability of each name among all: half from the whole image, half from the places that meet it best."""
        voted = super().classify(studies, names)
        if not self.config.local_weight or not studies:
            return voted
        phrases_KE = torch.cat([self.phrases(self.read(texts), texts) for texts in self.token_batches(names)])
        shares = [self._vote(self.look(pictures), phrases_KE) for pictures in self.pictures(studies)]
        local_BK = torch.cat(shares).tolist()
        return [
            {name: (row[name] + share) / 2 for name, share in zip(names, local, strict=True)}
            for row, local in zip(voted, local_BK, strict=True)
        ]

    def _vote(self, seen: Features, phrases_KE: Tensor) -> Tensor:
        """Probabilities (B, K) from the mean over the best places of each phrase."""
        cosine_BNK = self.place_vectors(seen) @ phrases_KE.T
        top = max(round(self.config.top_share * cosine_BNK.shape[1]), 1)
        return (self.concept_log_scale.exp() * cosine_BNK.topk(top, dim=1).values.mean(1)).softmax(-1)

    @torch.inference_mode()
    def annotate(self, studies: Sequence[Study], concepts: Sequence[str]) -> NDArray[np.float32]:
        """The probability (n, K) of each concept by itself: with it in the prompt against without.

        Source:
            arXiv 2501.15579, medical concept annotation.
        """
        texts = [f"This is {self.config.picture}.", *(f"This is {self.config.picture} of {c}." for c in concepts)]
        batches = self.token_batches(texts)
        read = [self.read(batch) for batch in batches]
        text_TE = torch.cat([self.text_vectors(each) for each in read])
        words = [self.last_words(*pair) for pair in zip(read, batches, strict=True)] if self.config.local_weight else []
        found = []
        for pictures in self.pictures(studies):
            seen = self.look(pictures)
            share_BK = _against_first(self.log_scale.exp() * self.image_vectors(seen) @ text_TE.T)
            if words:
                mean_BE = self.place_vectors(seen).mean(1)
                local_BK = _against_first(self.concept_log_scale.exp() * mean_BE @ torch.cat(words).T)
                share_BK = (share_BK + local_BK) / 2
            found.append(share_BK.cpu())
        annotated: NDArray[np.float32] = torch.cat(found).numpy() if found else np.zeros((0, len(concepts)), np.float32)
        return annotated

    def explain(self, studies: Sequence[Study], targets: Sequence[str]) -> list[Explanation]:
        """Where a target is, and how likely each finding known from training is."""
        names = self.outlook.findings
        heats, shares = self.heats(studies, targets), self.annotate(studies, names)
        return [
            Explanation(heat, dict(zip(names, map(float, row), strict=True)))
            for heat, row in zip(heats, shares, strict=True)
        ]


def _against_first(logits_BT: Tensor) -> Tensor:
    """The share of each logit but the first in a choice between it and the first."""
    return (logits_BT[:, 1:] - logits_BT[:, :1]).sigmoid()


def stages(config: Config) -> list[Stage]:
    """Texts alone, then with concepts; one stage where there are none or no step is left for the first."""
    first = round(config.steps * config.first_share) if config.local_weight else 0
    rate, name = config.learning_rate, "concepts" if config.local_weight else "pairs"
    if not first:
        return [Stage(name, config.steps, config.batch, rate)]
    return [
        Stage("pairs", first, config.batch, rate, view=ConceptView.without_concepts),
        Stage(name, config.steps - first, config.batch, rate * config.second_rate),
    ]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, Outlook(config.image_size, 3), WordPieces.of_size(config.vocabulary))


def claim(arm: str, trial: Trial) -> float:
    """How often the best place of a finding lies in the box of one."""
    model = trial.fit(arm, trial.patients("skin", TRAINED, **WORLD))
    asked = trial.patients("skin", MEASURED, held_out=True, **WORLD)
    pairs = [(study, finding.name) for study in asked for finding in study.findings if finding.present]
    heats = model.heats([study for study, _ in pairs], [name for _, name in pairs])
    return float(
        np.mean([pointing_hit(h, _inside(study, name)) for h, (study, name) in zip(heats, pairs, strict=True)])
    )


def _inside(study: Study, name: str) -> NDArray[np.bool_]:
    """Which pixels lie in a box of that name."""
    inside = np.zeros(study.images[0].pixels.shape[-2:], bool)
    for region in study.regions:
        if region.name == name and region.box:
            x0, y0, x1, y1 = (round(side) for side in region.box)
            inside[y0:y1, x0:x1] = True
    return inside
