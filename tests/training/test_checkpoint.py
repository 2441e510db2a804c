from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from polyclinic.errors import CheckpointError
from polyclinic.training import checkpoint
from polyclinic.training.checkpoint import (
    OPTIMIZER,
    STATE,
    WEIGHTS,
    Checkpoint,
    State,
    checkpoints,
    copy_tensors,
    live_tensors,
    read_newest,
    write,
    write_folder,
)


def at(step: int) -> Checkpoint:
    return Checkpoint(
        State(step=step, elapsed_s=0.5), {"w": torch.full((2,), float(step))}, {"w/step": torch.ones(())}, {}
    )


def names(run: Path) -> list[str]:
    return [folder.name for folder in checkpoints(run)]


def newest(run: Path) -> tuple[Checkpoint | None, list[str]]:
    notes: list[str] = []
    return read_newest(run, notes.append), notes


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write(tmp_path, at(7))
    found, notes = newest(tmp_path)
    assert found is not None
    assert found.state == State(step=7, elapsed_s=0.5)
    assert torch.equal(found.weights["w"], torch.tensor([7.0, 7.0]))
    assert found.optimizer["w/step"].shape == ()
    assert dict(found.average) == {}
    assert notes == []


def test_nothing_written_nothing_read(tmp_path: Path) -> None:
    assert newest(tmp_path) == (None, [])


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    for step in (1, 2, 10):
        write(tmp_path, at(step))
    assert names(tmp_path) == ["step-000000002", "step-000000010"]


@pytest.mark.parametrize("file", [WEIGHTS, OPTIMIZER, STATE])
@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_a_damaged_newest_gives_way_to_the_one_before(tmp_path: Path, file: str, damage: str) -> None:
    write(tmp_path, at(1))
    path = write(tmp_path, at(2)) / file
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(data[: len(data) // 2] if damage == "cut" else bytes([data[0] ^ 255]) + data[1:])
    found, notes = newest(tmp_path)
    assert found is not None
    assert found.state.step == 1
    assert len(notes) == 1
    assert "step-000000002 is damaged" in notes[0]


def test_all_damaged_is_an_error(tmp_path: Path) -> None:
    (write(tmp_path, at(1)) / WEIGHTS).write_bytes(b"")
    with pytest.raises(CheckpointError, match="every checkpoint"):
        newest(tmp_path)


def test_a_full_disk_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, at(1))

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match="No space left") as caught:
        write(tmp_path, at(2))
    assert "make room" in str(caught.value.hint)
    assert [path.name for path in (tmp_path / checkpoint.FOLDER).iterdir()] == ["step-000000001"]


def test_an_unfinished_folder_is_no_checkpoint(tmp_path: Path) -> None:
    write(tmp_path, at(1))
    (tmp_path / checkpoint.FOLDER / "step-000000002.part").mkdir()
    assert names(tmp_path) == ["step-000000001"]


def test_a_failing_fill_leaves_no_folder(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise OSError("gone")

    with pytest.raises(CheckpointError):
        write_folder(tmp_path / "made", fill)
    assert list(tmp_path.iterdir()) == []


def test_files_are_readable_as_the_folder_is(tmp_path: Path) -> None:
    folder = write(tmp_path, at(1))
    assert (folder / WEIGHTS).stat().st_mode & 0o777 == folder.stat().st_mode & 0o666


class Tied(nn.Module):
    mean: Tensor
    scratch: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(2, 2, bias=False)
        self.b = nn.Linear(2, 2, bias=False)
        self.b.weight = self.a.weight
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)


def test_tied_weights_are_held_once_and_scratch_not_at_all() -> None:
    assert live_tensors(Tied()).keys() == {"a.weight", "mean"}
    assert live_tensors(Tied(), frozenset({"a.weight"})).keys() == {"mean"}


def test_tensors_that_do_not_fit_are_refused() -> None:
    own = {"w": torch.zeros(2)}
    with pytest.raises(CheckpointError, match="does not fit"):
        copy_tensors(own, {"v": torch.zeros(2)})
    with pytest.raises(CheckpointError, match="expected shape"):
        copy_tensors(own, {"w": torch.zeros(3)})
    copy_tensors(own, {"w": torch.ones(2)})
    assert own["w"].tolist() == [1.0, 1.0]
