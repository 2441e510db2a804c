"""The training view of a dual encoder: a Study becomes one of its pictures and something that is said of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, Sample
from polyclinic.bodies.dual_encoder.outlook import Outlook, texts_of
from polyclinic.bodies.dual_encoder.speaking import Speak
from polyclinic.bodies.framing import Square, to_square
from polyclinic.bodies.redrawing import readable
from polyclinic.parts.text.wordpieces import TextTokens
from polyclinic.study import Study

CACHE_BYTES = 2 << 30


class PairView:
    """Pictures with texts; see `bodies.base.View`. Studies without an image or a text are left out.

    Args:
        longest: most tokens of a text.
        speak: draws what is said of a Study.
        augment: draws what happens to its picture.
    """

    def __init__(
        self,
        studies: Sequence[Study],
        *,
        outlook: Outlook,
        tokens: TextTokens,
        longest: int,
        speak: Speak,
        augment: Augmentation,
    ) -> None:
        self.studies = [study for study in studies if study.images and self.has_text(study)]
        self.outlook, self.tokens, self.longest = outlook, tokens, longest
        self.speak, self.augment = speak, augment
        self._squares: dict[tuple[int, int], Square] = {}
        self._cached = 0

    def has_text(self, study: Study) -> bool:
        """Whether there is anything to say of a Study."""
        return bool(texts_of(study))

    def __len__(self) -> int:
        return len(self.studies)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """One Study; one that cannot be read gives way to another.

        Raises:
            TrainingError: many Studies in a row cannot be read.
        """
        return readable(self.draw, index, len(self.studies), rng)

    def draw(self, index: int, rng: np.random.Generator) -> Sample:
        """`picture` (channel, size, size), `text`, and the Study's own `index`."""
        study = self.studies[index]
        square = self.square(index, int(rng.integers(len(study.images))))
        return {"picture": self.augment(square, rng), "text": self.speak(study, rng), "index": index}

    def square(self, index: int, image: int) -> Square:
        """One image of a Study in its square, kept for the next time."""
        key = (index, image)
        if key not in self._squares:
            pixels = self.studies[index].images[image].pixels
            square, _ = to_square(pixels, self.outlook.image_size, self.outlook.channels)
            if self._cached + square.nbytes > CACHE_BYTES:
                return square
            self._squares[key], self._cached = square, self._cached + square.nbytes
        return self._squares[key]

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """`pictures` (B, C, size, size) as bytes, `texts` as a `TokenBatch`, `index` (B,)."""
        return {
            "pictures": torch.from_numpy(np.stack([sample["picture"] for sample in samples])),
            "texts": self.tokens.batch([sample["text"] for sample in samples], self.longest),
            "index": torch.tensor([sample["index"] for sample in samples]),
        }
