"""Visits in order."""

from __future__ import annotations

from polyclinic.layouts.visits import in_order
from polyclinic.study import Image, Study


def visit(name: str, subject: str, time: float | None) -> Study:
    return Study(name, subject, images=(Image(f"{name}.png", time_days=time),))


def test_times_count_from_the_first_and_link_to_the_one_before() -> None:
    made = in_order([visit("late", "p", 12), visit("q1", "q", None), visit("early", "p", 5), visit("none", "p", None)])
    assert [(s.id, s.images[0].time_days, s.prior) for s in made] == [
        ("early", 0, None),
        ("late", 7, "early"),
        ("none", None, None),
        ("q1", None, None),
    ]


def test_studies_of_one_time_share_their_prior() -> None:
    made = in_order([visit("a", "p", 0), visit("b", "p", 3), visit("c", "p", 3), visit("d", "p", 9)])
    assert [s.prior for s in made] == [None, "a", "a", "c"]
