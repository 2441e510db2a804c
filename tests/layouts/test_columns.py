"""Which role each column gets, one property of its values at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from polyclinic.layouts.columns import label_value, number, understand
from polyclinic.layouts.facts import Facts
from polyclinic.layouts.files import Files
from polyclinic.layouts.rows import Row, Table

FILES = Files(Path("/nowhere"), tuple([f"images/{i}.png" for i in range(40)] + [f"masks/{i}.png" for i in range(40)]))


def roles(column: str, cells: list[Any], facts: Facts | None = None) -> Any:
    rows = tuple(Row(i, {"image": f"images/{i}.png", column: str(cell)}) for i, cell in enumerate(cells))
    return understand(Table(Path("t.csv"), ("image", column), rows), FILES, facts or Facts())


@pytest.mark.parametrize(
    ("column", "cells", "role"),
    [
        ("label", ["a", "b"] * 20, "text"),
        ("score", range(40), "number"),
        ("smoker", ["yes", "no"] * 20, "flag"),
        ("survival", ["Y", "N", "", "Y"] * 10, "flag"),
        ("age", ["40", "50+", "60", "70"] * 10, "number"),
        ("finding", [f"f{i % 19}" for i in range(40)], "text"),
        ("anything", ["x", "y", "z", "x"] * 10, "text"),
    ],
)
def test_labels(column: str, cells: list[Any], role: str) -> None:
    assert roles(column, cells).labels == {column: role}


@pytest.mark.parametrize(
    ("column", "cells", "why"),
    [
        ("label", [""] * 40, "empty"),
        ("label", ["not given at the origin"] * 40, "empty"),
        ("grade", ["a"] + [""] * 39, "mostly empty (1 of 40 rows)"),
        ("folder_name", ["same"] * 40, "the same in every row"),
        ("scan_id", range(40), "an identifier"),
        ("code", [f"c{i}" for i in range(40)], "40 different values in 40 rows"),
        ("width", range(40), "about the file"),
        ("remarks", ["a long story of one patient and the next " * 3, "another"] * 20, "long text under a name"),
        ("thumbnail", [f"images/{i}.png" for i in range(40)], "files of unknown use"),
    ],
)
def test_what_is_left_out_and_why(column: str, cells: list[Any], why: str) -> None:
    found = roles(column, cells)
    assert found.labels == {}
    assert found.left_out[column].startswith(why)


@pytest.mark.parametrize(
    ("column", "role"), [("Patient ID", "subject"), ("set", "split"), ("offset", "time"), ("License", "licence")]
)
def test_single_roles_by_name(column: str, role: str) -> None:
    assert roles(column, ["1", "2"] * 20).single == {"image": "image", role: column}


def test_a_time_that_is_no_number_is_no_time() -> None:
    assert "time" not in roles("offset", ["Day 1", "Day 2"] * 20).single


@pytest.mark.parametrize("column", ["mask", "label", "vessel_mask", "label_map", "seg_file"])
def test_columns_of_files_become_masks_by_their_names(column: str) -> None:
    assert roles(column, [f"masks/{i}.png" for i in range(40)]).masks == (column,)


def test_a_label_whose_values_are_called_like_files_stays_a_label() -> None:
    assert roles("label", [i % 3 for i in range(40)]).labels == {"label": "number"}


def test_the_facts_win() -> None:
    told = Facts(columns={"remarks": "caption", "label": "ignore"})
    assert roles("remarks", ["some words"] * 40, told).texts == {"remarks": "caption"}
    assert roles("label", ["a", "b"] * 20, told).labels == {}


@pytest.mark.parametrize(("cell", "value"), [("3", 3.0), ("-1e3", -1000.0), ("nan", None), ("inf", None), ("x", None)])
def test_number(cell: str, value: float | None) -> None:
    assert number(cell) == value


def test_label_values() -> None:
    assert label_value("flag", "Yes") is True
    assert label_value("flag", "n") is False
    assert label_value("number", "2.50") == 2.5
    assert label_value("number", "50+") is None
    assert label_value("text", "todo") is None
    assert label_value("text", "AP") == "AP"
