"""Which Studies to show: the worst ones first, then ordinary ones, then the best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from polyclinic.evaluation.detection import SURE
from polyclinic.evaluation.protocol import Row
from polyclinic.evaluation.reports import finding_parts, stated
from polyclinic.evaluation.segmentation import mask_of
from polyclinic.metrics.boxes import iou
from polyclinic.metrics.masks import dice
from polyclinic.metrics.texts import exact_match, token_f1

WORST, MIDDLE, BEST = 4, 2, 1
Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Case:
    """One Study's rows, and its mean error (0 to 1) over everything asked of it."""

    study: str
    subject: str
    error: float
    rows: Rows = field(default_factory=dict)


def ranked(rows: Rows) -> list[Case]:
    """All Studies, worst first."""
    own: dict[str, dict[str, list[Row]]] = {}
    for protocol, some in rows.items():
        for row in some:
            own.setdefault(row["study"], {}).setdefault(protocol, []).append(row)
    cases = [Case(study, _subject(parts), _error(parts), parts) for study, parts in own.items()]
    return sorted(cases, key=lambda case: (-case.error, case.study))


def chosen(cases: Sequence[Case]) -> list[tuple[str, Case]]:
    """A few Studies of different subjects, with the words that say why each is shown."""
    single = list({case.subject: case for case in reversed(cases)}.values())
    single.sort(key=lambda case: (-case.error, case.study))
    middle = max(len(single) // 2 - MIDDLE // 2, WORST)
    picked = [(f"worst, number {i + 1}", case) for i, case in enumerate(single[:WORST])]
    picked += [("in the middle", case) for case in single[middle : middle + MIDDLE]]
    rest = single[max(middle + MIDDLE, len(single) - BEST) :]
    return picked + [("best", case) for case in rest]


def _subject(parts: Rows) -> str:
    return str(next(iter(parts.values()))[0]["subject"])


def _error(parts: Rows) -> float:
    """Mean over protocols of each one's mean error; searches are left out, for they depend on all others."""
    errors = {
        "questions": [1 - answer_score(row) for row in parts.get("questions", ())],
        "segmentation": [1 - overlap(row) for row in parts.get("segmentation", ())],
        "find": [1 - box_f1(row) for row in parts.get("find", ())],
        "reports": [1 - report_f1(row) for row in parts.get("reports", ())],
        "classification": [abs(row["predicted"] - row["reference"]) for row in parts.get("classification", ())],
    }
    means = [float(np.mean(values)) for values in errors.values() if values]
    return float(np.mean(means)) if means else 0.0


def answer_score(row: Row) -> float:
    """Right or wrong for a closed question, agreement of words for an open one."""
    metric = exact_match if row["kind"] == "closed" else token_f1
    return float(metric(row["reference"], row["predicted"]))


def overlap(row: Row) -> float:
    """Dice; 1 where an absent name was left empty."""
    return dice(mask_of(row, "reference"), mask_of(row, "predicted"))


def box_f1(row: Row) -> float:
    """Boxes with a score of at least 0.5 against reference boxes; 1 where there are none of either."""
    sure = sure_boxes(row)
    if not sure or not row["reference"]:
        return float(len(sure) == len(row["reference"]))
    near = iou(np.array(row["reference"]), np.array(sure)) >= SURE
    hits = min(int(near.any(0).sum()), int(near.any(1).sum()))
    return 2 * hits / (len(sure) + len(row["reference"]))


def sure_boxes(row: Row) -> list[list[float]]:
    """Predicted boxes that score at least 0.5."""
    return [box for box, value in zip(row["predicted"], row["scores"], strict=True) if value >= SURE]


def report_f1(row: Row) -> float:
    """Agreement on findings; 1 where neither text states one as present."""
    told, said = (stated(row[key], row["language"]) for key in ("reference", "predicted"))
    right, wrong, missed = _total(finding_parts(told, said, sorted({*told, *said})))
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0


def _total(parts: Iterable[Sequence[float]]) -> tuple[float, float, float]:
    sums = np.asarray(list(parts), dtype=float).reshape(-1, 3).sum(0)
    return float(sums[0]), float(sums[1]), float(sums[2])
