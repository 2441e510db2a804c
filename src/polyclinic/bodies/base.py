"""What training, evaluation and the verbs need of any system's model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from torch import Tensor

from polyclinic.study import Study

Sample = dict[str, Any]
Batch = dict[str, Any]
Self = TypeVar("Self", bound="Trainable")


class View(Protocol):
    """How a system looks at Studies while it trains. Picklable: loader processes hold a copy."""

    def __len__(self) -> int: ...

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """One training sample; a pure function of its arguments."""
        ...

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Samples to a batch of tensors."""
        ...


@runtime_checkable
class DealingView(Protocol):
    """A view that says itself which samples make a batch, such as batches of one kind by turns."""

    def dealt(self, seed: int, number: int, place: int, batch: int) -> int:
        """The sample at a place of a batch of a stage; a pure function of its arguments."""
        ...


class Trainable(Protocol):
    """A model that `fit` can train: `torch.nn.Module` with these members.

    `forward(batch)` returns named losses; the one called `loss` is minimised, the others are shown.
    """

    derived: dict[str, Any]

    @classmethod
    def from_studies(cls: type[Self], config: Any, studies: Sequence[Study]) -> Self:
        """A fresh model, with whatever it derives from the training Studies (recorded in `derived`)."""
        ...

    def view(self, studies: Sequence[Study]) -> View: ...

    def forward(self, batch: Batch) -> dict[str, Tensor]: ...

    def save_pretrained(self, folder: Path) -> None: ...

    @classmethod
    def from_pretrained(cls: type[Self], folder: Path) -> Self: ...


class Trial(Protocol):
    """One arm with one seed, as a system's `claim(arm, trial)` sees it.

    Arms that share a seed share their patients, and each `fit` takes the steps that the claim names: who measures
    an arm through this cannot give it other data or a larger budget than the next.
    """

    seed: int

    def patients(self, domain: str, count: int, *, held_out: bool = False, **dials: Any) -> Sequence[Study]:
        """The Studies of so many phantom patients, to train on or, `held_out`, to measure with."""
        ...

    def fit(self, preset: str, studies: Sequence[Study], *, start: Any = None) -> Any:
        """The system's own model of a preset, trained as `polyclinic fit` trains it; from `start`, as `--from` does."""
        ...
