"""Whether a text matters: a score with the right text, with none, and with one that is about something else.

A system that draws as well with a wrong text as with the right one does not read. One that draws as badly with a wrong
text as with none ignores what it cannot use; one that does worse still believes what it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ShapeError
from polyclinic.metrics.bootstrap import Interval, interval_of_mean

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TextUse:
    """One score an item, three times; NaN where an item has no such score.

    Args:
        right: with the item's own text; `empty` with an empty one; `wrong` with one that belongs to another item.
    """

    right: Floats
    empty: Floats
    wrong: Floats

    def gain(self, subjects: Sequence[str]) -> Interval:
        """What the right text adds to none: mean over items, 95 % interval over subjects."""
        return interval_of_mean(self.right - self.empty, subjects)

    def reliance(self, subjects: Sequence[str]) -> Interval:
        """What the right text has over a wrong one; about 0 where nobody reads."""
        return interval_of_mean(self.right - self.wrong, subjects)


def text_use(
    score: Callable[[Sequence[str]], Sequence[float] | NDArray[Any]],
    texts: Sequence[str],
    wrong: Sequence[str] | None = None,
) -> TextUse:
    """Score the same items with three sets of texts.

    Args:
        score: a text for each item -> a number for each item; called three times.
        texts: the right ones.
        wrong: texts that are not right; None takes those of other items, as `exchanged` does.

    Raises:
        ShapeError: as many numbers as texts were expected.

    Example:
        >>> use = text_use(lambda said: [float(text == "left") for text in said], ["left", "right", "left"])
        >>> use.right.tolist(), use.empty.tolist(), use.wrong.tolist()
        ([1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    """
    sets = (texts, [""] * len(texts), exchanged(texts) if wrong is None else wrong)
    right, empty, other = (np.asarray(score(each), dtype=np.float64) for each in sets)
    for found in (right, empty, other):
        if found.shape != (len(texts),):
            raise ShapeError(f"expected a number for each of {len(texts)} texts, got an array of shape {found.shape}")
    return TextUse(right, empty, other)


def exchanged(texts: Sequence[str]) -> list[str]:
    """For each text the next one that differs, the first after the last; its own where all are the same.

    Example:
        >>> exchanged(["liver", "liver", "spleen"])
        ['spleen', 'spleen', 'liver']
    """
    count = len(texts)
    return [
        next((t for j in range(1, count) if (t := texts[(i + j) % count]) != own), own) for i, own in enumerate(texts)
    ]
