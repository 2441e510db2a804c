"""Classification: findings stated present or absent, and whole-study labels of few values, one against the rest.

A label of two values is one class (the rarer one), since the other says the same. Hedged findings are
left out, and so are values that two labels share, which a name alone cannot tell apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.curate.instructions import label_text
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import Context, Row, grouped, in_chunks, known_scores, subjects_of, to_score
from polyclinic.evaluation.references import slug
from polyclinic.metrics.bootstrap import Floats, interval_of_sums, interval_of_weights, mean_of_known
from polyclinic.metrics.classification import (
    BINS,
    auroc,
    average_precision,
    calibration_error,
    calibration_of_sums,
    calibration_parts,
    mean_recall,
    recall_parts,
)
from polyclinic.study import Study
from polyclinic.verbs import Classifies, Score

NAME, VERB = "classification", "classify"
Areas = Callable[[NDArray[np.bool_], Floats, Floats | None], Floats]


@dataclass(frozen=True)
class Class:
    """Something a Study is or is not: a finding, or one value of a label; `asked` is what a system calls it."""

    name: str
    asked: str
    label: str | None = None


def predict(system: Classifies, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Ask for the probability of each finding and each label's value."""
    classes = classes_of(context)
    names = [one.asked for one in classes]
    truths = [{one: truth for one in classes if (truth := truth_of(study, one)) is not None} for study in studies]
    asked = [(study, truth) for study, truth in zip(studies, truths, strict=True) if truth]
    results = in_chunks(
        asked, lambda some: system.classify([study for study, _ in some], names), NAME, context.progress
    )
    return [
        {
            "study": study.id,
            "subject": study.subject,
            "name": one.name,
            "label": one.label,
            "reference": present,
            "predicted": float(found[one.asked]),
            "baseline": priors.prevalence.get(one.name) if priors else None,
        }
        for (study, truth), found in zip(asked, results, strict=True)
        for one, present in truth.items()
    ]


def classes_of(context: Context) -> list[Class]:
    """The findings and the labels' values that the collection speaks of."""
    classes = [Class(name, name) for name in context.known.findings]
    times = Counter(value for held in context.known.labels.values() for value in held)
    times.update(context.known.findings)
    for label, held in context.known.labels.items():
        if any(times[value] > 1 for value in held):
            context.skipped.append(f"label {label}: another label or finding has a value of the same name")
        else:
            classes += [Class(f"{label}={value}", value, label) for value in held]
    return classes


def values_of(context: Context) -> dict[str, list[Class]]:
    """The classes that are a label's values, by label."""
    labels: dict[str, list[Class]] = {}
    for one in classes_of(context):
        if one.label is not None:
            labels.setdefault(one.label, []).append(one)
    return labels


def truth_of(study: Study, one: Class) -> bool | None:
    """Whether a Study is of a class; None where that is not known."""
    if one.label is not None:
        return label_text(study.labels[one.label]) == one.asked if one.label in study.labels else None
    return next((finding.present for finding in study.findings if finding.name == one.name), None)


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """AUROC, average precision and calibration error, over names and of each; each label's balanced accuracy."""
    kept = without_twins(rows)
    scores = {"classification.calibration_error": _calibration(kept)}
    for metric, areas, chance in (("auroc", auroc, 0.5), ("auprc", average_precision, None)):
        scores[f"classification.{metric}"] = _areas(kept, areas, chance)
        for name, own in grouped(kept, lambda row: str(row["name"])):
            scores[f"classification.{slug(name)}.{metric}"] = _areas(own, areas, chance)
    for label, own in grouped(rows, lambda row: row["label"]):
        scores[f"classification.{slug(label)}.balanced_accuracy"] = label_accuracy(own)
    return known_scores(scores)


def without_twins(rows: Sequence[Row]) -> list[Row]:
    """Rows without the more frequent value of each label that has two."""
    dropped = set()
    for _, own in grouped(rows, lambda row: row["label"]):
        names = sorted({row["name"] for row in own})
        if len(names) == 2:
            dropped.add(max(names, key=lambda name: sum(row["reference"] for row in own if row["name"] == name)))
    return [row for row in rows if row["name"] not in dropped]


def _areas(rows: Sequence[Row], areas: Areas, chance: float | None) -> Score:
    """An area averaged over names; names that lack positives or negatives are left out."""
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row["name"], []).append(place)
    truths = np.array([row["reference"] for row in rows], dtype=bool)
    said = np.array([row["predicted"] for row in rows], dtype=np.float64)
    both = [own for own in places.values() if truths[own].any() and not truths[own].all()]

    def statistic(weights: Floats) -> Floats:
        each = np.array([areas(truths[own], said[own], weights[:, own]) for own in both])
        return mean_of_known(each, axis=0)

    if not both:
        return to_score(interval_of_weights([], statistic), 0)
    share = float(np.mean([truths[own].mean() for own in both]))
    n = sum(len(own) for own in both)
    return to_score(interval_of_weights(subjects_of(rows), statistic), n, share if chance is None else chance)


def _calibration(rows: Sequence[Row]) -> Score:
    """Calibration error over all pairs of Study and class; the baseline says the prevalence."""
    if not rows:
        return to_score(interval_of_weights([], lambda weights: weights[:, 0]), 0)
    truths = np.array([row["reference"] for row in rows], dtype=bool)
    parts = calibration_parts(truths, np.array([row["predicted"] for row in rows]))
    counted = np.concatenate([parts, np.ones((len(rows), 1))], axis=1)
    interval = interval_of_sums(
        counted, subjects_of(rows), lambda sums: calibration_of_sums(sums[:, : 2 * BINS], sums[:, -1])
    )
    told = all(row["baseline"] is not None for row in rows)
    baseline = calibration_error(truths, np.array([row["baseline"] for row in rows])) if told else None
    return to_score(interval, len(rows), baseline)


def label_accuracy(rows: Sequence[Row]) -> Score:
    """Balanced accuracy of a label's most probable value; the baseline always says the most frequent one."""
    studies = [own for _, own in grouped(rows, lambda row: str(row["study"]))]
    references = [next((row["name"] for row in own if row["reference"]), "") for own in studies]
    values = sorted(set(references))
    parts = recall_parts(references, [_likeliest(own, "predicted") for own in studies], values)
    told = all(row["baseline"] is not None for row in rows)
    prior = recall_parts(references, [_likeliest(own, "baseline") for own in studies], values) if told else None
    baseline = float(mean_recall(prior.sum(0, keepdims=True))[0]) if prior is not None else None
    interval = interval_of_sums(parts, [own[0]["subject"] for own in studies], mean_recall)
    return to_score(interval, len(studies), baseline)


def _likeliest(rows: Sequence[Row], key: str) -> str:
    return str(max(rows, key=lambda row: row[key])["name"])
