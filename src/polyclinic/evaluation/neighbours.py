"""Nearest neighbours: the 20 most similar training images vote on each label; nothing is fitted."""

from __future__ import annotations

from collections.abc import Sequence

from polyclinic.evaluation.frozen import area_scores, frozen
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Row
from polyclinic.metrics.neighbours import nearest_vote
from polyclinic.study import Study
from polyclinic.verbs import Embeds, Score

NAME, VERB, FITS = "neighbours", "embed", True


def predict(system: Embeds, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Let the neighbours vote, by features and by pixels."""
    del priors  # the baseline is chance
    found = frozen(system, studies, context)
    return found.rows(nearest_vote) if found else []


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Mean AUROC, beside chance and the bag of pixels."""
    return area_scores(rows, NAME)
