from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from polyclinic.training.order import Share, generator_at, index_at, step_seed


@given(st.integers(0, 2**31), st.integers(0, 5), st.integers(1, 40))
def test_every_epoch_has_every_sample_once(seed: int, epoch: int, length: int) -> None:
    seen = [index_at(seed, epoch * length + offset, length) for offset in range(length)]
    assert sorted(seen) == list(range(length))


def test_epochs_and_seeds_differ() -> None:
    epochs = [[index_at(seed, at, 50) for at in range(start, start + 50)] for seed, start in [(0, 0), (0, 50), (1, 0)]]
    assert len({tuple(epoch) for epoch in epochs}) == 3


@given(st.sampled_from([1, 2, 4]), st.integers(0, 1000), st.integers(0, 1000))
def test_processes_share_a_batch_without_gap_or_overlap(world: int, start: int, number: int) -> None:
    whole = Share(8).positions(start, number)
    parts = [at for rank in range(world) for at in Share(8, rank, world).positions(start, number)]
    assert parts == list(whole)
    assert Share(8).positions(start, number + 1).start == whole.stop


def test_random_numbers_depend_on_seed_and_position_only() -> None:
    first = generator_at(3, 7).random()
    assert generator_at(3, 7).random() == first
    assert len({first, generator_at(3, 8).random(), generator_at(4, 7).random()}) == 3


def test_step_seeds_differ_by_step_and_rank_and_fit_torch() -> None:
    seeds = {step_seed(0, step, rank) for step in range(20) for rank in range(3)}
    assert len(seeds) == 60
    assert all(0 <= seed < 2**63 for seed in seeds)
