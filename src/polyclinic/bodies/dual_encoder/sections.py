"""Views of reports in sections: an image with its Impression and Findings, and the same without the image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, Sample
from polyclinic.bodies.dual_encoder.outlook import Outlook
from polyclinic.bodies.dual_encoder.speaking import in_any_order
from polyclinic.bodies.dual_encoder.view import PairView
from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.hiding import Hidden, hide
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.study import Study


def impression(study: Study, rng: np.random.Generator) -> str:
    """What a report concludes."""
    return study.report.sections.get("impression", "") if study.report else ""


def findings(study: Study) -> str:
    """What a report describes."""
    return study.report.sections.get("findings", "") if study.report else ""


class SectionView(PairView):
    """Pictures with both sections of their reports; Studies without an image or one of the sections are left out.

    Args:
        shuffle: whether a section's sentences come in any order.
        hidden: share of the words' tokens that are to be guessed.
    """

    tokens: WordPieces

    def __init__(
        self,
        studies: Sequence[Study],
        *,
        outlook: Outlook,
        tokens: WordPieces,
        longest: int,
        augment: Augmentation,
        shuffle: bool,
        hidden: float,
    ) -> None:
        super().__init__(studies, outlook=outlook, tokens=tokens, longest=longest, speak=impression, augment=augment)
        self.shuffle, self.hidden = shuffle, hidden

    def has_text(self, study: Study) -> bool:
        """Whether both sections are written."""
        return bool(impression(study, np.random.default_rng(0)) and findings(study))

    def spoken(self, index: int, rng: np.random.Generator) -> Sample:
        """`text` the Impression, `findings`, and `seed`, by which words are hidden."""
        study = self.studies[index]
        parts = [self.speak(study, rng), findings(study)]
        text, found = [in_any_order(str(part), rng) for part in parts] if self.shuffle else parts
        return {"text": text, "findings": found, "seed": int(rng.integers(2**31))}

    def draw(self, index: int, rng: np.random.Generator) -> Sample:
        """What is spoken, with the picture and its index."""
        return super().draw(index, rng) | self.spoken(index, rng)

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """The pairs' batch with the Impressions as its `texts`, `findings`, and `hidden` of whole reports."""
        return super().collate(samples) | {"findings": self._told(samples, "findings"), "hidden": self.hide(samples)}

    def collate_texts(self, samples: Sequence[Sample]) -> Batch:
        """The same without pictures."""
        told = {"texts": self._told(samples, "text"), "findings": self._told(samples, "findings")}
        return told | {"hidden": self.hide(samples)}

    def hide(self, samples: Sequence[Sample]) -> Hidden:
        """All samples' reports, Findings before Impression, with hidden words."""
        texts = self.tokens.batch([f"{sample['findings']} {sample['text']}" for sample in samples], self.longest)
        generator = torch.Generator().manual_seed(samples[0]["seed"])
        return hide(texts, self.tokens, generator, share=self.hidden)

    def _told(self, samples: Sequence[Sample], part: str) -> TokenBatch:
        return self.tokens.batch([sample[part] for sample in samples], self.longest)


class MatchingView:
    """Reports without their pictures: sections to match, and hidden words."""

    def __init__(self, pairs: SectionView) -> None:
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """One report."""
        return self.pairs.spoken(index, rng)

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """`texts`, `findings` and `hidden`."""
        return self.pairs.collate_texts(samples)


class GuessingView(MatchingView):
    """Reports with hidden words alone."""

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """`hidden`."""
        return {"hidden": self.pairs.hide(samples)}
