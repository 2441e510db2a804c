"""Few-shot: the linear probe with 1, 2, 4, 8 and 16 training subjects of each class, drawn five times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.evaluation.frozen import STRENGTH, area_scores, frozen
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Row, grouped
from polyclinic.metrics.bootstrap import Floats
from polyclinic.metrics.probe import linear_probe
from polyclinic.metrics.shots import few_shots
from polyclinic.study import Study
from polyclinic.verbs import Embeds, Score

NAME, VERB, FITS = "few_shot", "embed", True
SHOTS, SEEDS = (1, 2, 4, 8, 16), 5


def predict(system: Embeds, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Fit on every draw; a class that has too few subjects is left out of that number of shots."""
    del priors  # the baseline is chance
    found = frozen(system, studies, context)
    if found is None:
        return []
    subjects = [study.subject for study in found.train]
    return [
        row
        for shots in SHOTS
        for seed in range(SEEDS)
        for row in found.rows(partial(_judge, subjects=subjects, shots=shots, seed=seed), shots=shots, seed=seed)
    ]


def _judge(
    known_NE: NDArray[Any],
    labels_NK: Floats,
    asked_ME: NDArray[Any],
    *,
    subjects: Sequence[str],
    shots: int,
    seed: int,
) -> Floats:
    """A probe for each class, on the few that were drawn for it."""
    judged = np.full((len(asked_ME), labels_NK.shape[1]), np.nan)
    for k, labels_N in enumerate(labels_NK.T):
        drawn = few_shots(labels_N, subjects, shots, seed)
        if len(np.unique(labels_N[drawn])) == 2:
            judged[:, k] = linear_probe(known_NE[drawn], labels_N[drawn, None], asked_ME, strength=STRENGTH)[:, 0]
    return judged


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Mean AUROC over classes and draws for each number of shots, beside chance and the bag of pixels."""
    scores: dict[str, Score] = {}
    for shots, own in grouped(rows, lambda row: f"{row['shots']:02d}"):
        scores |= area_scores(own, f"{NAME}.shots_{int(shots)}")
    return scores
