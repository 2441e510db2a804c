"""What protocols over frozen features share: features of both splits, labels, rows and areas under the ROC curve.

Every judge also sees 32 x 32 grey pixels instead of the system's features: features that are not better than
this bag of pixels have learned nothing that the task needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.bodies.framing import to_square
from polyclinic.evaluation.classification import Class, classes_of, truth_of, without_twins
from polyclinic.evaluation.protocol import Context, Row, in_chunks, known_scores, subjects_of, to_score
from polyclinic.metrics.bootstrap import Floats, interval_of_weights, mean_of_known
from polyclinic.metrics.classification import auroc
from polyclinic.study import Study
from polyclinic.verbs import Embeds, Score

SIDE = 32
# Chosen here: features are standardised and wide, labels few.
STRENGTH = 0.01
SIDES = ("predicted", "pixels")
Judge = Callable[[NDArray[Any], Floats, NDArray[Any]], Floats]


@dataclass(frozen=True)
class Frozen:
    """Features and labels of the Studies that are learned from and of those that are judged.

    Args:
        known: `predicted` (the system's features) and `pixels` -> (N, E) of the training Studies; `asked` likewise.
        labels_NK: 1, 0, or NaN where a class is not known; `truths_MK` likewise.
    """

    classes: Sequence[Class]
    train: Sequence[Study]
    studies: Sequence[Study]
    known: dict[str, NDArray[Any]]
    asked: dict[str, NDArray[Any]]
    labels_NK: Floats
    truths_MK: Floats

    def rows(self, judge: Judge, **mark: Any) -> list[Row]:
        """One row for each Study and class that is known and was judged; `mark` is added to each."""
        judged = {side: judge(self.known[side], self.labels_NK, self.asked[side]) for side in SIDES}
        return [
            {
                "study": study.id,
                "subject": study.subject,
                "name": one.name,
                "label": one.label,
                "reference": bool(self.truths_MK[m, k]),
                **{side: float(judged[side][m, k]) for side in SIDES},
                **mark,
            }
            for m, study in enumerate(self.studies)
            for k, one in enumerate(self.classes)
            if np.isfinite([self.truths_MK[m, k], *(judged[side][m, k] for side in SIDES)]).all()
        ]


def frozen(system: Embeds, studies: Sequence[Study], context: Context) -> Frozen | None:
    """Features of both splits, worked out once an assessment; None, with the reason noted, without training Studies."""
    if "frozen" not in context.shared:
        context.shared["frozen"] = _frozen(system, studies, context)
    found: Frozen | None = context.shared["frozen"]
    return found


def _frozen(system: Embeds, studies: Sequence[Study], context: Context) -> Frozen | None:
    classes = classes_of(context)
    if not classes or not context.train or not studies:
        context.skipped.append("frozen features: there are no labels, or no training subjects besides those scored")
        return None
    known, asked = (_features(system, some, context) for some in (context.train, studies))
    labels_NK, truths_MK = (_labels(some, classes) for some in (context.train, studies))
    return Frozen(classes, context.train, studies, known, asked, labels_NK, truths_MK)


def _features(system: Embeds, studies: Sequence[Study], context: Context) -> dict[str, NDArray[Any]]:
    """What the image encoder pools where the system tells it, else its vectors; and the pixels."""
    see = getattr(system, "image_features", system.embed_images)
    seen = in_chunks(studies, lambda some: list(see(some)), "features", context.progress)
    return {"predicted": np.array(seen), "pixels": grey_pixels(studies)}


def grey_pixels(studies: Sequence[Study]) -> NDArray[np.float32]:
    """The first images as 32 x 32 grey pixels, (studies, 1024)."""
    small = [to_square(study.images[0].pixels, SIDE, 1)[0].ravel() for study in studies]
    shares: NDArray[np.float32] = np.array(small, np.float32) / np.float32(255)
    return shares


def _labels(studies: Sequence[Study], classes: Sequence[Class]) -> Floats:
    told = [[truth_of(study, one) for one in classes] for study in studies]
    return np.array([[np.nan if truth is None else float(truth) for truth in row] for row in told], np.float64)


def area_scores(rows: Sequence[Row], prefix: str) -> dict[str, Score]:
    """Mean AUROC over classes and seeds, the same from pixels, and the paired difference, with intervals."""
    kept = without_twins(rows)
    truths = np.array([row["reference"] for row in kept], bool)
    said = {side: np.array([row[side] for row in kept], np.float64) for side in SIDES}
    places: dict[tuple[str, Any], list[int]] = {}
    for place, row in enumerate(kept):
        places.setdefault((row["name"], row.get("seed")), []).append(place)
    both = [own for own in places.values() if truths[own].any() and not truths[own].all()]
    if not both:
        return {}

    def mean_area(side: str, weights: Floats) -> Floats:
        return mean_of_known(np.array([auroc(truths[own], said[side][own], weights[:, own]) for own in both]), axis=0)

    forms: dict[str, tuple[Callable[[Floats], Floats], float]] = {
        "auroc": (lambda weights: mean_area("predicted", weights), 0.5),
        "auroc_of_pixels": (lambda weights: mean_area("pixels", weights), 0.5),
        "auroc_over_pixels": (lambda weights: mean_area("predicted", weights) - mean_area("pixels", weights), 0.0),
    }
    n = len({(row["study"], row["name"]) for row in kept})
    return known_scores(
        {
            f"{prefix}.{name}": to_score(interval_of_weights(subjects_of(kept), statistic), n, chance)
            for name, (statistic, chance) in forms.items()
        }
    )
