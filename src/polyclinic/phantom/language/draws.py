"""Many small choices out of one call to the random generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
BLOCK = 96


class Draws:
    """A run of uniform numbers, used up one choice at a time; refilled in the rare case that it ends.

    What is said and how it is worded take their choices from two such runs, so that the facts do not
    depend on the language.

    Example:
        >>> draws = Draws(np.random.default_rng(0))
        >>> draws.pick("abc") in "abc"
        True
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._left: list[float] = rng.random(BLOCK).tolist()

    def uniform(self) -> float:
        """A number in [0, 1)."""
        if not self._left:
            self._left = self._rng.random(BLOCK).tolist()
        return self._left.pop()

    def chance(self, probability: float) -> bool:
        """True with this probability; uses up one number whatever the probability is."""
        return self.uniform() < probability

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely as any other."""
        return choices[int(self.uniform() * len(choices))]

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        """The choices in a random order."""
        return [choices[place] for _, place in sorted((self.uniform(), place) for place in range(len(choices)))]
