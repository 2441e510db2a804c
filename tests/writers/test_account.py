"""Counts of what was left out, and file names from ids."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from polyclinic.errors import ReadError
from polyclinic.study import Report, Study, Turn
from polyclinic.writers.account import Stems, Written, without


def test_parts_without_a_place() -> None:
    written = Written()
    turns = (Turn("a", "b"), Turn("c", "d"))
    for ident in ("x", "y"):
        written.leave_parts(Study(ident, ident, report=Report({"findings": "f"}), turns=turns), ("report",))
    assert written.lines() == ["4 x turns: the form has no place for them (first: x)"]


def test_equal_reasons_are_one() -> None:
    error = ReadError("/data/set/images/a.png is missing")
    assert without(error, "images/a.png") == "it is missing"
    assert without(error, "") == str(error)


@given(st.lists(st.text(max_size=200), max_size=6))
def test_names_are_safe_and_differ(idents: list[str]) -> None:
    stems = Stems()
    names = [stems.of(ident) for ident in idents]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert name
        assert not name.startswith(".")
        assert not {"/", "\\", "\0", "\n"} & set(name)
        assert len(name) < 160
