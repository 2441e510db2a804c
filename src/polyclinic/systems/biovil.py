"""BioViL: a text encoder that first learns how reports are written, then what they say of the image beside them.

The text encoder goes through three stages alone: word pieces of its own, hidden words, and reports, where the
Findings must pick out the Impression that was drawn from them; then image and Impression are matched. What is
its own: the Findings deny, the Impression leaves out what is denied, so matching the two teaches negation that
images alone never would, and both losses of text stay while images join. The image is projected place by
place before the mean is taken, so places and sentences share a space though no loss ever looked at a place.

Try: `polyclinic prove biovil`, or `polyclinic fit biovil FOLDER --out run` and then
`polyclinic find run IMAGE "left pleural effusion"`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.dual_encoder import Outlook, PixelScale, Prompts
from polyclinic.bodies.dual_encoder.grounding import GroundedEncoder
from polyclinic.bodies.dual_encoder.public import within
from polyclinic.bodies.dual_encoder.sections import GuessingView, MatchingView, SectionView, findings
from polyclinic.bodies.storing import published_weights
from polyclinic.cards import Card, Claim
from polyclinic.metrics.retrieval import places, recall_at
from polyclinic.objectives.contrast import info_nce
from polyclinic.objectives.language import hidden_token_loss
from polyclinic.parts.features import Features, TokenBatch
from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.hiding import GuessHead, Hidden
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.keys import Layout, load_public
from polyclinic.parts.vision.layouts import RESNET
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="biovil",
    title="BioViL: making the most of text semantics for biomedical vision and language",
    paper="2204.09817",
    year=2022,
    verbs=("embed", "classify", "find", "explain"),
    kinds=("dual encoder", "detection", "self-supervised"),
    checked="shape",
    weights="MIT",
    differs="hidden words are guessed in the collection's own reports, where the paper adds abstracts and notes; the "
    "image encoder starts from nothing or from published weights, where the paper contrasts views of images first; "
    "images are fitted whole into the square of 480 pixels, where the paper crops it from 512; the small preset "
    "matches at temperature 0.1, which few steps need, the paper's at 0.5",
)

CLAIM = Claim(
    says="Images that were matched with Impressions alone are found by Findings, where the sections were matched too.",
    metric="recall at 10 of images by their Findings, among 400 held-out patients",
    direction="higher",
    smallest=0.05,
    arms=("nano", "guess-only"),
    steps=500,
)
PRETRAINED, MEASURED, DEPTH = 1000, 400, 10
WORLD: dict[str, Any] = {"size": 64, "contrast": 6.0, "noise": 0.3, "anatomy": 0.2, "prevalence": 0.4}


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS`; its last map is projected.
        vocabulary: most word pieces that are learned from the Studies' texts.
        longest: most tokens of a section.
        width: of the BERT; `depth` layers, `heads` heads in each.
        match_width: of the common space.
        temperature: of both contrasts.
        image_share: weight of matching images with Impressions in the joint stage.
        section_share: weight of matching Findings with Impressions; 0 leaves it out of all stages.
        guess_share: weight of guessing hidden words beside the other losses; 0 leaves out the stages of text too.
        shuffle: whether a section's sentences come in any order.
        hidden: share of words' tokens that are to be guessed.
        blur: width of the Gaussian over heat maps, in places of the map.
        shift: largest move of an image while it trains, as a share of its side; never left for right.
        general: steps of guessing words alone; `special` those that match sections too; `steps` with images.
        text_batch: reports a step in the stages of text; `batch` pairs a step with images.
        chunk: rows that are encoded at once; None keeps all, and batch norm sees the whole batch.
    """

    image_size: int = 64
    encoder: str = "conv-nano-8"
    vocabulary: int = 800
    longest: int = 64
    width: int = 64
    depth: int = 2
    heads: int = 4
    match_width: int = 128
    temperature: float = 0.1
    image_share: float = 1.0
    section_share: float = 1.0
    guess_share: float = 0.1
    shuffle: bool = True
    hidden: float = 0.15
    blur: float = 0.8
    shift: float = 0.05
    general: int = 50
    special: int = 200
    steps: int = 350
    text_batch: int = 48
    batch: int = 48
    chunk: int | None = None
    learning_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "guess-only": Config(section_share=0.0, shuffle=False),
    "no-text-losses": Config(section_share=0.0, guess_share=0.0, shuffle=False),
    "paper": Config(
        image_size=480,
        encoder="resnet50",
        vocabulary=30_522,
        longest=512,
        width=768,
        depth=12,
        heads=12,
        temperature=0.5,
        image_share=0.5,
        blur=1.5,
        general=200_000,
        special=50_000,
        steps=14_000,
        text_batch=256,
        batch=512,
        learning_rate=2e-5,
    ),
}


