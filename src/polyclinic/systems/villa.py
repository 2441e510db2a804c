"""ViLLA: a dual encoder for images of many things, whose texts say everything at once.

Where a text names many attributes of many regions, matching whole texts with whole images does not teach which region
has which attribute. So a first model maps regions to attributes: each attribute has a head of its own, and of an
image's regions the one that meets an attribute best answers for the image, against images whose texts lack it. Each
region then gets the sentences of the attributes that it was assigned, and the image encoder is trained on these pairs.
What is its own: the heads, the contrast of each attribute across images, the assignment, sentences as regions' texts.

Try: `polyclinic prove villa`, or `polyclinic phantom skin skin --patients 1000 --seed 0` and then
`polyclinic fit villa skin --out run`.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from polyclinic.bodies.base import Batch, Trial
from polyclinic.bodies.dual_encoder import CLIP_PIXELS, GREY_PIXELS, DualEncoder, Outlook, Prompts, projection
from polyclinic.bodies.dual_encoder.regional import RegionView, candidates, windows
from polyclinic.bodies.dual_encoder.speaking import whole
from polyclinic.bodies.framing import Frame
from polyclinic.cards import Card, Claim
from polyclinic.errors import ConfigError
from polyclinic.metrics.retrieval import precision_recall_at
from polyclinic.objectives.contrast import info_nce
from polyclinic.objectives.regions import bag_contrast
from polyclinic.parts.decoders.boxes import suppress
from polyclinic.parts.text.bytepairs import CLIP_SIZE, BytePairs
from polyclinic.parts.text.clip_text import CausalTextEncoder
from polyclinic.parts.text.wordpieces import TextTokens
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.attention import QuickGELU
from polyclinic.study import Region, Study
from polyclinic.training.stages import Stage
from polyclinic.verbs import Vectors

CARD = Card(
    id="villa",
    title="ViLLA: fine-grained vision-language representation learning from real-world data",
    paper="2308.11194",
    year=2023,
    verbs=("embed", "classify", "find"),
    kinds=("dual encoder", "detection", "self-supervised"),
    checked="shape",
    published={"parameters": 102_007_137},
    phantom="skin",
    differs="the parameters are those of the CLIP that the paper starts from; a first stage of images with one of "
    "their sentences stands in for its weights; attributes are findings that are not denied; candidates are the "
    "Studies' boxes, or a grid where there are none and in `find`, without a network that proposes them; other "
    "images with an attribute are left out of the contrast, where the paper's code counts each as one; the rate "
    "falls along a cosine",
)

CLAIM = Claim(
    says="Regions that are first mapped to attributes are found by their names; regions with the whole text are not.",
    metric="R-precision of regions found by an attribute, mean over findings, 200 held-out images of many findings",
    direction="higher",
    smallest=0.1,
    arms=("nano", "all-regions"),
    steps=600,
)
TRAINED, MEASURED = 800, 200
WORLD: dict[str, Any] = {"size": 64, "contrast": 6.0, "noise": 0.3, "anatomy": 0.2, "prevalence": 0.5, "most_kinds": 4}
OVERLAP, MOST_BOXES, STANDS_OUT = 0.3, 5, 0.5
ATTRIBUTE_PROMPTS = ("{}", "There is {}.", "an image of {}")


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        encoder: of images, one of `polyclinic.parts.vision.ENCODERS` that has `regions`; its pooled width is that of
            the common space.
        vocabulary: most byte pairs that are learned from the Studies' texts.
        longest: most tokens of a text.
        width: of the text transformer; `depth` layers, `heads` heads in each.
        mapping: which regions get an attribute of their image: those that its own head, `one-head` for all, or no
            head at all (`frozen`) puts near the best; or `all` of them.
        margin: how far below its image's best region a region's cosine may lie to get an attribute.
        adapter: share of a head's output in what is compared; the rest is its input.
        temperature: of the mapping and of the contrast of regions.
        grid: cells along each side, where a Study has no boxes; `find` looks at all grids up to it.
        chunk: rows that are encoded at once; None keeps all.
        batch: images a step.
        learning_rate: of the pairs; `mapping_rate` of the heads, `region_rate` of the regions.
    """

    image_size: int = 64
    encoder: str = "conv-nano-8"
    vocabulary: int = 800
    longest: int = 77
    width: int = 96
    depth: int = 2
    heads: int = 4
    mapping: Literal["heads", "one-head", "frozen", "all"] = "heads"
    margin: float = 0.2
    adapter: float = 1.0
    temperature: float = 0.07
    grid: int = 4
    chunk: int | None = None
    steps: int = 600
    batch: int = 32
    learning_rate: float = 1e-3
    mapping_rate: float = 1e-3
    region_rate: float = 1e-3


