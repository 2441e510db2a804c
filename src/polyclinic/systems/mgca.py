"""MGCA: images and reports brought together at three grains: whole pairs, words and places, and kinds of disease.

Whole pairs are contrasted over the batch. What is its own: each word must find itself among the words of its own
report by the places that it attends to, each place among its places by the words, and both count as much as the
encoders attend to them; and image and report must each foretell which prototypes the other one falls to, so that
cases of one disease come close though they are not a pair.

Try: `polyclinic prove mgca`, or `polyclinic fit mgca FOLDER --out run` and then
`polyclinic find run IMAGE "left nodule"`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.dual_encoder import Outlook, PairView, PixelScale
from polyclinic.bodies.dual_encoder.grounding import GroundedEncoder
from polyclinic.bodies.dual_encoder.public import within
from polyclinic.bodies.dual_encoder.speaking import whole
from polyclinic.bodies.storing import published_weights
from polyclinic.cards import Card, Claim
from polyclinic.metrics.pointing import pointing_hit
from polyclinic.objectives.contrast import info_nce
from polyclinic.objectives.local import clipped_weights, token_alignment
from polyclinic.objectives.prototypes import swapped_prediction
from polyclinic.parts.features import Features, TokenBatch
from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.pooling import summed_words, word_attention, word_mask
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.keys import Layout, load_public
from polyclinic.parts.vision.layouts import TIMM_VIT
from polyclinic.parts.vision.maps import map_of, tokens_of
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="mgca",
    title="MGCA: multi-granularity cross-modal alignment",
    paper="2210.06044",
    year=2022,
    verbs=("embed", "classify", "find", "explain"),
    kinds=("dual encoder", "self-supervised"),
    checked="shape",
    weights="Apache-2.0",
    differs="batch norm of words sees no padding; zero-shot classification and heat maps are not in the paper; the "
    "small preset's image encoder is convolutional, so that its places count alike, as with the paper's ResNet-50",
)

CLAIM = Claim(
    says="Aligning words with places makes a phrase point at what it speaks of.",
    metric="share of phrases whose hottest pixel lies in the finding's mask, mean over findings",
    direction="higher",
    smallest=0.05,
    arms=("nano", "pairs-only", "no-tokens", "no-prototypes"),
    steps=400,
)
PRETRAINED, MEASURED = 1200, 200
WORLD: dict[str, Any] = {"size": 64, "contrast": 3.0, "prevalence": 0.4}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS`; one that hands on attention weighs its places.
        level: which of the encoder's maps gives the places.
        vocabulary: most word pieces that are learned from the Studies' texts.
        longest: most tokens of a report.
        width: of the BERT; `depth` layers, `heads` heads in each, the last `summed` of them added up.
        match_width: of the common spaces; `hidden` between it and the encoders.
        temperature: of whole pairs; `token_temperature` of words and places.
        pair_share: weight of whole pairs; `token_share` of words and places; `prototype_share` of prototypes.
        prototypes: kinds of disease that cases may fall to.
        resting: share of the steps, at first, in which prototypes do not learn.
        crop: share of the picture's area that is kept while training.
        chunk: rows that are encoded at once; None keeps all.
        batch: pairs a step.
    """

    image_size: int = 64
    encoder: str = "conv-nano-8"
    level: int = -1
    vocabulary: int = 800
    longest: int = 64
    width: int = 64
    depth: int = 2
    heads: int = 4
    summed: int = 2
    match_width: int = 128
    hidden: int = 192
    temperature: float = 0.07
    token_temperature: float = 0.1
    pair_share: float = 1.0
    token_share: float = 1.0
    prototype_share: float = 1.0
    prototypes: int = 64
    resting: float = 0.1
    crop: float = 0.77
    chunk: int | None = None
    steps: int = 400
    batch: int = 48
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "pairs-only": Config(token_share=0.0, prototype_share=0.0),
    "no-tokens": Config(token_share=0.0),
    "no-prototypes": Config(prototype_share=0.0),
    "paper": Config(
        image_size=224,
        encoder="vit-b-16-attend",
        vocabulary=28_996,
        longest=112,
        width=768,
        depth=12,
        heads=12,
        summed=4,
        hidden=2048,
        prototypes=500,
        resting=0.02,
        steps=75_000,
        batch=144,
        learning_rate=2e-5,
    ),
}


