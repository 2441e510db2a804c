import math

from polyclinic.evaluation.protocol import grouped, in_chunks, known_scores, mean_score, to_score
from polyclinic.metrics.bootstrap import Interval
from polyclinic.verbs import Score


def test_chunks_keep_order_and_tell_progress():
    seen = []
    found = in_chunks(list(range(130)), lambda some: [-i for i in some], "stage", lambda *told: seen.append(told))
    assert found == [-i for i in range(130)]
    assert seen == [("stage", 0, 130), ("stage", 64, 130), ("stage", 128, 130), ("stage", 130, 130)]
    assert in_chunks([], list, "stage", lambda *_: None) == []


def test_a_mean_leaves_out_rows_without_a_value():
    rows = [{"subject": str(i), "v": v, "b": 1.0} for i, v in enumerate((1.0, None, 0.0))]
    found = mean_score(rows, lambda r: r["v"], baseline=lambda r: r["b"], blind=lambda _: None)
    assert (found.value, found.n, found.baseline, found.blind) == (0.5, 2, 1.0, None)


def test_what_does_not_exist_is_none():
    assert to_score(Interval(math.nan, math.nan, math.nan), 0, math.nan) == Score(None, None, None, 0)
    assert known_scores({"a": Score(None, None, None, 0), "b": Score(1.0, None, None, 1)}).keys() == {"b"}


def test_groups_are_in_alphabetical_order():
    rows = [{"k": "b", "i": 0}, {"k": None, "i": 1}, {"k": "a", "i": 2}, {"k": "b", "i": 3}]
    assert [(key, [r["i"] for r in some]) for key, some in grouped(rows, lambda r: r["k"])] == [
        ("a", [2]),
        ("b", [0, 3]),
    ]
