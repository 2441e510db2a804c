"""The order of a stream: every Study once an epoch, the same for any number of processes, from anywhere on."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.errors import ReadError, UsageError
from polyclinic.store.collection import Collection
from polyclinic.store.shards import write_shards
from polyclinic.store.shelf import ShardStudies, open_shards
from polyclinic.store.stream import Damage, ShardOrder, Stream

RUNS = st.lists(st.integers(1, 9), min_size=1, max_size=9)


def order_of(runs: list[int], seed: int = 3, buffer: int = 4, lanes: int = 3) -> ShardOrder:
    return ShardOrder(np.array(runs), seed, buffer=buffer, lanes=lanes)


@given(RUNS, st.integers(1, 12), st.integers(1, 12), st.integers(0, 5))
def test_an_epoch_has_every_study_once(runs: list[int], buffer: int, lanes: int, epoch: int) -> None:
    order = order_of(runs, buffer=buffer, lanes=lanes)
    assert sorted(order.epoch(epoch).tolist()) == list(range(sum(runs)))
    first = epoch * order.length
    assert [order.index_at(first + i) for i in range(order.length)] == order.epoch(epoch).tolist()


@given(RUNS, st.integers(1, 4), st.integers(1, 5), st.integers(0, 20))
def test_the_ranks_share_a_batch_evenly_and_fully(runs: list[int], world: int, own: int, number: int) -> None:
    order = order_of(runs)
    batch = range(number * own * world, (number + 1) * own * world)
    parts = [order.deal(batch, rank, world) for rank in range(world)]
    assert {len(part) for part in parts} == {own}
    assert sorted(position for part in parts for position in part) == list(batch)


def test_it_is_a_function_of_seed_and_epoch() -> None:
    runs = [5] * 20
    orders = {(seed, epoch): tuple(order_of(runs, seed).epoch(epoch)) for seed in range(3) for epoch in range(3)}
    assert len(set(orders.values())) == 9
    again = order_of(runs, 2)
    for epoch in (2, 0, 1, 2):
        assert tuple(again.epoch(epoch)) == orders[2, epoch]


def test_studies_stay_near_their_shard_and_ranks_read_different_shards() -> None:
    order = order_of([50] * 40, buffer=25, lanes=4)
    shards = order.epoch(0) // 50
    for lane in range(4):
        seen = shards[lane::4]
        assert all(len(set(seen[i : i + 25])) <= 3 for i in range(0, 500, 25))
    read = [{int(shards[at]) for i in range(0, 2000, 8) for at in order.deal(range(i, i + 8), r, 2)} for r in range(2)]
    assert not read[0] & read[1]


def test_a_large_buffer_shuffles_one_shard_fully() -> None:
    firsts = {order_of([10], seed, buffer=10, lanes=8).index_at(0) for seed in range(200)}
    assert firsts == set(range(10))


def test_a_small_buffer_moves_little() -> None:
    lane = order_of([1000], buffer=10, lanes=1).epoch(0)
    assert 0 < np.abs(lane - np.arange(1000)).max() < 10


def sequence(shelf: ShardStudies, world: int, position: int, batches: int) -> list[tuple[int, str]]:
    """What all ranks together have from a position on, by position."""
    streams = [Stream(shelf, batch=4, seed=5, rank=rank, world=world, buffer=6, lanes=2) for rank in range(world)]
    held = [sample for stream in streams for batch in islice(stream.read(position), batches) for sample in batch]
    return [(one.position, one.study.id) for one in sorted(held, key=lambda one: one.position)]


@pytest.mark.parametrize("world", [1, 2, 4])
def test_a_resume_in_the_middle_of_an_epoch_goes_on_exactly(shelf: ShardStudies, world: int) -> None:
    whole = sequence(shelf, 1, 0, 12)
    assert [position for position, _ in whole] == list(range(48))
    assert sequence(shelf, world, 0, 3) == whole[:12]
    assert sequence(shelf, world, 12, 9) == whole[12:]
    assert {name for _, name in whole[:23]} == {study.id for study in shelf}
    assert {name for _, name in whole[23:46]} == {study.id for study in shelf}


def test_a_filtered_stream_has_only_what_fits(shelf: ShardStudies) -> None:
    stream = Stream(shelf.where({"has_report": True}), batch=2)
    ids = {one.study.id for batch in islice(stream.read(), 4) for one in batch}
    assert ids == {f"s.{i}/ä" for i in range(0, 23, 3)}


def test_damage_stops_or_is_skipped_counted_and_named(plain: Collection, tmp_path: Path) -> None:
    write_shards(plain, tmp_path / "out")
    path = tmp_path / "out/000000.tar"
    data = bytearray(path.read_bytes())
    studies = open_shards(tmp_path / "out").studies
    assert isinstance(studies, ShardStudies)
    for number, member in ((7, 1), (9, 0)):
        data[studies.members(number)[1][member].offset + 9] ^= 1
    path.write_bytes(data)
    with pytest.raises(ReadError, match="is damaged"):
        list(islice(Stream(studies).read(), 23))
    stream = Stream(studies, batch=4, damage="skip")
    held = [one.number for batch in islice(stream.read(), 6) for one in batch]
    assert sorted({7, 9} ^ set(held)) == list(range(23))
    assert {damage.name for damage in stream.damaged} == {"s.7/ä", "s.9/ä"}
    assert all(isinstance(damage, Damage) and "is damaged" in damage.reason for damage in stream.damaged)


def test_wrong_shares_are_refused(shelf: ShardStudies) -> None:
    for batch, rank, world in ((3, 0, 2), (4, 2, 2), (0, 0, 1)):
        with pytest.raises(UsageError, match="cannot be shared"):
            Stream(shelf, batch=batch, rank=rank, world=world)
    with pytest.raises(UsageError, match="inside a batch"):
        next(Stream(shelf, batch=4).read(3))
    with pytest.raises(UsageError, match="expected studies"):
        Stream(shelf[:0])
