"""Detection: boxes for each name that the Study's annotation covers, names that are absent included.

AP50 is the mean over names of average precision at an overlap of 0.5, where boxes on images without the
name count as wrong. The count is the number of boxes that score at least 0.5; it is scored for names
that some image has several of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from polyclinic.curate.instructions import annotated
from polyclinic.errors import PolyclinicError
from polyclinic.evaluation.priors import Priors
from polyclinic.evaluation.protocol import (
    Context,
    Row,
    grouped,
    in_chunks,
    known_scores,
    mean_score,
    subjects_of,
    to_score,
)
from polyclinic.evaluation.references import group_of, image_size, named_boxes, slug
from polyclinic.metrics.bootstrap import Floats, interval_of_weights, mean_of_known
from polyclinic.metrics.boxes import SIDES, Matches, average_precision_50, match_boxes
from polyclinic.study import Region, Study
from polyclinic.verbs import Finds, Score

NAME, VERB = "find", "find"
SURE = 0.5
Pair = tuple[Study, str]


def predict(system: Finds, studies: Sequence[Study], priors: Priors | None, context: Context) -> list[Row]:
    """Ask each Study for each name whose presence or absence its annotation tells."""
    asked = [(study, name) for study in studies for name in context.known.boxes if _covers(study, name, context)]

    def find(some: Sequence[Pair]) -> list[list[Region]]:
        return system.find([study for study, _ in some], [name for _, name in some])

    results = in_chunks(asked, find, "find", context.progress)
    rows = []
    for (study, name), regions in zip(asked, results, strict=True):
        try:
            rows.append(_row(study, name, regions, priors, context))
        except PolyclinicError as error:
            context.skipped.append(f"study {study.id}: {error}")
    return rows


def _covers(study: Study, name: str, context: Context) -> bool:
    flat = all(len(box) == SIDES for box in named_boxes(study, name))
    return flat and annotated(study, name, context.known, masks=False) is not None


def _row(study: Study, name: str, regions: Sequence[Region], priors: Priors | None, context: Context) -> Row:
    height, width = image_size(study)
    typical = priors.boxes.get(name) if priors else None
    scale = (width, height, width, height)
    boxed = [region for region in regions if region.box is not None]
    return {
        "study": study.id,
        "subject": study.subject,
        "name": name,
        "group": group_of(context.known.kinds.get(name)),
        "countable": name in context.countable,
        "reference": [_rounded(box) for box in named_boxes(study, name)],
        "predicted": [_rounded(region.box or ()) for region in boxed],
        "scores": [round(1.0 if region.score is None else float(region.score), 6) for region in boxed],
        "baseline": [_rounded([share * side for share, side in zip(typical, scale, strict=True)])] if typical else None,
        "baseline_count": priors.counts.get(name) if priors else None,
    }


def _rounded(box: Sequence[float]) -> list[float]:
    return [round(float(side), 2) for side in box]


def score(rows: Sequence[Row]) -> dict[str, Score]:
    """AP50 of each group of names and of each name; the count error over all and of each name."""
    scores = {"find.count_error": _count_error([row for row in rows if row["countable"]])}
    for group, some in grouped(rows, lambda row: str(row["group"])):
        scores[f"find.{group}.ap50"] = _precision(some)
        for name, own in grouped(some, lambda row: str(row["name"])):
            scores[f"find.{group}.{slug(name)}.ap50"] = _precision(own)
            if own[0]["countable"]:
                scores[f"find.{group}.{slug(name)}.count_error"] = _count_error(own)
    return known_scores(scores)


def count_of(row: Row) -> int:
    """How many boxes are sure enough to be counted."""
    return sum(value >= SURE for value in row["scores"])


def _count_error(rows: Sequence[Row]) -> Score:
    def constant(row: Row) -> float | None:
        return None if row["baseline_count"] is None else abs(row["baseline_count"] - len(row["reference"]))

    return mean_score(rows, lambda row: float(abs(count_of(row) - len(row["reference"]))), baseline=constant)


def _precision(rows: Sequence[Row]) -> Score:
    """Mean over names; one drawn subject brings all its rows, whatever their name."""
    ours = _mean_precision(rows, [row["predicted"] for row in rows], [row["scores"] for row in rows])
    interval = interval_of_weights(subjects_of(rows), ours)
    baseline = None
    if rows and all(row["baseline"] is not None for row in rows):
        prior = _mean_precision(rows, [row["baseline"] for row in rows], [[1.0]] * len(rows))
        baseline = float(prior(np.ones((1, len(rows))))[0])
    return to_score(interval, sum(len(row["reference"]) for row in rows), baseline)


def _mean_precision(
    rows: Sequence[Row], boxes: Sequence[list[list[float]]], values: Sequence[list[float]]
) -> Callable[[Floats], Floats]:
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row["name"], []).append(place)
    matched: list[tuple[list[int], Matches]] = [
        (own, match_boxes([rows[i]["reference"] for i in own], [boxes[i] for i in own], [values[i] for i in own]))
        for own in places.values()
    ]

    def statistic(weights: Floats) -> Floats:
        each = np.array([average_precision_50(matches, weights[:, own]) for own, matches in matched])
        return mean_of_known(each, axis=0)

    return statistic
