"""Shards in a shuffled order that is a function of seed and epoch alone, from any position on.

The order is an endless row of epochs; a position in it is one number, and all that a resume needs. Shards are
shuffled whole, dealt to a few lanes of equal length, and inside a lane a Study moves by less than a buffer, so
that few shards are in use at a time. Position `i` of an epoch belongs to lane `i` modulo their number. Of a
batch each process takes those of its own lanes, so processes on several machines read different shards, and
the batch as a whole is the same for any number of processes.

Nothing is dropped and nothing repeated at the end of an epoch: a batch that the epoch does not fill goes on
with the next one. So every process has the same number of batches, and none waits for another for ever.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ReadError, UsageError
from polyclinic.store.shelf import ShardStudies
from polyclinic.study import Study

BUFFER = 10_000
LANES = 8
EPOCHS_KEPT = 2


class ShardOrder:
    """Which Study comes when.

    Args:
        runs: how many Studies each shard has.
        buffer: how far a Study may move inside its lane; at least the lane's length shuffles it fully.
        lanes: as many as machines that should read different shards; never more than shards.
    """

    def __init__(self, runs: NDArray[np.int64], seed: int, *, buffer: int = BUFFER, lanes: int = LANES) -> None:
        if not runs.sum() or buffer < 1 or lanes < 1:
            raise UsageError(f"expected studies, a buffer and lanes, got {runs.sum()}, {buffer} and {lanes}")
        self.runs, self.seed, self.buffer = runs, seed, buffer
        self.lanes = min(lanes, len(runs))
        self.length = int(runs.sum())
        self._epochs: OrderedDict[int, NDArray[np.int64]] = OrderedDict()

    def index_at(self, position: int) -> int:
        """The Study at a position."""
        epoch, offset = divmod(position, self.length)
        return int(self.epoch(epoch)[offset])

    def lane_at(self, position: int) -> int:
        """The lane that a position belongs to."""
        return position % self.length % self.lanes

    def deal(self, positions: range, rank: int, world: int) -> list[int]:
        """What one process takes of a batch's positions: equal shares, along the lanes.

        Example:
            >>> order = ShardOrder(np.array([4, 4]), seed=0)
            >>> order.deal(range(0, 4), 0, 2), order.deal(range(0, 4), 1, 2)
            ([0, 2], [1, 3])
        """
        own = len(positions) // world
        return sorted(positions, key=self.lane_at)[rank * own : (rank + 1) * own]

    def epoch(self, number: int) -> NDArray[np.int64]:
        """All Studies once, in the order of an epoch."""
        if number not in self._epochs:
            self._epochs[number] = self._shuffled(number)
            if len(self._epochs) > EPOCHS_KEPT:
                self._epochs.popitem(last=False)
        return self._epochs[number]

    def _shuffled(self, number: int) -> NDArray[np.int64]:
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(number,)))
        firsts = np.cumsum(self.runs) - self.runs
        shards = rng.permutation(len(self.runs))
        row = np.concatenate([np.arange(firsts[shard], firsts[shard] + self.runs[shard]) for shard in shards])
        order = np.empty_like(row)
        for lane, part in enumerate(np.array_split(row, self.lanes)):  # the first ones are longer by one
            order[lane :: self.lanes] = part[self._moved(rng, len(part))]
        return order

    def _moved(self, rng: np.random.Generator, length: int) -> NDArray[np.int64]:
        if self.buffer >= length:
            return rng.permutation(length)
        return np.argsort(np.arange(length) + rng.uniform(0, self.buffer, length), kind="stable")


@dataclass(frozen=True)
class Streamed:
    """A Study of a stream, its files in memory and checked.

    Args:
        position: in the stream.
        number: in the collection.
    """

    position: int
    number: int
    study: Study


@dataclass(frozen=True)
class Damage:
    """A Study that was skipped, and why."""

    position: int
    name: str
    reason: str


class Stream:
    """Batches by number, of Studies whose files are in memory; for loaders that are not `polyclinic fit`.

    Args:
        batch: Studies of a batch over all processes; a multiple of `world`.
        damage: `stop` raises at a damaged Study; `skip` leaves it out, so that its batch is shorter, and lists it
            in `damaged`.
    """

    def __init__(
        self,
        studies: ShardStudies,
        *,
        batch: int = 1,
        seed: int = 0,
        rank: int = 0,
        world: int = 1,
        damage: Literal["stop", "skip"] = "stop",
        buffer: int = BUFFER,
        lanes: int = LANES,
    ) -> None:
        if batch < 1 or not 0 <= rank < world or batch % world:
            raise UsageError(f"a batch of {batch} cannot be shared by {world} processes (this one is {rank})")
        self.studies, self.batch, self.rank, self.world = studies, batch, rank, world
        self.order = ShardOrder(studies.runs, seed, buffer=buffer, lanes=lanes)
        self.damage = damage
        self.damaged: list[Damage] = []

    def __getitem__(self, number: int) -> list[Streamed]:
        """This process's share of a batch.

        Raises:
            ReadError: a Study is damaged, where `damage` is `stop`.
        """
        first = number * self.batch
        return self._read(self.order.deal(range(first, first + self.batch), self.rank, self.world))

    def read(self, position: int = 0) -> Iterator[list[Streamed]]:
        """This process's share of each batch from a position on, without end.

        Args:
            position: how many Studies all processes together have had; any number of them may have been at it.

        Raises:
            UsageError: the position is inside a batch.
        """
        number, inside = divmod(position, self.batch)
        if inside:
            raise UsageError(f"position {position} is inside a batch of {self.batch}")
        while True:
            yield self[number]
            number += 1

    def _read(self, positions: Sequence[int]) -> list[Streamed]:
        found = []
        for position in positions:
            number = self.order.index_at(position)
            try:
                found.append(Streamed(position, number, self.studies.loaded(number)))
            except ReadError as error:
                if self.damage == "stop":
                    raise
                self.damaged.append(Damage(position, self.studies.name(number), str(error)))
        return found
