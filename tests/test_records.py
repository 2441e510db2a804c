"""Dataclasses to plain values and back, checked against their annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.errors import RecordError
from polyclinic.records import from_plain, to_plain


@dataclass(frozen=True)
class Leaf:
    """A leaf."""

    name: str
    weight: float = 1.0


@dataclass(frozen=True)
class Stem:
    """Another class that a union may hold."""

    length: int


@dataclass(frozen=True)
class Tree:
    """One field of each form."""

    leaves: tuple[Leaf, ...] = ()
    part: Leaf | Stem | None = None
    notes: Mapping[str, str | float] = field(default_factory=dict)
    tall: bool = False
    load: Callable[[], int] | None = None


TREES = st.builds(
    Tree,
    leaves=st.lists(st.builds(Leaf, st.text(), st.floats(allow_nan=False)), max_size=3).map(tuple),
    part=st.none() | st.builds(Leaf, st.text()) | st.builds(Stem, st.integers()),
    notes=st.dictionaries(st.text(), st.text() | st.floats(allow_nan=False), max_size=3),
    tall=st.booleans(),
)


@given(TREES)
def test_round_trip(tree: Tree) -> None:
    assert from_plain(Tree, to_plain(tree), "here") == tree


def test_functions_and_defaults_are_not_stored() -> None:
    assert to_plain(Tree(load=lambda: 1)) == {}
    assert to_plain(Tree((Leaf("a"),), tall=True)) == {"leaves": [{"name": "a"}], "tall": True}


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"tall": 1}, "here.tall: expected true or false, got 1"),
        ({"leaves": [{"name": "a", "weight": "x"}]}, r"here.leaves\[0\].weight: expected a number"),
        ({"leaves": [{"weight": 1}]}, r"here.leaves\[0\]: Leaf lacks the field 'name'"),
        ({"notes": {"a": []}}, "here.notes.a: expected str or float"),
        ({"load": 1}, "unknown field 'load'"),
        ("x" * 100, r"here: expected an object \(Tree\), got a text of length 100"),
        ({"tall": "Jane"}, "here.tall: expected true or false, got a text of length 4"),
        ({"tall": 10**99}, f"here.tall: expected true or false, got 1{'0' * 39}$"),
        ({"leaves": None}, "here.leaves: expected a list, got null"),
    ],
)
def test_what_is_wrong_is_named(record: object, told: str) -> None:
    with pytest.raises(RecordError, match=told):
        from_plain(Tree, record, "here")


def test_truth_is_no_number() -> None:
    with pytest.raises(RecordError):
        from_plain(Leaf, {"name": "a", "weight": True}, "here")
