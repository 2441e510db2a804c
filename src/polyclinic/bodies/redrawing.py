"""What training does with a Study that cannot be read: another takes its place, until too many in a row fail."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from polyclinic.bodies.base import Sample
from polyclinic.errors import PolyclinicError, TrainingError

REDRAWS = 20


def readable(
    draw: Callable[[int, np.random.Generator], Sample], index: int, count: int, rng: np.random.Generator
) -> Sample:
    """`draw(index, rng)`, or that of another of `count` Studies where this one cannot be read.

    Raises:
        TrainingError: many Studies in a row cannot be read.
    """
    for _ in range(REDRAWS):
        try:
            return draw(index, rng)
        except PolyclinicError as error:
            last = error
            index = int(rng.integers(count))
    raise TrainingError(
        f"{REDRAWS} studies in a row cannot be read, the last one because: {last}",
        hint="polyclinic data check names every damaged file",
    )