class Model(GroundedEncoder):
    """The whole system: what it is made of, and what it learns from what a batch holds."""

    card, config_type = CARD, Config
    config: Config
    tokens: WordPieces
    text_encoder: BertEncoder

    def __init__(self, config: Config, outlook: Outlook, tokens: WordPieces) -> None:
        image = ENCODERS[config.encoder](channels=outlook.channels, image_size=outlook.image_size)
        bert = small_bert(
            vocabulary=len(tokens), width=config.width, depth=config.depth, heads=config.heads, longest=config.longest
        )
        super().__init__(
            config=config,
            outlook=outlook,
            tokens=tokens,
            image_encoder=image,
            text_encoder=BertEncoder(bert=bert),
            image_head=place_projector(image.width_tokens, config.match_width),
            text_head=sentence_projector(config.width, config.match_width),
            log_scale=-math.log(config.temperature),
            pixels=PixelScale((0.0,), (1.0,)),
        )
        self.guess = GuessHead(width=config.width, vocabulary=len(tokens))
        self.blur = config.blur
        self.log_scale.requires_grad_(False)

    def view(self, studies: Sequence[Study]) -> SectionView:
        """Image, Impression, Findings, and the whole report once more with hidden words."""
        return SectionView(
            studies,
            outlook=self.outlook,
            tokens=self.tokens,
            longest=self.config.longest,
            augment=Augmentation(shift=self.config.shift, degrees=100 * self.config.shift),
            shuffle=self.config.shuffle,
            hidden=self.config.hidden,
        )

    def image_vectors(self, seen: Features) -> Tensor:
        """Section 2.2: the mean of the projected places, not the projected mean."""
        return F.normalize(self.places(seen).mean((2, 3)), dim=-1)

    def places(self, seen: Features) -> Tensor:
        """The last map, projected place by place."""
        projected_BEYX: Tensor = self.image_head(seen.maps[-1])
        return projected_BEYX

    def phrases(self, read: Features, texts: TokenBatch) -> Tensor:
        """Sentences and places share their space."""
        return self.text_vectors(read)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Losses of what the batch holds: hidden words, sections of one report, images. One of them is always there."""
        weights, found = self.config, dict[str, Tensor]()
        total = self.log_scale.new_zeros(())
        if weights.guess_share and "hidden" in batch:
            found["guess"] = self.guess_loss(batch["hidden"])
            # Alone it has no other loss to leave room for.
            total = total + found["guess"] * (weights.guess_share if "texts" in batch else 1.0)
        if "texts" in batch:
            impression_BE = self.sentence_vectors(batch["texts"])
            if weights.section_share:
                found["sections"] = info_nce(self.sentence_vectors(batch["findings"]), impression_BE, self.log_scale)
                total = total + weights.section_share * found["sections"]
            if "pictures" in batch:
                seen = self.look(batch["pictures"].to(self.log_scale.device))
                found["pairs"] = info_nce(self.image_vectors(seen), impression_BE, self.log_scale)
                total = total + weights.image_share * found["pairs"]
        return {"loss": total, **found}

    def sentence_vectors(self, texts: TokenBatch) -> Tensor:
        """Unit vectors (B, E) of tokens."""
        return self.text_vectors(self.read(self.here(texts)))

    def guess_loss(self, hidden: Hidden) -> Tensor:
        """Section 2.1, stage II: cross-entropy of the hidden tokens."""
        texts, ids_BL = self.here(hidden.texts), hidden.ids_BL.to(self.log_scale.device)
        asked_BL = hidden.asked_BL.to(ids_BL.device)
        token_ME = self.read(texts).tokens_BNE[asked_BL]
        logits_MV = self.guess(token_ME, self.text_encoder.bert.embeddings.word_embeddings.weight)
        return hidden_token_loss(logits_MV[None], ids_BL[asked_BL][None], asked_BL[asked_BL][None])

    def here(self, texts: TokenBatch) -> TokenBatch:
        """Tokens on the model's device."""
        return TokenBatch(*(part.to(self.log_scale.device) for part in texts))

    def text_parameters(self) -> list[nn.Parameter]:
        """What the stages of text train."""
        return [p for part in (self.text_encoder, self.text_head, self.guess) for p in part.parameters()]

    def prompts(self, name: str) -> Prompts:
        """Section 4: a finding that is suggested against one of which there is no evidence."""
        return Prompts((f"Findings suggesting {name}",), (f"No evidence of {name}",))


