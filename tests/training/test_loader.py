from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from polyclinic.errors import ReadError, TrainingError
from polyclinic.training.loader import Feed, NumberedBatches, derived_workers
from polyclinic.training.order import Share


class Numbers:
    """Samples that say which one they are and what they drew."""

    def __init__(self, fail: str | None = None) -> None:
        self.fail = fail

    def __len__(self) -> int:
        return 10

    def sample(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        if self.fail == "read":
            raise ReadError("scan.png is truncated", hint="copy it again")
        if self.fail == "bug":
            raise ZeroDivisionError("by zero")
        if self.fail == "die":
            os._exit(3)
        return {"index": index, "draw": rng.random()}

    def collate(self, samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {name: [sample[name] for sample in samples] for name in ("index", "draw")}


WHOLE = Share(4)


def feed(first: int, last: int | None, workers: int, fail: str | None = None, share: Share = WHOLE) -> Feed:
    return Feed(NumberedBatches(Numbers(fail), 5, 20, share), first, last, workers=workers, pin=False)


def take(source: Feed, count: int) -> list[Any]:
    try:
        return [source.next() for _ in range(count)]
    finally:
        source.close()


def test_batches_are_the_same_from_anywhere_and_in_any_number_of_processes() -> None:
    whole = take(feed(0, 6, workers=0), 6)
    assert take(feed(2, 6, workers=0), 4) == whole[2:]
    assert take(feed(0, 6, workers=2), 6) == whole
    assert take(feed(3, None, workers=1), 2) == whole[3:5]


def test_two_processes_together_have_what_one_has() -> None:
    whole = take(feed(0, 3, workers=0), 3)
    parts = [take(feed(0, 3, workers=0, share=Share(4, rank, 2)), 3) for rank in range(2)]
    joined = [{name: a[name] + b[name] for name in a} for a, b in zip(*parts, strict=True)]
    assert joined == whole


@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_of_ours_keeps_type_message_and_hint(workers: int) -> None:
    with pytest.raises(ReadError, match=r"^scan.png is truncated$") as caught:
        take(feed(0, 2, workers, "read"), 1)
    assert caught.value.hint == "copy it again"


@pytest.mark.parametrize("workers", [0, 1])
def test_any_other_error_says_what_it_was(workers: int) -> None:
    with pytest.raises(TrainingError, match="batch 0 cannot be made: ZeroDivisionError: by zero"):
        take(feed(0, 2, workers, "bug"), 1)


def test_a_dead_worker_is_an_error_and_no_hang() -> None:
    with pytest.raises(TrainingError, match="loader process died"):
        take(feed(0, 2, 1, "die"), 1)


def test_waiting_is_measured() -> None:
    source = feed(0, 2, workers=0)
    assert source.waited_s == 0.0
    take(source, 2)
    assert source.waited_s > 0.0


@pytest.mark.parametrize(
    ("cores", "samples", "workers"), [(2, 1000, 1), (2, 63, 0), (1, 1000, 0), (16, 1000, 8), (64, 1000, 8)]
)
def test_derived_workers(cores: int, samples: int, workers: int) -> None:
    assert derived_workers(cores, samples) == workers
