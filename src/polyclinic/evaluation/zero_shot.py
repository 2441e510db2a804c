"""Zero-shot: which of a label's values an image is, told by what the system calls them and no training for it.

`classify` is asked for the values of one label at a time, so that they compete with each other alone; a system with
prompt ensembles averages them there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from polyclinic.evaluation.classification import Class, label_accuracy, truth_of, values_of
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Row, grouped, in_chunks, known_scores
from polyclinic.evaluation.references import slug
from polyclinic.study import Study
from polyclinic.verbs import Classifies, Score

NAME, VERB = "zero_shot", "classify"


def predict(system: Classifies, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Ask for each label by itself."""
    return [row for own in values_of(context).values() for row in _of_label(system, studies, own, priors, context)]


def _of_label(
    system: Classifies, studies: Sequence[Study], values: Sequence[Class], priors: Priors | None, context: Context
) -> list[Row]:
    asked = [study for study in studies if truth_of(study, values[0]) is not None]
    names = [one.asked for one in values]
    results = in_chunks(asked, partial(system.classify, names=names), NAME, context.progress)
    return [
        {
            "study": study.id,
            "subject": study.subject,
            "name": one.name,
            "label": one.label,
            "reference": bool(truth_of(study, one)),
            "predicted": float(found[one.asked]),
            "baseline": priors.prevalence.get(one.name) if priors else None,
        }
        for study, found in zip(asked, results, strict=True)
        for one in values
    ]


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """Balanced accuracy of each label, beside always saying the most frequent value."""
    return known_scores(
        {
            f"{NAME}.{slug(label)}.balanced_accuracy": label_accuracy(own)
            for label, own in grouped(rows, lambda row: row["label"])
        }
    )
