from __future__ import annotations

import pytest

from polyclinic.cards import Card, Claim
from polyclinic.errors import RecordError


def card(*verbs: str) -> Card:
    return Card(id="x", title="X", verbs=verbs, kinds=("toy",), year=2026, checked="shape")


def test_known_verbs_are_taken() -> None:
    made = card("answer", "find")
    assert made.verbs == ("answer", "find")
    assert made.paper is None
    assert made.published == {}


def test_unknown_verbs_are_refused() -> None:
    with pytest.raises(RecordError, match="card x: unknown verb 'sing'"):
        card("answer", "sing")


def claim(**more: object) -> Claim:
    known = {"says": "It helps.", "metric": "score", "direction": "higher", "smallest": 0.1, "arms": ("a", "b")}
    return Claim(**{**known, "steps": 5, **more})


def test_a_claim_that_can_be_decided_is_taken() -> None:
    assert claim().arms == ("a", "b")
    assert claim(steps=0).steps == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"arms": ("a",)}, "two or more different arms, got a"),
        ({"arms": ()}, "got none"),
        ({"arms": ("a", "a")}, "different arms, got a, a"),
        ({"smallest": 0.0}, "above 0, got 0.0"),
        ({"smallest": float("nan")}, "above 0, got nan"),
        ({"direction": "up"}, "higher or lower after 0 steps or more, got up"),
        ({"steps": -1}, "after 0 steps or more, got higher, -1"),
    ],
)
def test_a_claim_that_nothing_decides_is_refused(more: dict[str, object], said: str) -> None:
    with pytest.raises(RecordError, match=said):
        claim(**more)
