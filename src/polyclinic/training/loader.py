"""Batches by number, made in worker processes, with the time that training waited for them."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch.utils.data import DataLoader, Dataset

from polyclinic.bodies.base import Batch, View
from polyclinic.errors import PolyclinicError, TrainingError
from polyclinic.training.order import Share, generator_at, index_at

TINY = 64
MOST_WORKERS = 8


@dataclass(frozen=True)
class Failure:
    """An error on its way from a worker to the process that trains."""

    error: PolyclinicError


class NumberedBatches(Dataset[Any]):
    """Batch number `n` of a stage, for one process: a pure function of seed and number.

    Args:
        start: position in the stream of samples at which the stage starts.
    """

    def __init__(self, view: View, seed: int, start: int, share: Share) -> None:
        self.view, self.seed, self.start, self.share = view, seed, start, share

    def __getitem__(self, number: int) -> Batch | Failure:
        """The batch, or why there is none: errors keep their own type and message across processes."""
        length = len(self.view)
        positions = self.share.positions(self.start, number)
        try:
            places = [(index_at(self.seed, at, length), generator_at(self.seed, at)) for at in positions]
            return self.view.collate([self.view.sample(index, rng) for index, rng in places])
        except PolyclinicError as error:
            return Failure(error)
        except Exception as error:
            wrapped = TrainingError(
                f"batch {number} cannot be made: {type(error).__name__}: {error}",
                hint="run again with --workers 0 --debug to see where",
            )
            wrapped.__cause__ = error
            return Failure(wrapped)


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
                f"a loader process died: {error}", hint="too little memory? --workers 0 loads in the training process"
            ) from error
        self.waited_s += time.perf_counter() - began
        if isinstance(made, Failure):
            raise made.error
        return made

    def close(self) -> None:
        """End the loader processes."""
        shutdown = getattr(self._batches, "_shutdown_workers", None)
        if shutdown is not None:
            shutdown()


def _leave_signals_to_parent(worker: int) -> None:
    """Ctrl-C reaches a whole process group; only the training process decides what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
