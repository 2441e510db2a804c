"""A segmenter that reads what is written of a scene: its tokenizer is learned with the plan and saved beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
from torch import nn

from polyclinic.bodies.segmenter.augmentation import Augmentation
from polyclinic.bodies.segmenter.core import Segmenter, SegmenterConfig
from polyclinic.bodies.segmenter.deriving import derive_plan
from polyclinic.bodies.segmenter.inference import Inference
from polyclinic.bodies.segmenter.plan import Plan
from polyclinic.bodies.storing import described, read_weights
from polyclinic.curate.instructions import match_text, survey
from polyclinic.parts.features import Features, TextEncoder, TokenBatch
from polyclinic.parts.text.wordpieces import TextTokens, WordPieces
from polyclinic.records import from_plain
from polyclinic.study import Study

Self = TypeVar("Self", bound="ReadingSegmenter")


class ReadingSegmenter(Segmenter):
    """A segmenter with a text encoder. Its Config has `vocabulary` and `longest`, a text's most tokens.

    A system's constructor takes `config, plan, tokens`.

    Args:
        tokens: what the text encoder's ids come from.
        text_encoder: tokens -> `Features`.
    """

    tokens_type: ClassVar[type[TextTokens]] = WordPieces

    def __init__(
        self,
        *,
        config: SegmenterConfig,
        plan: Plan,
        tokens: TextTokens,
        text_encoder: TextEncoder,
        network: nn.Module,
        augment: Augmentation,
        inference: Inference = Inference(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(config=config, plan=plan, network=network, augment=augment, inference=inference)
        self.tokens, self.text_encoder = tokens, text_encoder
        self.derived |= {"vocabulary": len(tokens)}

    @staticmethod
    def told(study: Study) -> str:
        """What is said of a Study, in training and when it is asked: its report or captions."""
        return match_text(study)

    def say(self, study: Study, rng: np.random.Generator | None) -> str:
        """What is told of it."""
        return self.told(study)

    @classmethod
    def seen(cls, studies: Sequence[Study]) -> Sequence[Study]:
        """The Studies as the system trains on them."""
        return studies

    def read(self, texts: Sequence[str]) -> tuple[Features, TokenBatch]:
        """Texts as the encoder reads them, and their tokens."""
        tokens = TokenBatch(*(part.to(self.device) for part in self.tokens.batch(texts, self.config.longest)))
        return self.text_encoder(tokens), tokens

    @classmethod
    def from_studies(cls: type[Self], config: Any, studies: Sequence[Study]) -> Self:
        """A fresh model whose plan and tokenizer come from the Studies.

        Raises:
            TrainingError: no masks, or nothing that can be read.
        """
        own = cls.seen(studies)
        plan = derive_plan(own, survey(own), cls.wanted(config), cls.channel_name)
        tokens = cls.tokens_type.trained((cls.told(study) for study in own), config.vocabulary)
        make: Any = cls
        made: Self = make(config, plan, tokens)
        return made

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json`, `model.safetensors` and the tokenizer's file."""
        super().save_pretrained(folder)
        self.tokens.save(folder)

    @classmethod
    def from_pretrained(cls: type[Self], folder: Path) -> Self:
        """Read what `save_pretrained` wrote.

        Raises:
            CheckpointError: files are missing, damaged, or do not fit together.
        """
        with described(folder, cls.card.id) as record:
            config = from_plain(cls.config_type, record["config"], "config.json: config")
            plan = from_plain(Plan, record["plan"], "config.json: plan")
            make: Any = cls
            model: Self = make(config, plan, cls.tokens_type.from_folder(folder))
            read_weights(folder, model)
            return model.eval()
