import time

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster
from hypothesis import given, settings
from hypothesis import strategies as st

from polyclinic.errors import ShapeError
from polyclinic.metrics.boxes import average_precision_50, iou, match_boxes

A, B, FAR = [0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]


def ap(references, predictions, scores):
    return average_precision_50(match_boxes(references, predictions, scores))[0]


@pytest.mark.parametrize(
    ("references", "predictions", "scores", "expected"),
    [
        ([[A]], [[A]], [[0.9]], 1.0),
        ([[A]], [[FAR]], [[0.9]], 0.0),
        ([[A]], [[]], [[]], 0.0),
        # right, then wrong: nothing is lost; wrong, then right: precision 1/2 throughout
        ([[A]], [[A, FAR]], [[0.9, 0.8]], 1.0),
        ([[A]], [[A, FAR]], [[0.8, 0.9]], 0.5),
        # one of two found: precision 1 up to recall 0.5, which is 51 of 101 levels
        ([[A, B]], [[A]], [[0.9]], 51 / 101),
        # a second box on the same reference is wrong
        ([[A, B]], [[A, A, B]], [[0.9, 0.8, 0.7]], (51 + 50 * 2 / 3) / 101),
        # a box on an image without the name is wrong
        ([[A], []], [[A], [A]], [[0.8], [0.9]], 0.5),
        # overlap 0.5 counts, less does not
        ([[A]], [[[0, 0, 5, 10]]], [[0.9]], 1.0),
        ([[A]], [[[0, 0, 4.9, 10]]], [[0.9]], 0.0),
    ],
)
def test_average_precision_by_hand(references, predictions, scores, expected):
    assert ap(references, predictions, scores) == pytest.approx(expected)


def test_without_references_there_is_no_precision():
    assert np.isnan(ap([[]], [[A]], [[0.9]]))


def test_lists_must_agree():
    with pytest.raises(ShapeError, match="got 1, 2, 1"):
        match_boxes([[A]], [[A], [A]], [[1.0]])


def test_weights_are_copies_of_images():
    references = [[A], [A, B], [B]]
    predictions = [[A, FAR], [B, FAR], [A]]
    scores = [[0.9, 0.3], [0.6, 0.8], [0.7]]
    weighted = average_precision_50(match_boxes(references, predictions, scores), np.array([[2.0, 0, 1]]))[0]
    chosen = [0, 0, 2]
    copied = ap(*([values[i] for i in chosen] for values in (references, predictions, scores)))
    assert weighted == pytest.approx(copied)


BOXES = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 12), st.integers(1, 12)).map(
        lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
    ),
    max_size=4,
)
IMAGES = st.lists(st.tuples(BOXES, BOXES), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(IMAGES, st.randoms(use_true_random=False))
def test_agreement_with_the_librarys_own_precision(images, random):
    references, predictions = [list(boxes) for boxes in zip(*images, strict=True)]
    total = sum(len(boxes) for boxes in predictions)
    order = random.sample(range(1, total + 1), total)
    scores = [[order.pop() / 100 for _ in boxes] for boxes in predictions]
    ours = ap(references, predictions, scores)
    assert np.isnan(ours) == (not any(references))
    if any(references) and total:
        assert ours == pytest.approx(library_ap(references, predictions, scores), abs=1e-9)


def library_ap(references, predictions, scores):
    truth = COCO(
        {
            "images": [{"id": i} for i in range(len(references))],
            "categories": [{"id": 1, "name": "box"}],
            "annotations": [
                entry(i, box) | {"id": n, "iscrowd": 0}
                for n, (i, box) in enumerate(((i, b) for i, bs in enumerate(references) for b in bs), start=1)
            ],
        }
    )
    found = [
        entry(i, box) | {"score": score}
        for i, (boxes, values) in enumerate(zip(predictions, scores, strict=True))
        for box, score in zip(boxes, values, strict=True)
    ]
    run = COCOeval_faster(truth, truth.loadRes(found), "bbox")
    run.params.iouThrs = np.array([0.5])
    run.evaluate()
    run.accumulate()
    return float(run.eval["precision"][0, :, 0, 0, 2].mean())


def entry(image, box):
    x0, y0, x1, y1 = box
    return {
        "image_id": image,
        "category_id": 1,
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": (x1 - x0) * (y1 - y0),
    }


def test_iou_table():
    boxes = np.array([A, [5, 0, 15, 10], FAR], float)
    assert iou(boxes, boxes)[0].round(4).tolist() == [1.0, 0.3333, 0.0]


def test_a_thousand_draws_take_less_than_two_seconds():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 80, (400, 20, 2))
    boxes = np.concatenate([corner, corner + 15], axis=2).tolist()
    matches = match_boxes([b[:3] for b in boxes], boxes, rng.random((400, 20)).tolist())
    weights = rng.multinomial(400, np.full(400, 1 / 400), size=1000).astype(float)
    started = time.process_time()
    average_precision_50(matches, weights)
    assert time.process_time() - started < 2