class Model(GroundedEncoder):
    """The whole system: what it is made of, and how it aligns at three grains."""

    card, config_type = CARD, Config
    config: Config

    def __init__(self, config: Config, outlook: Outlook, tokens: WordPieces) -> None:
        image = ENCODERS[config.encoder](channels=outlook.channels, image_size=outlook.image_size)
        bert = small_bert(
            vocabulary=len(tokens),
            width=config.width,
            depth=config.depth,
            heads=config.heads,
            longest=config.longest,
            attention=True,
        )
        hidden, width = config.hidden, config.match_width
        super().__init__(
            config=config,
            outlook=outlook,
            tokens=tokens,
            image_encoder=image,
            text_encoder=BertEncoder(bert=bert, pool=summed_words(config.summed), attention=True),
            image_head=projector(image.width_out, hidden, width),
            text_head=projector(config.width, hidden, width),
            log_scale=-math.log(config.temperature),
            pixels=PixelScale((0.5,), (0.5,)),
        )
        self.log_scale.requires_grad_(False)
        if config.token_share:
            self.place_head = projector(image.widths_maps[config.level], hidden, width)
            self.word_head = projector(config.width, hidden, width)
        if config.prototype_share:
            self.prototypes_KE = nn.Parameter(F.normalize(torch.randn(config.prototypes, width), dim=-1))

    def view(self, studies: Sequence[Study]) -> PairView:
        """All that is written, beside the image cropped."""
        return self.pairs(studies, whole, Augmentation(crop=(self.config.crop, self.config.crop)))

    def losses(self, seen: Features, read: Features, batch: Batch) -> dict[str, Tensor]:
        """Equation 9: the three grains, weighted."""
        image_BE, text_BE = self.image_vectors(seen), self.text_vectors(read)
        # Both ways are added up (equation 3), where `info_nce` takes their mean.
        found, weights = {"pairs": 2 * info_nce(image_BE, text_BE, self.log_scale)}, self.config
        total = weights.pair_share * found["pairs"]
        if weights.token_share:
            texts = TokenBatch(*(part.to(image_BE.device) for part in batch["texts"]))
            found["tokens"] = self.token_loss(seen, read, texts)
            total = total + weights.token_share * found["tokens"]
        if weights.prototype_share:
            found["prototypes"] = self.prototype_loss(image_BE, text_BE)
            total = total + weights.prototype_share * found["prototypes"]
        return {"loss": total, **found}

    def token_loss(self, seen: Features, read: Features, texts: TokenBatch) -> Tensor:
        """Section 3.3: words among the words of their report, places among the places of their image."""
        place_BNE, word_BLE = tokens_of(self.place_map(seen)), self.word_vectors(read, texts)
        words_BL = word_mask(texts)
        places_BN = words_BL.new_ones(place_BNE.shape[:2])
        assert read.attention_BN is not None
        word_weight_BL = clipped_weights(word_attention(read.attention_BN, texts), words_BL)
        place_weight_BN = clipped_weights(self.place_attention(seen, places_BN), places_BN)
        temperature = self.config.token_temperature
        of_words = token_alignment(
            word_BLE, place_BNE, word_weight_BL, mask_BQ=words_BL, mask_BN=places_BN, temperature=temperature
        )
        of_places = token_alignment(
            place_BNE, word_BLE, place_weight_BN, mask_BQ=places_BN, mask_BN=words_BL, temperature=temperature
        )
        return of_words + of_places

    def place_attention(self, seen: Features, places_BN: Tensor) -> Tensor:
        """How the image encoder attends to its places; alike where it has no such thing."""
        attention_BN = seen.attention_BN
        return places_BN.float() if attention_BN is None or self.config.level != -1 else attention_BN

    def prototype_loss(self, image_BE: Tensor, text_BE: Tensor) -> Tensor:
        """Section 3.4: each side foretells the other's prototypes, which get length one again at every step."""
        with torch.no_grad():
            self.prototypes_KE.copy_(F.normalize(self.prototypes_KE, dim=-1))
        return swapped_prediction(image_BE @ self.prototypes_KE.T, text_BE @ self.prototypes_KE.T)

    def place_map(self, seen: Features) -> Tensor:
        """Unit vectors of places in the space of words (B, E, Y, X)."""
        map_BEYX = seen.maps[self.config.level]
        place_BNE = F.normalize(of_tokens(self.place_head, tokens_of(map_BEYX)), dim=-1)
        return map_of(place_BNE, *map_BEYX.shape[2:])

    def word_vectors(self, read: Features, texts: TokenBatch) -> Tensor:
        """Unit vectors of words (B, L, E), zeros where a text has none."""
        words_BL = word_mask(texts)
        head_ME = self.word_head(read.tokens_BNE[words_BL])
        word_BLE = head_ME.new_zeros((*words_BL.shape, head_ME.shape[-1]))
        word_BLE[words_BL] = F.normalize(head_ME, dim=-1)
        return word_BLE

    def places(self, seen: Features) -> Tensor:
        """Where words meet places, their space; else what each place alone would make of the whole image."""
        if self.config.token_share:
            return self.place_map(seen)
        map_BEYX = seen.maps[-1]
        # The mean and the largest of a single place are that place.
        pooled_BNE = tokens_of(map_BEYX).repeat(1, 1, seen.pooled_BE.shape[1] // map_BEYX.shape[1])
        return map_of(of_tokens(self.image_head, pooled_BNE), *map_BEYX.shape[2:])

    def phrases(self, read: Features, texts: TokenBatch) -> Tensor:
        """The mean of a phrase's words, in the space of places; else the phrase as a whole."""
        return self.word_vectors(read, texts).sum(1) if self.config.token_share else self.text_vectors(read)

    def all_but_prototypes(self) -> list[nn.Parameter]:
        """What learns while prototypes rest."""
        return [p for name, p in self.named_parameters() if name != "prototypes_KE" and p is not self.log_scale]


def projector(width: int, hidden: int, width_out: int) -> nn.Module:
    """One hidden layer, and batch norm behind both, the last without weights (as in the paper's code)."""
    return nn.Sequential(
        nn.Linear(width, hidden),
        nn.BatchNorm1d(hidden),
        nn.ReLU(),
        nn.Linear(hidden, width_out),
        nn.BatchNorm1d(width_out, affine=False),
    )


def of_tokens(head: nn.Module, token_BNE: Tensor) -> Tensor:
    """A head over every token of a batch (B, N, E)."""
    out_BNE: Tensor = head(token_BNE.flatten(0, 1)).unflatten(0, token_BNE.shape[:2])
    return out_BNE


def stages(config: Config) -> list[Stage]:
    """Prototypes rest at first (section 4.1); without them all is one stage."""
    batch, rate = config.batch, config.learning_rate
    resting = round(config.resting * config.steps) if config.prototype_share else 0
    learning = Stage("learning", steps=config.steps - resting, batch=batch, learning_rate=rate)
    if not resting:
        return [learning]
    rest = Stage(
        "resting", steps=resting, batch=batch, learning_rate=rate, final=1.0, trainable=Model.all_but_prototypes
    )
    return [rest, learning]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, Outlook(config.image_size, 3), WordPieces.of_size(config.vocabulary))


