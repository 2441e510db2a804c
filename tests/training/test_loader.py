from __future__ import annotations

import os
import re
import resource
import signal
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.errors import ReadError, TrainingError
from polyclinic.store.collection import Collection, Header
from polyclinic.store.shards import write_shards
from polyclinic.store.shelf import open_shards
from polyclinic.study import Image, Study
from polyclinic.training.loader import Feed, NumberedBatches, derived_workers, shard_order
from polyclinic.training.order import Share


class Numbers:
    """Samples that say which one they are and what they drew."""

    def __init__(self, fail: str | None = None) -> None:
        self.fail, self.ended_mib = fail, peak_mib(resource.RUSAGE_CHILDREN)

    def __len__(self) -> int:
        return 10

    def sample(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        if self.fail == "read":
            raise ReadError("scan.png is truncated", hint="copy it again")
        if self.fail == "bug":
            raise ZeroDivisionError("by zero")
        if self.fail == "die":
            os._exit(3)
        if self.fail == "swell":
            # Above its own peak and that of every child before it, which are all that a kernel tells of the dead.
            before, taken = max(peak_mib(), self.ended_mib), list[np.ndarray]()
            while peak_mib() < before + 200:
                taken.append(np.ones(50 * 2**20, np.uint8))
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fail == "empty":
            return {}
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


def peak_mib(whose: int = resource.RUSAGE_SELF) -> int:
    """The most memory that this process has had, or any of its children that ended, as the kernel counts it."""
    return resource.getrusage(whose).ru_maxrss // 1024


@pytest.mark.parametrize("workers", [0, 1])
def test_any_other_error_says_what_it_was(workers: int) -> None:
    with pytest.raises(TrainingError, match=r"batch 0, sample \d+, cannot be made: ZeroDivisionError: by zero"):
        take(feed(0, 2, workers, "bug"), 1)


def test_a_dead_worker_is_an_error_and_no_hang() -> None:
    with pytest.raises(TrainingError, match="loader process died") as caught:
        take(feed(0, 2, 1, "die"), 1)
    assert re.search(r"making sample \d+ of batch 0, with \d+ MiB of memory when it began", str(caught.value))


def test_a_killed_worker_tells_how_much_memory_it_took() -> None:
    """As the kernel kills what takes too much: 200 MiB are taken after the sample was begun."""
    with pytest.raises(TrainingError, match="ended by SIGKILL") as caught:
        take(feed(0, 2, 1, "swell"), 1)
    began, highest = (int(number) for number in re.findall(r"(\d+) MiB", str(caught.value)))
    assert highest > began + 150


def test_an_error_in_collation_blames_no_sample() -> None:
    with pytest.raises(TrainingError, match="batch 0 cannot be made: KeyError: 'index'"):
        take(feed(0, 2, 0, "empty"), 1)


class Named:
    """A view of Studies, whose samples are their ids."""

    def __init__(self, studies: Sequence[Study]) -> None:
        self.studies = studies

    def __len__(self) -> int:
        return len(self.studies)

    def sample(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        study = self.studies[index]
        if "bad" in study.labels:
            raise ZeroDivisionError("by zero")
        return {"id": study.id, "sum": int(study.images[0].pixels.sum()), "draw": rng.random()}

    def collate(self, samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {"all": [tuple(sample.values()) for sample in samples]}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Study]:
    """Eleven Studies in several shards."""
    root = tmp_path_factory.mktemp("shelf")
    for number in range(11):
        Pillow.fromarray(np.full((4, 4), number, np.uint8)).save(root / f"{number}.png")
    studies = tuple(Study(f"s{i}", f"p{i}", images=(Image(f"{i}.png"),)) for i in range(11))
    assert write_shards(Collection(root, Header("x"), studies), root / "shards", shard_bytes=7_000) == 4
    return open_shards(root / "shards").studies


def from_shards(shelf: Sequence[Study], first: int, count: int, workers: int, world: int) -> list[list[Any]]:
    """What all ranks together get, batch by batch."""
    ranks = []
    for rank in range(world):
        batches = NumberedBatches(Named(shelf), 5, 0, Share(4, rank, world))
        ranks.append(take(Feed(batches, first, None, workers=workers, pin=False), count))
    return [sorted(sample for rank in ranks for sample in rank[number]["all"]) for number in range(count)]


@pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")  # more workers than cores
@pytest.mark.parametrize("world", [1, 2])
@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_shards_resume_exactly_with_any_number_of_processes(shelf: Sequence[Study], workers: int, world: int) -> None:
    whole = from_shards(shelf, 0, 6, 0, 1)
    assert from_shards(shelf, 2, 4, workers, world) == whole[2:]
    order = shard_order(Named(shelf), 5)
    assert order is not None
    epoch = [order.index_at(position) for position in range(11)]
    assert sorted(epoch) == list(range(11))
    assert {name for batch in whole[:2] for name, _, _ in batch} == {f"s{i}" for i in epoch[:8]}


def test_samples_are_called_by_their_studies(shelf: Sequence[Study]) -> None:
    held = [Study("fine", "p", labels={"bad": True})]
    with pytest.raises(TrainingError, match="batch 0, sample fine, cannot be made"):
        take(Feed(NumberedBatches(Named(held), 0, 0, Share(1)), 0, 1, workers=0, pin=False), 1)
    assert NumberedBatches(Named(shelf), 0, 0, Share(1)).name(3) == "s3"
    assert NumberedBatches(Numbers(), 0, 0, Share(1)).name(3) == "3"


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
