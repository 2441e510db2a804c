"""Few labels: which items a classifier may learn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def few_shots(labels_N: NDArray[Any], subjects: Sequence[str], shots: int, seed: int) -> NDArray[np.intp]:
    """Items of so many subjects of each class, one item of each; empty where a class has too few.

    The draws of one seed are nested: those for four shots hold those for two.

    Args:
        labels_N: the class of each item, NaN where it is not known.

    Example:
        >>> few_shots(np.array([0.0, 0, 1, 1, np.nan]), list("abcde"), 2, seed=0).tolist()
        [0, 1, 2, 3]
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels_N))
    taken: list[int] = []
    for value in np.unique(labels_N[~np.isnan(labels_N)]):
        own = {subjects[i]: int(i) for i in reversed(order) if labels_N[i] == value}
        if len(own) < shots:
            return np.zeros(0, np.intp)
        taken += list(reversed(own.values()))[:shots]
    return np.sort(np.array(taken, np.intp))


def share_of_subjects(subjects: Sequence[str], share: float, seed: int) -> NDArray[np.intp]:
    """All items of a random share of the subjects, at least one; nested over shares of one seed.

    Example:
        >>> share_of_subjects(["a", "a", "b", "b"], 1.0, seed=0).tolist()
        [0, 1, 2, 3]
    """
    names = np.unique(np.asarray(subjects, str))
    drawn = np.random.default_rng(seed).permutation(names)[: max(round(share * len(names)), 1)]
    return np.flatnonzero(np.isin(np.asarray(subjects, str), drawn))
