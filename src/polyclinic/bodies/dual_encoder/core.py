"""The dual encoder: from a batch of pictures and texts to its losses, and the verbs embed and classify."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.ahead import ahead
from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, View
from polyclinic.bodies.dual_encoder.outlook import Outlook, corpus, derive_outlook
from polyclinic.bodies.dual_encoder.speaking import Speak, whole
from polyclinic.bodies.dual_encoder.view import PairView
from polyclinic.bodies.framing import Square, to_square
from polyclinic.bodies.storing import described, read_weights, write_model
from polyclinic.errors import UsageError
from polyclinic.objectives.contrast import joined_info_nce
from polyclinic.objectives.memory import in_chunks
from polyclinic.parts.features import Features, ImageEncoder, TextEncoder, TokenBatch
from polyclinic.parts.text.wordpieces import TextTokens, WordPieces
from polyclinic.records import from_plain, to_plain
from polyclinic.study import Study
from polyclinic.verbs import Vectors

CHUNK = 64
# Threads that read pictures, how many a thread reads in one go, and how many are read before they are asked for.
READERS, BLOCK, READ_AHEAD = min(8, os.cpu_count() or 1), 16, 2 * CHUNK
START_LOG_SCALE = 2.6593
UNCHANGED = Augmentation()
Self = TypeVar("Self", bound="DualEncoder")


@dataclass(frozen=True)
class PixelScale:
    """Mean and standard deviation of pixels between 0 and 1, by channel; one value serves all channels."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]


