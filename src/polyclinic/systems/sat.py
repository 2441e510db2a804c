"""SAT: one segmenter of volumes for whatever term one writes, with a text encoder that knows anatomy.

Step one teaches a text encoder a tree of terms: a term with its definition, its other names and its place in the tree,
and with how its region looks in volumes. Step two keeps that encoder as it is: each term, with the modality added, is
a query that looks at the pooled maps of a U-Net and becomes a mask. What is its own: the knowledge that the
queries bring along, and that a term's mask does not depend on what else was asked.

Try: `polyclinic prove sat`, or `polyclinic phantom abdomen abdomen --patients 100 --seed 0 --size 64`, then
`polyclinic fit sat abdomen --out run` and `polyclinic segment run VOLUME "splenic mass"`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.base import Batch, Sample, Trial, View
from polyclinic.bodies.segmenter import UNCHANGED, PatchView, Plan, Segmenter, Wanted, plan_of_size
from polyclinic.bodies.segmenter.calling import called
from polyclinic.cards import Card, Claim
from polyclinic.curate.anatomy import meant_by, told
from polyclinic.metrics.masks import mean_dice
from polyclinic.objectives.contrast import same_label, soft_contrast
from polyclinic.parts.decoders.queries import QueryDecoder, QueryLayer, Sight, compared
from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.bert import BertEncoder, small_bert
from polyclinic.parts.text.grams import Grams
from polyclinic.parts.text.pooling import mean_of_layers
from polyclinic.parts.vision.positions import sinusoids
from polyclinic.parts.vision.unet import UNetDecoder, UNetEncoder
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="sat",
    title="One model to rule them all: towards universal segmentation for medical images with text prompts",
    paper="2312.17183",
    year=2023,
    verbs=("segment",),
    kinds=("segmentation", "dual encoder"),
    checked="shape",
    published={"segmenter_parameters": 110e6},
    weights="Apache-2.0",
    phantom="abdomen",
    differs="the tree has some 40 terms, the paper's 6,502; words are told apart by a hash, so that a model needs no "
    "vocabulary; a grey channel enters once, not three times; Dice leaves out terms that are not there, where the "
    "paper's loss is 1 whatever is drawn; mask heads end in a linear layer, with a learned bias that starts all masks "
    "nearly empty, where the released code has a GELU; studies are drawn evenly; parameters count the text encoder and "
    "the tower of step one with the segmenter",
)

CLAIM = Claim(
    says="Queries from an encoder that learned a tree of terms draw what is asked for by names that no mask had.",
    metric="mean Dice of regions in held-out volumes, each asked for by another of its names",
    direction="higher",
    smallest=0.05,
    arms=("nano", "plain"),
    steps=440,
)
TRAINED, MEASURED = 60, 20
WORLD: dict[str, Any] = {"size": 32, "prevalence": 0.3, "contrast": 1.5}
MODALITIES = ("CT", "MR", "US", "PT")
START_LOG_SCALE = math.log(1 / 0.07)
EMPTY = -2.0  # logit with which all masks start


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        patch: voxels of a patch are those of a cube of this side.
        poolings: halvings of the U-Net.
        covers: share of a typical volume that a patch covers at least, at whatever resolution that takes.
        widths: of the U-Net's stages, one more than `poolings`; `depth` convolutions each.
        width: of texts, queries and latent places.
        text_depth: layers of the text encoder; as all attention, it has `attention_heads` heads.
        layers: of the query decoder; `hidden` is the width within each.
        heads: hidden widths of the mask heads, from the finest resolution on; those behind the first supervise.
        most: terms of a training step; of more, so many are drawn.
        vocabulary: words that are told apart; `longest` of a text are read.
        pairs: texts of the tree beside each patch of step one.
        knowledge: steps of step one; without any, the text encoder learns with the masks.
        batch: patches a step.
    """

    patch: int = 26
    poolings: int = 3
    covers: float = 0.5
    widths: tuple[int, ...] = (8, 16, 32, 64)
    depth: int = 1
    width: int = 64
    text_depth: int = 1
    attention_heads: int = 4
    layers: int = 2
    hidden: int = 128
    heads: tuple[int, ...] = (64, 64)
    most: int = 32
    vocabulary: int = 4096
    longest: int = 32
    pairs: int = 8
    knowledge: int = 120
    steps: int = 360
    batch: int = 2
    learning_rate: float = 4e-3


