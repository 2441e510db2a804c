"""Checkpoints of a running training: safetensors and JSON, written atomically, the last two kept.

`RUN/checkpoints/start` is the model as it was before the first step, by the system's own
`save_pretrained`: a resume builds the model from there. `step-N` holds what has changed since. A
parameter that no stage trains and that the system's own save leaves out (a frozen language model that
comes from its folder) is not stored.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from polyclinic.errors import CheckpointError
from polyclinic.records import from_plain

FOLDER, START = "checkpoints", "start"
STATE, WEIGHTS, OPTIMIZER, AVERAGE = "state.json", "weights.safetensors", "optimizer.safetensors", "average.safetensors"
KEPT = 2


@dataclass
class State:
    """Where a run stands, as far as its tensors do not say it.

    Args:
        step: optimiser steps done in the run.
        stage: index of the current stage.
        stage_step: steps done in it.
        position: where the stage began in the stream of samples.
        elapsed_s: seconds of training, over all sessions.
        skipped: steps left out because their loss was not finite; `skipped_in_a_row` up to now.
        sessions: how often the run was started.
    """

    step: int = 0
    stage: int = 0
    stage_step: int = 0
    position: int = 0
    elapsed_s: float = 0.0
    skipped: int = 0
    skipped_in_a_row: int = 0
    sessions: int = 1


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint in memory; tensors by name."""

    state: State
    weights: Mapping[str, Tensor]
    optimizer: Mapping[str, Tensor]
    average: Mapping[str, Tensor]


def live_tensors(model: nn.Module, left_out: frozenset[str] = frozenset()) -> dict[str, Tensor]:
    """Parameters (tied ones once) and stored buffers by name, without `left_out`."""
    stored = model.state_dict().keys()
    named: dict[str, Tensor] = dict(model.named_parameters())
    named |= {name: buffer for name, buffer in model.named_buffers() if name in stored}
    return {name: tensor for name, tensor in named.items() if name not in left_out}


@torch.no_grad()
def copy_tensors(own: Mapping[str, Tensor], stored: Mapping[str, Tensor]) -> None:
    """Overwrite `own` in place.

    Raises:
        CheckpointError: names or shapes differ.
    """
    if own.keys() != stored.keys():
        raise CheckpointError(f"the checkpoint does not fit the model: {sorted(own.keys() ^ stored.keys())[:3]}")
    for name, tensor in own.items():
        if tensor.shape != stored[name].shape:
            raise CheckpointError(f"{name}: expected shape {tuple(tensor.shape)}, got {tuple(stored[name].shape)}")
        tensor.copy_(stored[name])


def write(run: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint and drop the oldest.

    Raises:
        CheckpointError: the disk is full or cannot be written; earlier checkpoints stay as they are.
    """
    folder = run / FOLDER / f"step-{checkpoint.state.step:09d}"

    def fill(part: Path) -> None:
        tensors = {WEIGHTS: checkpoint.weights, OPTIMIZER: checkpoint.optimizer, AVERAGE: checkpoint.average}
        for name, values in tensors.items():
            save_file({key: value.detach().cpu().contiguous() for key, value in values.items()}, part / name)
        digests = {name: _digest(part / name) for name in tensors}
        record = {"state": dataclasses.asdict(checkpoint.state), "sha256": digests}
        (part / STATE).write_text(json.dumps(record, indent=2) + "\n", "utf-8")

    write_folder(folder, fill)
    for old in checkpoints(run)[:-KEPT]:
        shutil.rmtree(old)
    return folder


def write_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Make a folder as a whole or not at all.

    Args:
        fill: writes the files into the folder it is given.

    Raises:
        CheckpointError: it cannot be written.
    """
    part = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        fill(part)
        for path in part.iterdir():
            if path.is_file():
                path.chmod(part.stat().st_mode & 0o666)  # as the user's umask has it, also where a writer is stricter
            _sync(path)
        _sync(part)
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
        _sync(folder.parent)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise CheckpointError(
            f"cannot write {folder}: {error}",
            hint="make room on the disk and run the same command again: it goes on from the last checkpoint",
        ) from error


def checkpoints(run: Path) -> list[Path]:
    """Complete checkpoints, oldest first."""
    return sorted(path for path in (run / FOLDER).glob("step-*") if path.suffix != ".part")


def read_newest(run: Path, note: Callable[[str], None]) -> Checkpoint | None:
    """The newest checkpoint that is whole; None where there is none at all.

    Args:
        note: told of each damaged checkpoint that is passed over.

    Raises:
        CheckpointError: there are checkpoints and all are damaged.
    """
    found = checkpoints(run)
    for folder in reversed(found):
        try:
            return _read(folder)
        except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError) as error:
            note(f"checkpoint {folder.name} is damaged ({error}); trying the one before it")
    if found:
        raise CheckpointError(
            f"every checkpoint in {run / FOLDER} is damaged", hint="remove the run folder to start again"
        )
    return None


def _read(folder: Path) -> Checkpoint:
    record: dict[str, Any] = json.loads((folder / STATE).read_text("utf-8"))
    for name in (WEIGHTS, OPTIMIZER, AVERAGE):
        if _digest(folder / name) != record["sha256"][name]:
            raise CheckpointError(f"{name} is not what was written")
    state = from_plain(State, record["state"], STATE)
    return Checkpoint(state, load_file(folder / WEIGHTS), load_file(folder / OPTIMIZER), load_file(folder / AVERAGE))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
