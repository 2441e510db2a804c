"""Batches of one kind by turns."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from polyclinic.bodies.base import DealingView
from polyclinic.bodies.segmenter.alternating import AlternatingView
from polyclinic.training.loader import Feed, NumberedBatches
from polyclinic.training.order import Share

GROUPS = ["CT"] * 6 + ["MR"] * 2
THREE = Share(3)


class Numbers:
    """Samples that say which one they are."""

    def __len__(self) -> int:
        return len(GROUPS)

    def sample(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        return {"index": index}

    def collate(self, samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {"index": [sample["index"] for sample in samples]}


def batches(count: int, *, first: int = 0, start: int = 0, share: Share = THREE) -> list[list[int]]:
    """As training gets them."""
    view = AlternatingView(Numbers(), GROUPS)
    assert isinstance(view, DealingView)
    feed = Feed(NumberedBatches(view, 7, start, share), first, None, workers=0, pin=False)
    return [feed.next()["index"] for _ in range(count)]


def test_each_batch_is_of_one_kind_and_the_next_of_the_other() -> None:
    kinds = [{GROUPS[index] for index in batch} for batch in batches(6)]
    assert kinds == [{"CT"}, {"MR"}] * 3


def test_each_kind_is_gone_through_before_it_begins_anew() -> None:
    made = batches(8)
    assert sorted(made[0] + made[2]) == [0, 1, 2, 3, 4, 5]
    assert sorted(made[4] + made[6]) == [0, 1, 2, 3, 4, 5]
    assert made[0] + made[2] != made[4] + made[6]
    assert Counter(made[1] + made[3] + made[5] + made[7]) == {6: 6, 7: 6}


def test_a_run_that_goes_on_gets_what_it_would_have_got() -> None:
    assert batches(5)[3:] == batches(2, first=3)
    assert batches(4) == batches(4, start=90)


def test_processes_take_parts_of_one_batch() -> None:
    whole = batches(4, share=Share(4))
    parts = [batches(4, share=Share(4, rank, 2)) for rank in range(2)]
    assert [a + b for a, b in zip(*parts, strict=True)] == whole
