"""Boxes against boxes: average precision at an overlap of 0.5, by COCO's rules.

Matching is done once, image by image (boxes by falling score, each reference box once); a bootstrap draw
then only reweights images, so that an interval costs about as much as its value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ShapeError

Box = Sequence[float]
OVERLAP, MOST_BOXES = 0.5, 1000
RECALLS = np.linspace(0, 1, 101)
SIDES = 4


@dataclass(frozen=True)
class Matches:
    """All predicted boxes of one name over a set of images, matched.

    Args:
        image: which image each predicted box is in, by falling score.
        right: whether it matches a reference box.
        wanted: reference boxes of each image.
    """

    image: NDArray[np.intp]
    right: NDArray[np.bool_]
    wanted: NDArray[np.float64]


def iou(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.float64]:
    """Intersection over union of boxes (n, 4) with boxes (m, 4), as x0, y0, x1, y1: (n, m).

    Example:
        >>> iou(np.array([[0.0, 0, 2, 1]]), np.array([[1.0, 0, 3, 1]])).round(4).tolist()
        [[0.3333]]
    """
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (one, other)]
    union = areas[0][:, None] + areas[1][None] - shared
    return np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0)


def match_boxes(
    references: Sequence[Sequence[Box]], predictions: Sequence[Sequence[Box]], scores: Sequence[Sequence[float]]
) -> Matches:
    """Match predicted with reference boxes, image by image, at an overlap of 0.5.

    Args:
        references: each image's reference boxes, x0, y0, x1, y1.
        predictions: each image's predicted boxes; the best 1000 of an image count.
        scores: of the predicted boxes.
    """
    if not len(references) == len(predictions) == len(scores):
        raise ShapeError(
            f"expected as many images in each list, got {len(references)}, {len(predictions)}, {len(scores)}"
        )
    wanted = np.array([len(boxes) for boxes in references], dtype=np.float64)
    rows = [
        (score, image, box)
        for image, (boxes, values) in enumerate(zip(predictions, scores, strict=True))
        for score, box in sorted(zip(values, boxes, strict=True), key=lambda pair: -pair[0])[:MOST_BOXES]
    ]
    order = sorted(range(len(rows)), key=lambda i: -rows[i][0])
    right = _right(references, rows)
    return Matches(np.array([rows[i][1] for i in order], np.intp), right[order], wanted)


def _right(references: Sequence[Sequence[Box]], rows: Sequence[tuple[float, int, Box]]) -> NDArray[np.bool_]:
    """Which predicted boxes the library matches with a reference box."""
    right = np.zeros(len(rows), dtype=bool)
    if not rows or not any(len(boxes) for boxes in references):
        return right
    from faster_coco_eval import COCO, COCOeval_faster

    truth, found = COCO(_coco(references)), [_entry(image, box) | {"score": score} for score, image, box in rows]
    run = COCOeval_faster(truth, truth.loadRes(found), "bbox", extra_calc=True)
    run.params.iouThrs, run.params.maxDets = np.array([OVERLAP]), [1, 10, MOST_BOXES]
    run.params.areaRng, run.params.areaRngLbl = [[0, 1e10]], ["all"]
    run.evaluate()
    run.accumulate()
    for pair in run.eval["matched"]:
        right[int(pair.split("_")[0]) - 1] = True
    return right


def _entry(image: int, box: Box) -> dict[str, object]:
    x0, y0, x1, y1 = (float(side) for side in box)
    width, height = x1 - x0, y1 - y0
    return {"image_id": image + 1, "category_id": 1, "bbox": [x0, y0, width, height], "area": width * height}


def _coco(references: Sequence[Sequence[Box]]) -> dict[str, object]:
    boxes = [(image, box) for image, boxes in enumerate(references) for box in boxes]
    return {
        "images": [{"id": image + 1} for image in range(len(references))],
        "categories": [{"id": 1, "name": "box"}],
        "annotations": [_entry(*item) | {"id": i, "iscrowd": 0} for i, item in enumerate(boxes, start=1)],
    }


def average_precision_50(matches: Matches, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Average precision over 101 recall levels, as COCO has it.

    Args:
        weights: how often each image counts, (draws, images); None counts each once.

    Returns:
        One value a draw; NaN where a draw has no reference box.
    """
    each = np.ones((1, len(matches.wanted))) if weights is None else weights
    return np.array([_average_precision(matches, row) for row in each])


def _average_precision(matches: Matches, weight: NDArray[np.float64]) -> float:
    wanted = float(weight @ matches.wanted)
    if not wanted:
        return float("nan")
    counts = weight[matches.image]
    true, total = np.cumsum(counts * matches.right), np.cumsum(counts)
    precision = np.divide(true, total, out=np.zeros_like(true), where=total > 0)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    place = np.searchsorted(true / wanted, RECALLS - 1e-12)
    return float(np.append(envelope, 0.0)[place].mean())