def place_projector(width: int, width_out: int) -> nn.Module:
    """Two convolutions of one place, with batch norm between (section 2.2 and the paper's code)."""
    return nn.Sequential(
        nn.Conv2d(width, width_out, 1, bias=False),
        nn.BatchNorm2d(width_out),
        nn.ReLU(),
        nn.Conv2d(width_out, width_out, 1),
    )


def sentence_projector(width: int, width_out: int) -> nn.Module:
    """Two layers with layer norm between, as in the published weights."""
    return nn.Sequential(
        nn.Linear(width, width_out), nn.GELU(), nn.LayerNorm(width_out), nn.Linear(width_out, width_out)
    )


def stages(config: Config) -> list[Stage]:
    """Sections 2.1 and 2.2: words, sections, then images with both kept. Without losses of text all is the last."""
    steps, rate = config.steps, config.learning_rate
    if not config.guess_share:
        return [Stage("joint", steps=config.general + config.special + steps, batch=config.batch, learning_rate=rate)]
    return [
        Stage(
            name,
            steps=count,
            batch=config.text_batch,
            learning_rate=rate,
            view=view,
            trainable=Model.text_parameters,
        )
        for name, count, view in (
            ("general", config.general, GuessingView),
            ("special", config.special, MatchingView if config.section_share else GuessingView),
        )
    ] + [Stage("joint", steps=steps, batch=config.batch, learning_rate=rate)]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, Outlook(config.image_size, 3), WordPieces.of_size(config.vocabulary))


# The published names, of the text's file behind `text.`, of the image's behind `image.`.
PUBLIC = Layout(
    {
        **within("image_encoder", "image.encoder.encoder", RESNET),
        "image_head": "image.projector.model",
        "text_encoder.bert": "text.bert",
        "text_head.0": "text.cls_projection_head.dense_to_hidden",
        "text_head.2": "text.cls_projection_head.LayerNorm",
        "text_head.3": "text.cls_projection_head.dense_to_output",
        "guess.transform.0": "text.cls.predictions.transform.dense",
        "guess.transform.2": "text.cls.predictions.transform.LayerNorm",
        "guess.bias": "text.cls.predictions.bias",
        "log_scale": "log_scale",
    },
    heads=(
        "text.cls.predictions.decoder.",
        "text.bert.pooler.",
        "text.bert.embeddings.position_ids",
        "image.encoder.encoder.fc.",
    ),
)


def from_public(folder: Path) -> Model:
    """The published weights: CXR-BERT's `model.safetensors` with its tokenizer, and the image's `image.safetensors`.

    The image's weights are published as a pickle, which is never opened here; save its tensors as safetensors first.

    Raises:
        CheckpointError: files are missing or damaged, or the weights are not of this model.
    """
    model = Model(PRESETS["paper"], Outlook(PRESETS["paper"].image_size, 3), WordPieces.from_folder(folder))
    weights = {"log_scale": model.log_scale.detach()}
    for part, file in (("text", "model.safetensors"), ("image", "image.safetensors")):
        weights |= {f"{part}.{name}": tensor for name, tensor in published_weights(folder / file).items()}
    load_public(model, weights, PUBLIC)
    return model.eval()


def claim(arm: str, trial: Trial) -> float:
    """How often an image is among the ten that are nearest to what its Findings say."""
    model = trial.fit(arm, trial.patients("chest", PRETRAINED, **WORLD))
    visits = trial.patients("chest", MEASURED, held_out=True, **WORLD)
    asked = list({study.subject: study for study in visits}.values())
    texts_NE = model.embed_texts([findings(study) for study in asked])
    return float(recall_at(DEPTH, places(texts_NE @ model.embed_images(asked).T)).mean())
