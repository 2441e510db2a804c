"""Large tables: packed or not, broken or not, row by row."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyclinic.errors import LayoutError, PolyclinicError, ReadError
from polyclinic.layouts.rows import Row
from polyclinic.layouts.streams import MOST_LINE, cell, head, listed, one_of, stream

TABLE = b'\xef\xbb\xbf a, b \n1,"x,\ny"\n\n,\n2\n'


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "packed.csv"])
def test_rows_and_their_lines(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(TABLE if name == "t.csv" else gzip.compress(TABLE))
    assert head(tmp_path / name) == ("a", "b")
    assert [(row.line, row["a"], row["b"]) for row in stream(tmp_path / name)] == [(3, "1", "x,\ny"), (6, "2", "")]


def test_a_tab_parts_cells_where_told(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("a\tb\n1\t2,3\n")
    assert [row.cells for row in stream(tmp_path / "t.txt", "\t")] == [{"a": "1", "b": "2,3"}]


def test_faults_are_told(tmp_path: Path) -> None:
    missing, cut, endless = tmp_path / "no.csv", tmp_path / "cut.csv.gz", tmp_path / "endless.csv.gz"
    cut.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 999)[:-20])
    endless.write_bytes(gzip.compress(b"a,b\n" + b"1" * (MOST_LINE + 5)))
    assert head(missing) == ()
    for path, error in ((missing, ReadError), (cut, ReadError), (endless, LayoutError)):
        with pytest.raises(error, match=path.name):
            list(stream(path))


def test_a_field_beyond_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n" + "1" * 200_000 + "\n")
    with pytest.raises(LayoutError, match="line 2: not CSV"):
        list(stream(tmp_path / "t.csv"))


def test_several_spellings(tmp_path: Path) -> None:
    assert cell(Row(2, {"A": "n/a", "a": "1"}), "A", "a", "b") == "1"
    assert cell(Row(2, {"A": "n/a"}), "A", "b") == ""
    (tmp_path / "x-2.csv").write_text("")
    (tmp_path / "x-1.csv").mkdir()
    assert one_of(tmp_path, "y.csv", "x-*.csv") == tmp_path / "x-2.csv"
    assert one_of(tmp_path, "y.csv") is None


@given(st.binary(max_size=200), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_bytes_are_rows_or_an_error_of_ours(tmp_path: Path, data: bytes, packed: bool) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(gzip.compress(data)[: len(data) + 15] if packed else data)
    rows, told = [], "t.csv"
    try:
        rows = list(stream(path))
    except PolyclinicError as error:
        told = str(error)
    assert "t.csv" in told
    assert all(set(row.cells) <= set(head(path)) for row in rows)


def test_lists_in_cells_are_read_and_nothing_runs() -> None:
    assert listed("[['mass', 'loc left'], []]") == [["mass", "loc left"], []]
    for written in ("", "mass", "[", "[__import__('os')]", "(1, 2)", "[" * 5000, "{'a': 1}"):
        assert listed(written) == []