PRESETS = {
    "nano": Config(),
    "plain": Config(knowledge=0),
    "paper": Config(
        patch=200,
        poolings=5,
        covers=0.0,
        widths=(64, 64, 128, 256, 512, 768),
        depth=2,
        width=768,
        text_depth=12,
        attention_heads=8,
        layers=6,
        hidden=2048,
        heads=(256, 256, 384, 512),
        vocabulary=30_522,
        longest=256,
        knowledge=100_000,
        steps=200_000,
        batch=16,
        learning_rate=1e-4,
    ),
}


class TaughtView:
    """Patches, and beside each what the tree tells: pairs of texts, and a text for each class.

    Args:
        tasks: what is learned from a batch: `masks`, `knowledge`, or both.
    """

    def __init__(self, patches: PatchView, *, pairs: int, tasks: tuple[str, ...]) -> None:
        self.patches, self.pairs, self.tasks = patches, pairs, tasks

    def __len__(self) -> int:
        return len(self.patches)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """A patch, then the texts."""
        sample = self.patches.sample(index, rng)
        if "knowledge" in self.tasks:
            sample["pairs"] = [told()[i] for i in rng.integers(len(told()), size=self.pairs)]
            sample["said"] = [str(rng.choice(meant_by(name))) for name in self.patches.plan.classes]
        return sample

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """What `PatchView` gives, with `tasks`, the `pairs` of all samples, and what is `said` for each class."""
        batch = self.patches.collate(samples) | {"tasks": self.tasks}
        if "knowledge" in self.tasks:
            batch["pairs"] = [pair for sample in samples for pair in sample["pairs"]]
            batch["said"] = [sample["said"] for sample in samples]
        return batch


class TermEncoder(nn.Module):
    """Terms as vectors: a text encoder, two layers, and a vector for the modality that is asked about."""

    def __init__(self, *, text: BertEncoder, tokens: Grams, longest: int) -> None:
        super().__init__()
        width = text.width_out
        self.text, self.tokens, self.longest = text, tokens, longest
        self.project = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
        self.modality_ME = nn.Parameter(torch.randn(len(MODALITIES), width) * width**-0.5)

    def forward(self, texts: Sequence[str]) -> Tensor:
        """A vector for each text (N, E); one that occurs several times is read once."""
        distinct = list(dict.fromkeys(texts))
        read = (part.to(self.modality_ME.device) for part in self.tokens.batch(distinct, self.longest))
        vectors_NE = self.project(self.text(TokenBatch(*read)).pooled_BE)
        return vectors_NE[[distinct.index(text) for text in texts]]

    def modality(self, modalities: Sequence[str]) -> Tensor:
        """A vector for each modality (B, E); one that is not known adds nothing."""
        known_BM = torch.tensor([[float(own == each) for each in MODALITIES] for own in modalities])
        return known_BM.to(self.modality_ME) @ self.modality_ME


def latent(maps: Sequence[Tensor]) -> Tensor:
    """All maps averaged to the coarsest one's places, side by side (B, N, sum of widths)."""
    pool: Any = F.adaptive_avg_pool2d if maps[0].ndim == 4 else F.adaptive_avg_pool3d
    return torch.cat([pool(each, maps[-1].shape[2:]).flatten(2) for each in maps], 1).transpose(1, 2)


def two_layers(width_in: int, hidden: int, width_out: int) -> nn.Sequential:
    """Two linear layers, each with a GELU behind it, as the released code has them."""
    return nn.Sequential(nn.Linear(width_in, hidden), nn.GELU(), nn.Linear(hidden, width_out), nn.GELU())


