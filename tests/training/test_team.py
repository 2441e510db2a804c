from __future__ import annotations

import pytest
import torch

from polyclinic.errors import UsageError
from polyclinic.training.team import Team


def test_one_process_is_a_team() -> None:
    team = Team()
    assert (team.rank, team.world, team.main) == (0, 1, True)
    assert team.on_main(lambda: 7) == 7
    assert team.total([1.0, 2.5]) == [1.0, 2.5]


def test_errors_pass_through() -> None:
    def wrong() -> None:
        raise UsageError("no", hint="yes")

    with pytest.raises(UsageError, match="no") as caught:
        Team().on_main(wrong)
    assert caught.value.hint == "yes"


def test_threads_are_left_alone_where_the_user_set_them(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", set_to.append)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    Team()
    assert set_to == []
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr("polyclinic.training.team.cores", lambda: 6)
    assert Team().cores == 6
    assert set_to == [6]


def test_processes_on_one_machine_share_its_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", set_to.append)
    monkeypatch.setattr("polyclinic.training.team.cores", lambda: 6)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert Team().cores == 3
    assert set_to == [3]


def test_a_checksum_sees_every_weight() -> None:
    team = Team()
    weights = {"a": torch.zeros(3), "b": torch.ones((), dtype=torch.bfloat16)}
    before = team.checksums(weights)
    assert before == team.checksums({name: tensor.clone() for name, tensor in weights.items()})
    weights["a"][2] = 1e-30
    assert team.checksums(weights) != before
