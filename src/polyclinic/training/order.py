"""Which sample comes when: a pure function of seed and position, so that a resume needs no stored state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Share:
    """The part of every batch that one process takes.

    Args:
        batch: samples of a batch over all processes; a multiple of `world`.
    """

    batch: int
    rank: int = 0
    world: int = 1

    def positions(self, start: int, number: int) -> range:
        """Positions in the stream that this process takes of one batch.

        Args:
            start: position at which the stage starts.
            number: of the batch, counted from there.

        Example:
            >>> Share(batch=8, rank=1, world=2).positions(100, 1)
            range(112, 116)
        """
        own = self.batch // self.world
        first = start + number * self.batch + self.rank * own
        return range(first, first + own)


def index_at(seed: int, position: int, length: int) -> int:
    """The sample at a position of the endless stream of permutations, one for each epoch."""
    epoch, offset = divmod(position, length)
    return int(_permutation(seed, epoch, length)[offset])


def generator_at(seed: int, position: int) -> np.random.Generator:
    """The sample's own source of randomness."""
    return np.random.default_rng((seed, position))


def step_seed(seed: int, step: int, rank: int) -> int:
    """What torch is seeded with before a step (63 bits)."""
    return int(np.random.SeedSequence((seed, step, rank)).generate_state(1, np.uint64)[0] >> np.uint64(1))


@lru_cache(maxsize=2)
def _permutation(seed: int, epoch: int, length: int) -> NDArray[np.int64]:
    """Kept apart from the samples' generators by its spawn key."""
    source = np.random.SeedSequence(seed, spawn_key=(epoch,))
    return np.random.default_rng(source).permutation(length)