PRESETS = {
    "nano": Config(),
    "all-regions": Config(mapping="all"),
    "frozen-mapping": Config(mapping="frozen"),
    "one-head": Config(mapping="one-head"),
    "paper": Config(
        image_size=224,
        encoder="resnet50-clip",
        vocabulary=CLIP_SIZE,
        longest=77,
        width=512,
        depth=12,
        heads=8,
        chunk=256,
        steps=100_000,
        batch=256,
        learning_rate=5e-4,
        mapping_rate=1e-4,
        region_rate=5e-5,
    ),
}


class Head(nn.Module):
    """From a region's vector to how it looks for an attribute.

    Args:
        share: of what two layers make of the vector; the rest is the vector itself.
    """

    def __init__(self, *, width: int, share: float) -> None:
        super().__init__()
        self.layers = projection(width, width, hidden=width, activation=nn.ReLU)
        self.share = share

    def forward(self, x_RE: Tensor) -> Tensor:
        """Unit vectors of the same width."""
        return F.normalize(self.share * self.layers(x_RE) + (1 - self.share) * x_RE, dim=-1)


class Model(DualEncoder):
    """The whole system: what it is made of, the mapping, and the contrast of regions."""

    card, config_type = CARD, Config
    tokens_type = BytePairs
    config: Config

    def __init__(self, config: Config, outlook: Outlook, tokens: TextTokens) -> None:
        image = ENCODERS[config.encoder](channels=outlook.channels, image_size=outlook.image_size)
        if not hasattr(image, "regions"):
            raise ConfigError(f"{config.encoder} gives no vectors of regions", hint="take conv-nano or a resnet")
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
            image_head=nn.Identity(),
            text_head=projection(config.width, image.width_out, bias=False),
            pixels=CLIP_PIXELS if outlook.channels == 3 else GREY_PIXELS,
        )
        count = {"heads": len(outlook.findings), "one-head": min(len(outlook.findings), 1)}.get(config.mapping, 0)
        self.mappers = nn.ModuleList(Head(width=image.width_out, share=config.adapter) for _ in range(count))
        # What regions are mapped with: the image encoder as it is before the contrast of regions changes it.
        maps = config.mapping != "all" and bool(outlook.findings)
        tower: Any = image
        self.resting = copy.deepcopy(tower).requires_grad_(False) if maps else None

    def view(self, studies: Sequence[Study]) -> RegionView:
        """All that is written, beside the image as it is with its candidate regions."""
        made = self.pairs(studies, whole, kind=RegionView)
        assert isinstance(made, RegionView)
        made.grid = self.config.grid
        return made

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """The loss of the batch's stage, or the sum over all stages."""
        wanted = [batch["task"]] if batch["task"] else ["pairs", "mapping", "regions"]
        losses = {}
        if "pairs" in wanted:
            losses["pairs"] = super().forward(batch)["loss"]
        if "mapping" in wanted and self.mappers:
            losses["mapping"] = self.mapping_loss(batch)
        if "regions" in wanted:
            losses["regions"] = self.region_loss(batch)
        return {"loss": torch.stack([*losses.values()]).sum(), **(losses if len(losses) > 1 else {})}

    def rest(self) -> None:
        """Keep the image encoder as it is now for the mapping."""
        if self.resting is not None:
            tower: Any = self.image_encoder
            self.resting.load_state_dict(tower.state_dict())

    def region_vectors(self, pictures: Tensor, boxes: Sequence[Tensor], encoder: nn.Module | None = None) -> Tensor:
        """Unit vectors (R, E) of all images' boxes, in their order, as one encoder sees them."""
        eyes: Any = encoder or self.image_encoder
        item_R = torch.repeat_interleave(torch.tensor([len(each) for each in boxes])).to(pictures.device)
        yx_R4 = torch.cat(list(boxes)).to(pictures.device)[:, [1, 0, 3, 2]]
        found_RE: Tensor = eyes.regions(self._normalised(pictures), yx_R4, item_R)
        return F.normalize(self.image_head(found_RE), dim=-1)

    @torch.no_grad()
    def attribute_vectors(self) -> Tensor:
        """A unit vector (K, E) for each attribute, the mean over its prompts."""
        names = self.outlook.findings
        texts = [prompt.format(name) for name in names for prompt in ATTRIBUTE_PROMPTS]
        text_TE = torch.cat([self.text_vectors(self.read(each)) for each in self.token_batches(texts)])
        return F.normalize(text_TE.reshape(len(names), -1, text_TE.shape[1]).mean(1), dim=-1)

    def mapped(self, region_RE: Tensor) -> Tensor:
        """The cosine (R, K) of each region with each attribute, as that attribute's head sees it."""
        attribute_KE = self.attribute_vectors()
        if not self.mappers:
            return region_RE @ attribute_KE.T
        seen_RKE = torch.stack([head(region_RE) for head in self.mappers], dim=1)
        return (seen_RKE * attribute_KE).sum(-1)

    def present(self, said: Sequence[dict[str, str]]) -> Tensor:
        """Which attributes (B, K) images have."""
        return torch.tensor([[name in each for name in self.outlook.findings] for each in said], dtype=torch.bool)

    def mapping_loss(self, batch: Batch) -> Tensor:
        """Section 3.2: each attribute across images, on region vectors that rest."""
        device = self.log_scale.device
        with torch.no_grad():
            region_RE = self.region_vectors(batch["pictures"].to(device), batch["boxes"], self.resting)
        counts = [len(each) for each in batch["boxes"]]
        cosine_BRK = pad_sequence(list(torch.split(self.mapped(region_RE), counts)), batch_first=True)
        mask_BR = torch.arange(max(counts)) < torch.tensor(counts)[:, None]
        present_BK = self.present(batch["said"]).to(device)
        return bag_contrast(cosine_BRK, mask_BR.to(device), present_BK, temperature=self.config.temperature)

    def region_loss(self, batch: Batch) -> Tensor:
        """Section 3.3: regions against the sentences they were assigned, whole images against whole texts."""
        pictures = batch["pictures"].to(self.log_scale.device)
        texts = [each for own in self.assigned_texts(batch) for each in own]
        kept = [index for index, text in enumerate(texts) if text]
        region_RE = self.region_vectors(pictures, [*map(self._and_whole, batch["boxes"])])[kept]
        with torch.no_grad():
            read = [self.text_vectors(self.read(each)) for each in self.token_batches([texts[i] for i in kept])]
        log_scale = region_RE.new_tensor(-math.log(self.config.temperature))
        return info_nce(region_RE, torch.cat(read), log_scale)

    def _and_whole(self, boxes_R4: Tensor) -> Tensor:
        size = float(self.outlook.image_size)
        return torch.cat([boxes_R4, boxes_R4.new_tensor([[0.0, 0.0, size, size]])])

    def assigned_texts(self, batch: Batch) -> list[list[str]]:
        """What each region of each image is said to be, empty where nothing is; last comes the whole image's text."""
        assigned = self.assign(batch["pictures"], batch["boxes"], batch["said"])
        names = self.outlook.findings
        return [
            [
                *(
                    " . ".join(said[names[k]] for k in row.nonzero()[:, 0].tolist() if names[k] in said)
                    for row in own_RK
                ),
                text,
            ]
            for own_RK, said, text in zip(assigned, batch["said"], batch["written"], strict=True)
        ]

    @torch.no_grad()
    def assign(self, pictures: Tensor, boxes: Sequence[Tensor], said: Sequence[dict[str, str]]) -> list[Tensor]:
        """Which attributes (R, K) each region of each image gets, among those of its image.

        Source:
            arXiv 2308.11194, section 3.2: all regions whose cosine lies within a margin of the best.
        """
        present_BK = self.present(said)
        if self.config.mapping == "all":
            return [row.expand(len(own), -1) for row, own in zip(present_BK, boxes, strict=True)]
        cosine_RK = self.mapped(self.region_vectors(pictures.to(self.log_scale.device), boxes, self.resting)).cpu()
        near = [own > own.amax(0) - self.config.margin for own in torch.split(cosine_RK, [len(each) for each in boxes])]
        return [own & row for own, row in zip(near, present_BK, strict=True)]

    def prompts(self, name: str) -> Prompts:
        """The attribute's prompts."""
        return Prompts(tuple(prompt.format(name) for prompt in ATTRIBUTE_PROMPTS))

    @torch.inference_mode()
    def embed_regions(self, studies: Sequence[Study]) -> Vectors:
        """Unit vectors (R, d) of the candidates of the Studies' first images, in their order."""
        found = [
            self.region_vectors(
                picture[None],
                [torch.from_numpy(candidates(study, 0, self.outlook.image_size, self.config.grid))],
            )
            for study, picture in zip(studies, (one for many in self.pictures(studies) for one in many), strict=True)
        ]
        joined: Vectors = torch.cat(found).float().cpu().numpy() if found else np.zeros((0, 0), np.float32)
        return joined

    @torch.inference_mode()
    def find(self, studies: Sequence[Study], phrases: Sequence[str]) -> list[list[Region]]:
        """Windows of all grids that stand out for a phrase, the best first, none of which much overlaps a better one.

        A window stands out above the middle between the mean and the best; its score is its cosine, from 0 to 1.
        """
        size = self.outlook.image_size
        box_W4 = torch.from_numpy(np.concatenate([windows(size, side) for side in range(2, self.config.grid + 1)]))
        text_BE = torch.from_numpy(self.embed_texts(phrases)).to(self.log_scale.device)
        pictures = [one for many in self.pictures(studies) for one in many]
        found = []
        for study, phrase, picture, text_E in zip(studies, phrases, pictures, text_BE, strict=True):
            score_W = ((self.region_vectors(picture[None], [box_W4]) @ text_E).cpu() + 1) / 2
            mean, top = float(score_W.mean()), float(score_W.max())
            order = score_W.argsort(descending=True)
            lowest = mean + STANDS_OUT * (top - mean)
            best_P4, best_P = suppress(box_W4[order], score_W[order], lowest, OVERLAP)
            height, width = study.images[0].pixels.shape[-2:]
            frame = Frame.of(height, width, size)
            out = frame.boxes_out(best_P4.numpy())[:MOST_BOXES]
            found.append(
                [
                    Region(phrase, box=tuple(map(float, box)), score=min(max(float(score), 0.0), 1.0), text=phrase)
                    for box, score in zip(out, best_P, strict=False)
                ]
            )
        return found


