"""A stage of training: what is trainable, for how long, and how fast it learns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Stage:
    """One stage; a run is a list of them.

    Args:
        steps: optimiser steps; `--steps` and `--minutes` rescale all stages in proportion.
        batch: samples a step over all processes, before accumulation.
        learning_rate: peak of the schedule.
        warmup: share of the stage in which the rate rises linearly; it falls along a cosine after that.
        final: what is left of the peak rate at the end.
        clip: largest gradient norm.
        accumulate: batches whose gradients are summed before a step.
        ema: decay of the averaged weights that are saved at the end; None saves the raw ones.
        view: turns the model's training view into the stage's own; None takes it as it is.
        trainable: picks the parameters to train; None takes all that require a gradient.
        begin: called with the model when the stage begins, not when a run is taken up within it; what it changes must
            be saved with the model.
    """

    name: str
    steps: int
    batch: int
    learning_rate: float
    warmup: float = 0.05
    final: float = 0.01
    weight_decay: float = 0.05
    betas: tuple[float, float] = (0.9, 0.98)
    clip: float = 1.0
    accumulate: int = 1
    ema: float | None = None
    view: Callable[[Any], Any] | None = None
    trainable: Callable[[Any], Iterable[nn.Parameter]] | None = None
    begin: Callable[[Any], None] | None = None
