"""Labels and reports in one batch: what is said of a Study, and which items of a batch mean the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b

import numpy as np
import torch

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.base import Batch, Sample
from polyclinic.bodies.dual_encoder.outlook import Outlook, texts_of
from polyclinic.bodies.dual_encoder.speaking import Said
from polyclinic.bodies.dual_encoder.view import PairView
from polyclinic.parts.text.wordpieces import TextTokens
from polyclinic.study import Study

NORMAL = "normal"


def stated(study: Study, label: str) -> list[str]:
    """What a Study is labelled as: its class, and the findings that are there, or that none of them is.

    Args:
        label: name of the label that holds the class.

    Example:
        >>> from polyclinic.study import Finding
        >>> stated(Study("1", "1", findings=(Finding("drusen", True), Finding("exudate", False))), "class")
        ['drusen']
        >>> stated(Study("1", "1", findings=(Finding("drusen", False),)), "class")
        ['normal']
    """
    value = study.labels.get(label)
    own = [value] if isinstance(value, str) else []
    there = [finding.name for finding in study.findings if finding.present]
    healthy = bool(study.findings) and all(finding.present is False for finding in study.findings)
    return list(dict.fromkeys(own + (there or [NORMAL] * healthy)))


class SharedView(PairView):
    """Pairs of which several may be right for each other: those of one category.

    Studies of which neither a label nor a text is known are left out.

    Args:
        speak: draws what is said of a Study, as a `Said`.
        label: name of the label that holds a Study's class.
    """

    def __init__(
        self,
        studies: Sequence[Study],
        *,
        outlook: Outlook,
        tokens: TextTokens,
        longest: int,
        speak: Callable[[Study, np.random.Generator], Said],
        augment: Augmentation,
        label: str = "class",
    ) -> None:
        self.label = label
        super().__init__(studies, outlook=outlook, tokens=tokens, longest=longest, speak=speak, augment=augment)

    def has_text(self, study: Study) -> bool:
        """Whether there is a label or a text to say."""
        return bool(stated(study, self.label) or texts_of(study))

    def draw(self, index: int, rng: np.random.Generator) -> Sample:
        """As for pairs, and the `category` of what is said."""
        pair = super().draw(index, rng)
        return pair | pair["text"]._asdict()

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """The pairs' batch, and `category` (B,): one number a category, the same in every process."""
        numbers = torch.tensor([number_of(sample["category"]) for sample in samples])
        return super().collate(samples) | {"category": numbers}


def number_of(category: str) -> int:
    """A number of 64 bits for a category's name, so that processes agree without a list of all categories."""
    return int.from_bytes(blake2b(category.encode(), digest_size=8).digest(), "big", signed=True)
