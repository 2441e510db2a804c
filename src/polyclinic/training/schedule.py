"""Where a run stands and how fast it learns there: pure functions of the step, or of the time that has passed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from polyclinic.errors import UsageError
from polyclinic.training.stages import Stage


def rate(progress: float, stage: Stage) -> float:
    """The learning rate at a point of a stage: a linear rise, then a cosine down to `final` of the peak.

    Args:
        progress: share of the stage that is done, 0 to 1.

    Example:
        >>> half_way = Stage("s", steps=100, batch=1, learning_rate=1.0, warmup=0.0, final=0.0)
        >>> round(rate(0.5, half_way), 6)
        0.5
    """
    if progress < stage.warmup:
        return stage.learning_rate * progress / stage.warmup
    fall = (min(progress, 1.0) - stage.warmup) / (1 - stage.warmup) if stage.warmup < 1 else 0.0
    return stage.learning_rate * (stage.final + (1 - stage.final) * (1 + math.cos(math.pi * fall)) / 2)


@dataclass(frozen=True)
class Budget:
    """How long a run lasts: optimiser steps, or seconds of training; exactly one of them is given."""

    steps: int | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, stages: Sequence[Stage], steps: int | None, minutes: float | None) -> Budget:
        """The budget asked for, else the sum of the stages' own steps.

        Raises:
            UsageError: both are given, or one that is not positive.
        """
        if steps is not None and minutes is not None:
            raise UsageError("expected steps or minutes, got both")
        if (steps is not None and steps < 1) or (minutes is not None and not minutes > 0):
            raise UsageError(f"expected a positive budget, got {steps if steps is not None else minutes}")
        if minutes is not None:
            return cls(seconds=minutes * 60)
        return cls(steps=steps or sum(stage.steps for stage in stages))


@dataclass(frozen=True)
class Place:
    """Where a run stands.

    Args:
        stage: index of the stage.
        progress: share of it that is done.
        end: the run's step at which the stage ends; None where time decides.
    """

    stage: int
    progress: float
    end: int | None


def place(stages: Sequence[Stage], budget: Budget, step: int, elapsed_s: float) -> Place | None:
    """The stage to train in next; None when the budget is spent.

    Each stage has the share of the budget that its steps have among all steps. A step counts from its
    middle, so that no step is wasted at rate zero.

    Args:
        step: optimiser steps done.
        elapsed_s: seconds of training done.
    """
    whole = sum(stage.steps for stage in stages)
    before = 0
    for index, stage in enumerate(stages):
        low, high = before / whole, (before + stage.steps) / whole
        before += stage.steps
        if budget.steps is not None:
            first, end = round(low * budget.steps), round(high * budget.steps)
            if step < end:
                return Place(index, (step - first + 0.5) / (end - first), end)
        elif budget.seconds is not None and elapsed_s < high * budget.seconds:
            return Place(index, max(0.0, elapsed_s / budget.seconds - low) / (high - low), None)
    return None
