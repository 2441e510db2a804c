"""Label efficiency: the linear probe with 1, 10 and 100 % of the training subjects, drawn three times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from numpy.typing import NDArray

from polyclinic.evaluation.frozen import STRENGTH, area_scores, frozen
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Row, grouped
from polyclinic.metrics.bootstrap import Floats
from polyclinic.metrics.probe import linear_probe
from polyclinic.metrics.shots import share_of_subjects
from polyclinic.study import Study
from polyclinic.verbs import Embeds, Score

NAME, VERB, FITS = "label_efficiency", "embed", True
PERCENT, SEEDS = (1, 10, 100), 3


def predict(system: Embeds, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Fit on every share; all subjects can be drawn in one way only."""
    del priors  # the baseline is chance
    found = frozen(system, studies, context)
    if found is None:
        return []
    subjects = [study.subject for study in found.train]
    return [
        row
        for percent in PERCENT
        for seed in range(SEEDS if percent < 100 else 1)
        for row in found.rows(
            partial(_judge, subjects=subjects, share=percent / 100, seed=seed), percent=percent, seed=seed
        )
    ]


def _judge(
    known_NE: NDArray[Any],
    labels_NK: Floats,
    asked_ME: NDArray[Any],
    *,
    subjects: Sequence[str],
    share: float,
    seed: int,
) -> Floats:
    drawn = share_of_subjects(subjects, share, seed)
    return linear_probe(known_NE[drawn], labels_NK[drawn], asked_ME, strength=STRENGTH)


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Mean AUROC over classes and draws for each share, beside chance and the bag of pixels."""
    scores: dict[str, Score] = {}
    for percent, own in grouped(rows, lambda row: f"{row['percent']:03d}"):
        scores |= area_scores(own, f"{NAME}.percent_{int(percent)}")
    return scores
