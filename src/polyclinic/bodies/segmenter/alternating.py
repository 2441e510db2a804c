"""Batches of one kind by turns: unpaired sets that are learned from together, and never mixed within a step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from polyclinic.bodies.base import Batch, Sample, View


class AlternatingView:
    """A view whose batches come from one group of samples, then from the next, and so on around.

    Each group is gone through in its own order, so that a small one is gone through more often.

    Args:
        view: what makes samples.
        groups: the group of each sample.
    """

    def __init__(self, view: View, groups: Sequence[str]) -> None:
        self.view = view
        self.members = [np.flatnonzero([each == name for each in groups]) for name in sorted(set(groups))]

    def __len__(self) -> int:
        return len(self.view)

    def sample(self, index: int, rng: np.random.Generator) -> Sample:
        """That of the view within."""
        return self.view.sample(index, rng)

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """That of the view within."""
        return self.view.collate(samples)

    def dealt(self, seed: int, number: int, place: int, batch: int) -> int:
        """The sample at a place of a batch: batch after batch from the next group."""
        turn, group = divmod(number, len(self.members))
        own = self.members[group]
        epoch, offset = divmod(turn * batch + place, len(own))
        return int(own[_order(seed, group, epoch, len(own))[offset]])


@lru_cache(maxsize=8)
def _order(seed: int, group: int, epoch: int, length: int) -> NDArray[np.int64]:
    """Once through a group."""
    return np.random.default_rng((seed, group, epoch)).permutation(length)
