"""Studies that look alike: unit vectors of all of them, made in the background while the list is in use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np

from polyclinic.errors import PolyclinicError, UsageError
from polyclinic.study import Study
from polyclinic.verbs import Embeds, Vectors

BATCH = 32


class Likeness:
    """The vectors of a collection's Studies, as far as they were made.

    Args:
        studies: in the worklist's order; those without an image, or whose image cannot be read, have no vector.
        allowed: gives back the Study, or raises an error of this package for one that may not be looked at.
    """

    def __init__(self, studies: Sequence[Study], allowed: Callable[[Study], Study] = lambda study: study) -> None:
        self.studies, self.allowed = studies, allowed
        self.done = 0
        self._numbers: list[int] = []
        self._vectors: list[Vectors] = []
        self._lock = threading.Lock()

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return self.done / max(len(self.studies), 1)

    def work(self, model: Embeds, stop: threading.Event | None = None) -> None:
        """Embed what was not embedded yet, until done or stopped."""
        while self.done < len(self.studies) and not (stop and stop.is_set()):
            numbers = list(range(self.done, min(self.done + BATCH, len(self.studies))))
            chosen = [(number, study) for number in numbers if (study := self._readable(number)) is not None]
            with self._lock:
                for number, vector in _vectors(model, chosen):
                    self._numbers.append(number)
                    self._vectors.append(vector)
                self.done = numbers[-1] + 1

    def nearest(self, query: Vectors, most: int) -> list[tuple[int, float]]:
        """Numbers of the Studies nearest to a vector, best first, with their cosine similarity.

        Raises:
            UsageError: nothing is embedded yet.
        """
        with self._lock:
            if not self._vectors:
                raise UsageError("no study is embedded yet", hint="wait a moment and ask again")
            scores = np.stack(self._vectors) @ query.reshape(-1)
            best = np.argsort(-scores, kind="stable")[:most]
            return [(self._numbers[i], float(scores[i])) for i in best]

    def _readable(self, number: int) -> Study | None:
        try:
            study = self.allowed(self.studies[number])
        except (PolyclinicError, OSError):
            return None
        return study if study.images else None


def _vectors(model: Embeds, chosen: Sequence[tuple[int, Study]]) -> list[tuple[int, Vectors]]:
    """Number and vector of each; one by one where an image of the batch cannot be read."""
    studies = [study for _, study in chosen]
    try:
        found = list(model.embed_images(studies))
    except (PolyclinicError, OSError):
        if len(chosen) == 1:
            return []
        return [pair for one in chosen for pair in _vectors(model, [one])]
    return [(number, vector) for (number, _), vector in zip(chosen, found, strict=True)]
