"""What follows for an image from a stack's facts."""

from __future__ import annotations

from polyclinic.readers.stacks import StackFacts, known_of, named, time_is_depth

FACTS = StackFacts(("DNA", "actin"), {"X": 1.0, "Y": 2.0, "Z": 3.0}, 0.5)


def test_time_takes_the_place_of_depth() -> None:
    assert time_is_depth({"T": 3, "C": 2})
    assert not time_is_depth({"T": 3, "Z": 2})
    assert not time_is_depth({"Z": 2})


def test_known() -> None:
    assert known_of(FACTS, {"C": 2}) == {"channels": ("DNA", "actin"), "spacing_mm": (2.0, 1.0)}
    assert known_of(FACTS, {"C": 2, "Z": 5})["spacing_mm"] == (3.0, 2.0, 1.0)
    assert known_of(FACTS, {"C": 3}) == {"spacing_mm": (2.0, 1.0)}
    assert known_of(FACTS, {"C": 2, "T": 4}) == {"channels": ("DNA", "actin"), "spacing_mm": None}
    assert known_of(FACTS, {"C": 1, "T": 2, "Z": 5})["channels"] == ("t=0s", "t=0.5s")
    times = known_of(FACTS, {"C": 2, "T": 2, "Z": 5})["channels"]
    assert times == ("t=0s DNA", "t=0s actin", "t=0.5s DNA", "t=0.5s actin")
    assert known_of(StackFacts(), {"C": 2, "T": 2, "Z": 5})["channels"] == ("t0 C0", "t0 C1", "t1 C0", "t1 C1")


def test_names() -> None:
    assert named(["a", None]) == ("a", "C1")
    assert named([None, ""]) == ()
