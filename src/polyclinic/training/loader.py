"""Batches by number, made in worker processes, with the time that training waited for them."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch.utils.data import DataLoader, Dataset, get_worker_info

from polyclinic.bodies.base import Batch, DealingView, View
from polyclinic.errors import PolyclinicError, TrainingError
from polyclinic.store.shelf import ShardStudies
from polyclinic.store.stream import ShardOrder
from polyclinic.training.order import Share, generator_at, index_at
from polyclinic.training.pulse import Pulses, in_words

TINY = 64
MOST_WORKERS = 8


@dataclass(frozen=True)
class Failure:
    """An error on its way from a worker to the process that trains."""

    error: PolyclinicError


class NumberedBatches(Dataset[Any]):
    """Batch number `n` of a stage, for one process: a pure function of seed and number.

    A view of Studies in shards is gone through shard by shard, so that few of them are in use at a time. A view that
    has `dealt(seed, number, place, batch)` says itself which sample is at a place of a batch.

    Args:
        start: position in the stream of samples at which the stage starts.
        pulses: where loader processes tell what they are at.
    """

    def __init__(self, view: View, seed: int, start: int, share: Share, pulses: Pulses | None = None) -> None:
        self.view, self.seed, self.start, self.share, self.pulses = view, seed, start, share, pulses
        self.order = shard_order(view, seed)

    def __getitem__(self, number: int) -> Batch | Failure:
        """The batch, or why there is none: errors keep their own type and message across processes."""
        index: int | None = None
        try:
            samples = []
            for position in self._positions(number):
                index = self._index(number, position)
                self._tell(number, index)
                samples.append(self.view.sample(index, generator_at(self.seed, position)))
            index = None
            return self.view.collate(samples)
        except PolyclinicError as error:
            return Failure(error)
        except Exception as error:
            where = f", sample {self.name(index)}," if index is not None else ""
            wrapped = TrainingError(
                f"batch {number}{where} cannot be made: {type(error).__name__}: {error}",
                hint="run again with --workers 0 --debug to see where",
            )
            wrapped.__cause__ = error
            return Failure(wrapped)

    def name(self, index: int) -> str:
        """What a sample is called: its Study's id where the view is one of Studies, else its index."""
        studies = getattr(self.view, "studies", None)
        if studies is None or len(studies) != len(self.view):
            return str(index)
        return studies.name(index) if isinstance(studies, ShardStudies) else str(studies[index].id)

    def _positions(self, number: int) -> Sequence[int]:
        if self.order is None:
            return self.share.positions(self.start, number)
        first = self.start + number * self.share.batch
        return self.order.deal(range(first, first + self.share.batch), self.share.rank, self.share.world)

    def _index(self, number: int, position: int) -> int:
        if isinstance(self.view, DealingView):
            place = position - self.start - number * self.share.batch
            return self.view.dealt(self.seed, number, place, self.share.batch)
        return index_at(self.seed, position, len(self.view)) if self.order is None else self.order.index_at(position)

    def _tell(self, number: int, index: int) -> None:
        worker = get_worker_info()
        if self.pulses is not None and worker is not None:
            self.pulses.tell(worker.id, number, index)


def shard_order(view: View, seed: int) -> ShardOrder | None:
    """The order of a view whose samples are Studies in shards; None for any other view."""
    studies = getattr(view, "studies", None)
    if not isinstance(studies, ShardStudies) or len(studies) != len(view):
        return None
    return ShardOrder(studies.runs, seed)


def derived_workers(cores: int, samples: int) -> int:
    """How many loader processes a training process gets: half its cores, none for tiny data.

    Example:
        >>> derived_workers(2, 1000), derived_workers(2, 10)
        (1, 0)
    """
    return 0 if samples < TINY else min(MOST_WORKERS, cores // 2)


class Feed:
    """The batches of one stage in order, from any number on.

    Args:
        last: number after the last batch; None where time decides.
        pin: whether batches go to a GPU.
    """

    def __init__(self, batches: NumberedBatches, first: int, last: int | None, *, workers: int, pin: bool) -> None:
        self.waited_s = 0.0
        self._made = batches
        self._pulses = batches.pulses = Pulses(workers) if workers else None
        self._loader = DataLoader(
            batches,
            batch_size=None,
            sampler=range(first, sys.maxsize if last is None else last),
            num_workers=workers,
            pin_memory=pin,
            multiprocessing_context="fork" if workers else None,
            worker_init_fn=_leave_signals_to_parent if workers else None,
            prefetch_factor=3 if workers else None,
        )
        self._batches: Iterator[Batch | Failure] = iter(self._loader)

    def next(self) -> Batch:
        """The next batch.

        Raises:
            TrainingError: a worker died.
            PolyclinicError: what a sample raised, with its own message.
        """
        began = time.perf_counter()
        try:
            made = next(self._batches)
        except RuntimeError as error:
            if "worker" not in str(error):
                raise
            raise TrainingError(
                f"a loader process died: {str(error).strip()}{self._last_words(str(error))}",
                hint="too little memory? fewer --workers, or 0, which loads in the training process",
            ) from error
        self.waited_s += time.perf_counter() - began
        if isinstance(made, Failure):
            raise made.error
        return made

    def _last_words(self, message: str) -> str:
        """What a process that died was at, and its memory."""
        pulse = self._pulses.last_of_dead(message) if self._pulses is not None else None
        if pulse is None:
            return ""
        at = f"sample {self._made.name(pulse.sample)} of batch {pulse.batch}"
        began, highest = in_words(pulse.rss_bytes), in_words(pulse.peak_bytes)
        return f"; {self._end(pulse.pid)}it was making {at}, with {began} of memory when it began, {highest} at most"

    def _end(self, pid: int) -> str:
        """The signal that ended a process, where one did."""
        codes = [worker.exitcode for worker in getattr(self._batches, "_workers", ()) if worker.pid == pid]
        killed = [signal.Signals(-code).name for code in codes if code is not None and code < 0]
        return f"ended by {killed[0]}, " if killed else ""

    def close(self) -> None:
        """End the loader processes."""
        shutdown = getattr(self._batches, "_shutdown_workers", None)
        if shutdown is not None:
            shutdown()


def _leave_signals_to_parent(worker: int) -> None:
    """Ctrl-C reaches a whole process group; only the training process decides what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