class Atlas(nn.Module):
    """Regions as vectors: at every stage the mean over a mask, all of them projected (released pre-training code)."""

    def __init__(self, *, encoder: UNetEncoder, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.project = two_layers(sum(encoder.widths_maps), width, width)

    def forward(self, image_BCX: Tensor, mask_BKX: Tensor) -> Tensor:
        """A vector for each mask (B, K, E); a coarse place belongs to a mask if any of its voxels does."""
        pool: Any = F.adaptive_max_pool2d if image_BCX.ndim == 4 else F.adaptive_max_pool3d
        means = []
        for map_BEX in self.encoder(image_BCX):
            share_BKN = pool(mask_BKX, map_BEX.shape[2:]).flatten(2)
            sum_BKE = share_BKN @ map_BEX.flatten(2).transpose(1, 2)
            means.append(sum_BKE / share_BKN.sum(-1, keepdim=True).clamp(min=1e-6))
        return self.project(torch.cat(means, -1))


class PromptedUNet(nn.Module):
    """A U-Net whose masks are asked for by vectors."""

    def __init__(
        self, *, encoder: UNetEncoder, decoder: UNetDecoder, queries: QueryDecoder, width: int, heads: Sequence[int]
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.queries = encoder, decoder, queries
        self.latent = two_layers(sum(encoder.widths_maps), width, width)
        scales = zip(heads, decoder.widths_maps, strict=False)
        self.heads = nn.ModuleList(two_layers(width, hidden, width_map)[:-1] for hidden, width_map in scales)
        self.empty = nn.Parameter(torch.full((len(self.heads),), EMPTY))

    def forward(self, image_BCX: Tensor, query_BQE: Tensor) -> list[Tensor]:
        """Logits of a mask for each query, at the finest resolution first."""
        maps = self.encoder(image_BCX)
        value_BNE = self.latent(latent(maps))
        places_NE = sinusoids(maps[-1].shape[2:], value_BNE.shape[-1]).to(value_BNE)
        found_BQE = self.queries(query_BQE, [Sight(value_BNE + places_NE, value_BNE)])[-1]
        scales = zip(self.heads, self.empty, self.decoder(maps), strict=False)
        return [compared(head(found_BQE), map_BEX) + empty for head, empty, map_BEX in scales]


class Model(Segmenter):
    """The whole system: term encoder, atlas of regions for step one, and the U-Net that is asked."""

    card, config_type = CARD, Config
    open_vocabulary = True
    network: PromptedUNet

    def __init__(self, config: Config, plan: Plan) -> None:
        pooling, widths = plan.pooling, config.widths[: len(plan.pooling) + 1]
        heads, width = config.attention_heads, config.width

        def encoder() -> UNetEncoder:
            return UNetEncoder(channels=plan.width_in, widths=widths, pooling=pooling, depth=config.depth)

        layers = [QueryLayer(width=width, heads=heads, hidden=config.hidden, among=False) for _ in range(config.layers)]
        network = PromptedUNet(
            encoder=encoder(),
            decoder=UNetDecoder(widths=widths, pooling=pooling, depth=config.depth),
            queries=QueryDecoder(layers=layers, width=width),
            width=width,
            heads=config.heads,
        )
        super().__init__(
            config=config,
            plan=plan,
            network=network,
            augment=replace(UNCHANGED, turn=0.2, degrees=15.0, zoom=0.2, scale=(0.8, 1.25), shade=0.15, noise=0.1),
        )
        bert = small_bert(
            vocabulary=config.vocabulary, width=width, depth=config.text_depth, heads=heads, longest=config.longest
        )
        self.terms = TermEncoder(
            text=BertEncoder(bert=bert, pool=mean_of_layers((-1,))),
            tokens=Grams.of_size(config.vocabulary),
            longest=config.longest,
        )
        self.atlas = Atlas(encoder=encoder(), width=width) if config.knowledge else None
        self.log_scale = nn.Parameter(torch.tensor(START_LOG_SCALE)) if config.knowledge else None

    @classmethod
    def wanted(cls, config: Config) -> Wanted:
        """Volumes, and a mask for each term."""
        return Wanted(config.patch, config.poolings, 3, covers=config.covers, overlapping=True)

    def view(self, studies: Sequence[Study]) -> View:  # type: ignore[override]
        """Patches, with what the tree tells where step one is there."""
        tasks = ("masks", "knowledge") if self.atlas is not None else ("masks",)
        return TaughtView(super().view(studies), pairs=self.config.pairs, tasks=tasks)

    def say(self, study: Study, rng: np.random.Generator | None) -> str:
        """The modality: it is what the network is told of a Study besides the terms."""
        return study.current_images[0].modality or "" if study.current_images else ""

    def logits(self, image_BCX: Tensor, texts: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """A mask for each term, whatever the others are."""
        query_BQE = self.terms(names)[None] + self.terms.modality(texts)[:, None]
        made: list[Tensor] = self.network(image_BCX, query_BQE)
        return made

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Step one's contrasts, step two's masks, or both."""
        batch = self.moved(batch)
        shown: dict[str, Tensor] = {}
        if "knowledge" in batch["tasks"]:
            shown |= {"texts": self.text_contrast(batch), "regions": self.region_contrast(batch)}
        if "masks" in batch["tasks"]:
            shown["masks"] = self._masks(batch)
        return {"loss": torch.stack(list(shown.values())).sum(), **shown}

    def _masks(self, batch: Batch) -> Tensor:
        """Of all terms that the Studies' annotation covers, those that are absent included."""
        chosen = torch.arange(len(self.plan.classes))
        if len(chosen) > self.config.most:
            chosen = torch.randperm(len(chosen))[: self.config.most].sort().values
        names = [self.plan.classes[k] for k in chosen.tolist()]
        asked = batch | {key: batch[key][:, chosen.to(self.device)] for key in ("target", "known")}
        return self.losses(self.logits(batch["image"], batch["texts"], names), asked)["loss"]

    def text_contrast(self, batch: Batch) -> Tensor:
        """Terms against what is said of them; all texts of one term are right for it."""
        terms, texts = zip(*batch["pairs"], strict=True)
        return self._contrast(self.terms(terms), self.terms(texts), terms)

    def region_contrast(self, batch: Batch) -> Tensor:
        """Regions against a text of each, with the modality; regions of one term and modality are alike."""
        assert self.atlas is not None
        shown_BK = (batch["target"].flatten(2).amax(-1) > 0.5) & batch["known"]
        at = shown_BK.nonzero().tolist()
        if len(at) < 2:
            return batch["image"].new_zeros(()) * self.atlas(batch["image"], batch["target"]).sum()
        region_NE = self.atlas(batch["image"], batch["target"])[shown_BK]
        modalities = [batch["texts"][b] for b, _ in at]
        text_NE = self.terms([batch["said"][b][k] for b, k in at]) + self.terms.modality(modalities)
        return self._contrast(region_NE, text_NE, [(k, own) for (_, k), own in zip(at, modalities, strict=True)])

    def _contrast(self, first_NE: Tensor, second_NE: Tensor, labels: Sequence[object]) -> Tensor:
        assert self.log_scale is not None
        numbers = {label: i for i, label in enumerate(dict.fromkeys(labels))}
        alike_NN = same_label(torch.tensor([numbers[label] for label in labels], device=self.device))
        first_NE, second_NE = F.normalize(first_NE, dim=-1), F.normalize(second_NE, dim=-1)
        return soft_contrast(first_NE, second_NE, alike_NN, self.log_scale)

    def knowing(self) -> list[nn.Parameter]:
        """What step one trains."""
        parts = [part for part in (self.terms, self.atlas) if part is not None]
        return [p for part in parts for p in part.parameters()] + [p for p in (self.log_scale,) if p is not None]

    def drawing(self) -> list[nn.Parameter]:
        """What step two trains: the network, and the vectors of modalities."""
        return [*self.network.parameters(), self.terms.modality_ME]


def knowledge_alone(view: TaughtView) -> TaughtView:
    """Step one's view."""
    return TaughtView(view.patches, pairs=view.pairs, tasks=("knowledge",))


def masks_alone(view: TaughtView) -> TaughtView:
    """Step two's view."""
    return TaughtView(view.patches, pairs=view.pairs, tasks=("masks",))


def stages(config: Config) -> list[Stage]:
    """Step one and step two; without knowledge all is learned from masks."""
    masks = Stage("masks", config.steps, config.batch, config.learning_rate, warmup=0.1, view=masks_alone)
    if not config.knowledge:
        return [masks]
    first = Stage("knowledge", config.knowledge, config.batch, config.learning_rate, view=knowledge_alone)
    return [replace(first, trainable=Model.knowing), replace(masks, trainable=Model.drawing)]


def build_meta(config: Config) -> Model:
    """The model without data, for its size: three channels, as published."""
    return Model(config, plan_of_size(channels=3, classes=4, wanted=Model.wanted(config)))


def claim(arm: str, trial: Trial) -> float:
    """How well volumes are drawn whose regions are asked for by another name than training used."""
    model = trial.fit(arm, trial.patients("abdomen", TRAINED, **WORLD))
    studies = trial.patients("abdomen", MEASURED, held_out=True, **WORLD)
    return mean_dice(studies, called(model, studies, other_name))


def other_name(study: Study, name: str) -> str:
    """The first of a term's other names; of one that is in no tree its own."""
    return meant_by(name)[:2][-1]
