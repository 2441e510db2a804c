from __future__ import annotations

import pytest

from polyclinic.cards import Card
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
