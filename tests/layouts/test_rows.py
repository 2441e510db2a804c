"""Table files: encodings, separators, JSON forms, and what is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic.errors import LayoutError, ReadError
from polyclinic.layouts.rows import read_json, read_table


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"image,note\nx.png,caf\xc3\xa9\n"),
        ("a.csv", b"\xef\xbb\xbfimage,note\r\nx.png,caf\xc3\xa9\r\n"),
        ("a.csv", b"image;note\nx.png;caf\xe9\n"),
        ("a.tsv", b"image\tnote\nx.png\tcaf\xc3\xa9\n"),
        ("a.jsonl", '{"image": "x.png", "note": "café"}\n'.encode()),
        ("a.json", '[{"image": " x.png ", "note": "café"}]'.encode()),
    ],
)
def test_forms(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    table = read_table(tmp_path / name)
    assert table.columns == ("image", "note")
    assert table.rows[0].cells == {"image": "x.png", "note": "café"}


def test_lines_are_the_files_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('image,note\nx.png,"two\nlines"\n\ny.png,\n')
    table = read_table(tmp_path / "a.csv")
    assert [table.where(row) for row in table.rows] == ["a.csv line 3", "a.csv line 5"]


def test_json_values_become_text(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"a": 1, "b": null, "c": ["x", "y"], "d": true}]')
    assert read_table(tmp_path / "a.json").rows[0].cells == {"a": "1", "b": "", "c": "x\ny", "d": "true"}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", '{"a": 1}', "expected a list"),
        ("a.json", "[1]", "item 1: expected an object"),
        ("a.jsonl", '{"a": 1}\n{"a"\n', "line 2: not JSON"),
        ("a.json", "[" * 100_000, "JSON"),
    ],
)
def test_broken(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(LayoutError, match=told):
        read_table(tmp_path / name)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ReadError):
        read_table(tmp_path / "a.csv")


@pytest.mark.parametrize("text", ["[" * 100_000, "[" + "9" * 5000 + "]"])
def test_json_beyond_reason_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(LayoutError, match=r"a\.json: not JSON that can be read"):
        read_json(tmp_path / "a.json")