GREY_PIXELS = PixelScale((0.5,), (0.25,))
CLIP_PIXELS = PixelScale((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
IMAGENET_PIXELS = PixelScale((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True)
class Prompts:
    """What a class is called when images are compared with it.

    Args:
        present: texts of an image that shows it; their unit vectors are averaged.
        absent: texts of one that does not; empty where classes are compared with each other instead.
    """

    present: tuple[str, ...]
    absent: tuple[str, ...] = ()


def projection(
    width: int,
    width_out: int,
    *,
    hidden: int | None = None,
    bias: bool = True,
    activation: type[nn.Module] = nn.GELU,
) -> nn.Module:
    """From an encoder's width to the common one: linear, or with one hidden layer."""
    if hidden is None:
        return nn.Linear(width, width_out, bias=bias)
    return nn.Sequential(nn.Linear(width, hidden, bias=bias), activation(), nn.Linear(hidden, width_out, bias=bias))


class DualConfig(Protocol):
    """What the Config of every dual encoder has.

    Args:
        image_size: side of the square that images are fitted into, in pixels.
        vocabulary: most pieces that a tokenizer learned from the Studies has.
        longest: most tokens of a text.
        chunk: rows that are encoded at once while training, so that memory does not grow with the batch; None
            keeps all.
    """

    @property
    def image_size(self) -> int: ...  # noqa: D102
    @property
    def vocabulary(self) -> int: ...  # noqa: D102
    @property
    def longest(self) -> int: ...  # noqa: D102
    @property
    def chunk(self) -> int | None: ...  # noqa: D102


class DualEncoder(nn.Module):
    """Two encoders and their heads. A system gives its `card` and `config_type`, and overrides what is its own.

    `tokens_type` is the class of its tokenizer.

    Args:
        image_encoder: picture -> `Features`; `image_head` brings what it pooled to the common width.
        text_encoder: tokens -> `Features`; `text_head` likewise.
        log_scale: natural log of the inverse temperature at the start.
        pixels: what is normal for the pictures.
    """

    card: ClassVar[Any]
    config_type: ClassVar[type[Any]]
    mean_C11: Tensor
    spread_C11: Tensor
    tokens_type: ClassVar[type[TextTokens]] = WordPieces

    def __init__(
        self,
        *,
        config: DualConfig,
        outlook: Outlook,
        tokens: TextTokens,
        image_encoder: ImageEncoder,
        text_encoder: TextEncoder,
        image_head: nn.Module,
        text_head: nn.Module,
        log_scale: float = START_LOG_SCALE,
        pixels: PixelScale = GREY_PIXELS,
    ) -> None:
        super().__init__()
        self.config: Any = config  # a system knows the class of its own
        self.outlook, self.tokens = outlook, tokens
        self.image_encoder, self.text_encoder = image_encoder, text_encoder
        self.image_head, self.text_head = image_head, text_head
        self.log_scale = nn.Parameter(torch.tensor(log_scale))
        self.register_buffer("mean_C11", torch.tensor(pixels.mean)[:, None, None], persistent=False)
        self.register_buffer("spread_C11", torch.tensor(pixels.spread)[:, None, None], persistent=False)
        self.derived: dict[str, Any] = to_plain(outlook) | {"vocabulary": len(tokens)}

    @classmethod
    def from_studies(cls: type[Self], config: DualConfig, studies: Sequence[Study]) -> Self:
        """A fresh model: how to look, and the tokenizer, come from the Studies.

        Raises:
            TrainingError: not one image can be read.
        """
        outlook = derive_outlook(studies, config.image_size)
        return cls.fresh(config, outlook, cls.learned_tokens(config, corpus(studies)))

    @classmethod
    def learned_tokens(cls, config: Any, texts: Iterable[str]) -> TextTokens:
        """A tokenizer learned from texts, as the system's own Config asks."""
        tokens: TextTokens = cls.tokens_type.trained(texts, config.vocabulary)
        return tokens

    @classmethod
    def fresh(cls: type[Self], config: DualConfig, outlook: Outlook, tokens: TextTokens) -> Self:
        """The system's own constructor takes these three."""
        make: Any = cls
        made: Self = make(config, outlook, tokens)
        return made

    @property
    def known_classes(self) -> tuple[str, ...]:
        """Names that the training Studies state."""
        return self.outlook.classes

    def view(self, studies: Sequence[Study]) -> View:
        """The training view: a picture as it is with all that is written of it."""
        return self.pairs(studies)

    def pairs(
        self,
        studies: Sequence[Study],
        speak: Speak = whole,
        augment: Augmentation = UNCHANGED,
        kind: type[PairView] = PairView,
    ) -> PairView:
        """Pictures with texts as this model reads them, drawn by a `kind` of view."""
        return kind(
            studies,
            outlook=self.outlook,
            tokens=self.tokens,
            longest=self.config.longest,
            speak=speak,
            augment=augment,
        )

    def look(self, pictures: Tensor) -> Features:
        """What the image encoder sees in pictures (B, C, size, size) of bytes."""
        return self.image_encoder(self._normalised(pictures))

    def read(self, texts: TokenBatch) -> Features:
        """What the text encoder reads."""
        return self.text_encoder(texts)

    def image_vectors(self, seen: Features) -> Tensor:
        """Unit vectors (B, E) of pictures."""
        return F.normalize(self.image_head(seen.pooled_BE), dim=-1)

    def text_vectors(self, read: Features) -> Tensor:
        """Unit vectors (B, E) of texts."""
        return F.normalize(self.text_head(read.pooled_BE), dim=-1)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Losses of a batch; the one called `loss` is minimised."""
        device = self.log_scale.device
        pictures, texts = batch["pictures"].to(device), TokenBatch(*(part.to(device) for part in batch["texts"]))
        seen, read = in_chunks(self.look, pictures, self.config.chunk), in_chunks(self.read, texts, self.config.chunk)
        return self.losses(seen, read, batch)

    def losses(self, seen: Features, read: Features, batch: Batch) -> dict[str, Tensor]:
        """The objective; symmetric InfoNCE over the batches of all processes unless a system has its own."""
        return {"loss": joined_info_nce(self.image_vectors(seen), self.text_vectors(read), self.log_scale)}

    def prompts(self, name: str) -> Prompts:
        """What a class is called: present against absent, unless a system has its own."""
        return Prompts((name, f"There is {name}."), (f"no {name}", f"There is no {name}."))

    @torch.inference_mode()
    def embed_images(self, studies: Sequence[Study]) -> Vectors:
        """Unit vectors (n, d) of the Studies' first images.

        Raises:
            UsageError: a Study without an image.
            ReadError: an image cannot be read.
        """
        found = [self.image_vectors(self.look(pictures)).cpu() for pictures in self.pictures(studies)]
        return _joined(found)

    @torch.inference_mode()
    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (n, d) of texts."""
        found = [self.text_vectors(self.read(batch)).cpu() for batch in self.token_batches(texts)]
        return _joined(found)

    @torch.inference_mode()
    def image_features(self, studies: Sequence[Study]) -> Vectors:
        """What the image encoder pools (n, width), before the head: the features that probes and other tasks use."""
        return _joined([self.look(pictures).pooled_BE.cpu() for pictures in self.pictures(studies)])

    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        """The probability of each name without training for it: images against what the names are called.

        Names with `absent` prompts are judged one by one, the others against each other.
        """
        asked = {name: self.prompts(name) for name in names}
        images_NE, scale = self.embed_images(studies), float(self.log_scale.detach().exp())
        scores = {name: scale * images_NE @ self.prototype(prompts.present) for name, prompts in asked.items()}
        alone = {name: scale * images_NE @ self.prototype(p.absent) for name, p in asked.items() if p.absent}
        shared = np.logaddexp.reduce([s for name, s in scores.items() if name not in alone] or [np.zeros(len(studies))])
        odds = {name: score - (alone[name] if name in alone else shared) for name, score in scores.items()}
        judged = {name: 1 / (1 + np.exp(-o)) if name in alone else np.exp(o) for name, o in odds.items()}
        return [{name: float(judged[name][i]) for name in names} for i in range(len(studies))]

    def prototype(self, texts: Sequence[str]) -> Vectors:
        """What images are compared with for a class of several texts: the mean of their vectors, of length one."""
        mean_E = self.embed_texts(texts).mean(0)
        unit: Vectors = mean_E / max(float(np.linalg.norm(mean_E)), 1e-12)
        return unit

    def pictures(self, studies: Sequence[Study]) -> Generator[Tensor, None, None]:
        """The Studies' first images as batches for `look`, on the model's device; the next are read meanwhile.

        Raises:
            UsageError: a Study without an image, when its batch is due.
            ReadError: an image cannot be read, likewise.
        """
        blocks = ahead(
            lambda number: self._squares(studies, BLOCK * number),
            -(-len(studies) // BLOCK),
            threads=READERS,
            held=READ_AHEAD // BLOCK,
        )
        while some := list(islice(blocks, CHUNK // BLOCK)):
            yield torch.from_numpy(np.concatenate(some)).to(self.log_scale.device)

    def _squares(self, studies: Sequence[Study], start: int) -> Square:
        """The next block's pictures (n, C, size, size)."""
        return np.stack([self._square(studies[i]) for i in range(start, min(start + BLOCK, len(studies)))])

    def _square(self, study: Study) -> Square:
        if not study.images:
            raise UsageError(f"study {study.id} has no image", hint="leave out the studies that have none")
        return to_square(study.images[0].pixels, self.outlook.image_size, self.outlook.channels)[0]

    def token_batches(self, texts: Sequence[str]) -> list[TokenBatch]:
        """Texts as batches for `read`, on the model's device."""
        starts = range(0, len(texts), CHUNK)
        batches = [self.tokens.batch(texts[start : start + CHUNK], self.config.longest) for start in starts]
        return [TokenBatch(*(part.to(self.log_scale.device) for part in batch)) for batch in batches]

    def _normalised(self, pictures: Tensor) -> Tensor:
        return (pictures.float() / 255 - self.mean_C11) / self.spread_C11

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json`, the tokenizer and `model.safetensors`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.tokens.save(folder)
        write_model(folder, self, self.card.id, config=self.config, outlook=self.outlook)

    @classmethod
    def from_pretrained(cls: type[Self], folder: Path) -> Self:
        """Read what `save_pretrained` wrote.

        Raises:
            CheckpointError: files are missing, damaged, or do not fit together.
        """
        with described(folder, cls.card.id) as record:
            config = from_plain(cls.config_type, record["config"], "config.json: config")
            outlook = from_plain(Outlook, record["outlook"], "config.json: outlook")
            model = cls.fresh(config, outlook, cls.tokens_type.from_folder(folder))
            read_weights(folder, model)
            return model.eval()


def _joined(found: list[Tensor]) -> Vectors:
    joined: Vectors = torch.cat(found).float().numpy() if found else np.zeros((0, 0), np.float32)
    return joined
