"""Linear probe: logistic regression on frozen features, fitted on the training subjects' labels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from polyclinic.evaluation.frozen import STRENGTH, area_scores, frozen
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Row
from polyclinic.metrics.probe import linear_probe
from polyclinic.study import Study
from polyclinic.verbs import Embeds, Score

NAME, VERB, FITS = "probe", "embed", True


def predict(system: Embeds, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Fit one classifier for each finding and each label's value, from features and from pixels."""
    del priors  # the baseline is chance
    found = frozen(system, studies, context)
    return found.rows(partial(linear_probe, strength=STRENGTH)) if found else []


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Mean AUROC, beside chance and the bag of pixels."""
    return area_scores(rows, NAME)