def heads_of(model: Model) -> Iterable[nn.Parameter]:
    """What the mapping trains."""
    return model.mappers.parameters()


def image_tower_of(model: Model) -> Iterable[nn.Parameter]:
    """What the contrast of regions trains."""
    return [weight for name, weight in model.named_parameters() if name.startswith("image_encoder.")]


def stages(config: Config) -> list[Stage]:
    """Pairs, then the heads where there are any, then regions."""
    third = config.steps // 3
    pairs = Stage("pairs", third, config.batch, config.learning_rate, view=partial(RegionView.of, task="pairs"))
    regions = Stage(
        "regions",
        config.steps - 2 * third,
        config.batch,
        config.region_rate,
        view=partial(RegionView.of, task="regions"),
        trainable=image_tower_of,
        begin=None if config.mapping in ("heads", "one-head") else Model.rest,
    )
    if config.mapping not in ("heads", "one-head"):
        return [pairs, regions]
    mapping = Stage(
        "mapping",
        third,
        config.batch,
        config.mapping_rate,
        view=partial(RegionView.of, task="mapping"),
        trainable=heads_of,
        begin=Model.rest,
    )
    return [pairs, mapping, regions]


def build_meta(config: Config) -> Model:
    """The model without data, for its size."""
    return Model(config, Outlook(config.image_size, 3), BytePairs.of_size(config.vocabulary))


def claim(arm: str, trial: Trial) -> float:
    """How many of the regions nearest to a finding's name show it, as many as there are of them."""
    model = trial.fit(arm, trial.patients("skin", TRAINED, **WORLD))
    asked = [study for study in trial.patients("skin", MEASURED, held_out=True, **WORLD) if study.regions]
    names = np.array([region.name for study in asked for region in study.regions])
    regions_RE, kinds = model.embed_regions(asked), np.unique(names)
    texts_KE = np.stack([model.embed_texts(model.prompts(kind).present).mean(0) for kind in kinds])
    found = [
        precision_recall_at(int((names == kind).sum()), text_E[None] @ regions_RE.T, (names == kind)[None])[0, 0]
        for kind, text_E in zip(kinds, texts_KE, strict=True)
    ]
    return float(np.mean(found))
