"""What a user chooses when training, apart from system, data and place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Options:
    """Choices of a run; the command line's flags have the same names.

    Args:
        settings: `key=value` each, over the preset's fields.
        steps: optimiser steps of the whole run; `minutes` of training instead; neither: the stages' own.
        start_from: a run folder or shipped checkpoint whose weights to start from.
        workers: loader processes for each training process; None derives it.
        checkpoint_s: seconds between checkpoints; longer where writing one takes more than a twentieth of that.
    """

    preset: str = "nano"
    settings: tuple[str, ...] = ()
    seed: int = 0
    steps: int | None = None
    minutes: float | None = None
    start_from: str | None = None
    split: str = "train"
    workers: int | None = None
    checkpoint_s: float = 60.0


@dataclass(frozen=True)
class Outcome:
    """How a call of `fit` ended.

    Args:
        state: `already finished` where there was nothing left to do.
        record: what `run.json` holds.
    """

    state: Literal["finished", "interrupted", "already finished"]
    run: Path
    record: dict[str, Any]