# The published names.
PUBLIC = Layout(
    {
        **within("image_encoder", "img_encoder_q.model", TIMM_VIT),
        "image_head": "img_encoder_q.global_embed.head",
        "place_head": "img_encoder_q.local_embed.head",
        "text_encoder.bert": "text_encoder_q.model",
        "text_head": "text_encoder_q.global_embed.head",
        "word_head": "text_encoder_q.local_embed.head",
        "prototypes_KE": "prototype_layer.weight",
        "log_scale": "log_scale",
    },
    heads=("img_encoder_q.model.head.", "text_encoder_q.model.pooler.", "text_encoder_q.model.embeddings.position_ids"),
)


def from_public(folder: Path) -> Model:
    """The published weights with ViT-B/16: `model.safetensors`, and beside it Bio_ClinicalBERT's tokenizer.

    They are published as a pickle, which is never opened here; save its tensors as safetensors first.

    Raises:
        CheckpointError: files are missing or damaged, or the weights are not of this model.
    """
    model = Model(PRESETS["paper"], Outlook(PRESETS["paper"].image_size, 3), WordPieces.from_folder(folder))
    weights = published_weights(folder / "model.safetensors") | {"log_scale": model.log_scale.detach()}
    load_public(model, weights, PUBLIC)
    return model.eval()


def claim(arm: str, trial: Trial) -> float:
    """How often a phrase's heat is highest on the finding that it names, mean over findings."""
    model = trial.fit(arm, trial.patients("chest", PRETRAINED, **WORLD))
    asked = trial.patients("chest", MEASURED, held_out=True, **WORLD)
    pairs = [(study, finding.name) for study in asked for finding in study.findings if finding.present]
    heats = model.heats([study for study, _ in pairs], [f"{name}." for _, name in pairs])
    hits: dict[str, list[float]] = {}
    for (study, name), heat in zip(pairs, heats, strict=True):
        masks = [region.array for region in study.regions if region.name == name]
        if masks:
            hits.setdefault(name, []).append(pointing_hit(heat, np.logical_or.reduce(masks)))
    return float(np.mean([np.mean(own) for own in hits.values()]))
