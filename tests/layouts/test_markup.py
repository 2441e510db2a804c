"""XML from strangers."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic.errors import LayoutError, ReadError
from polyclinic.layouts import markup
from polyclinic.layouts.markup import read_markup, words

BOMB = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>'


def test_text_of_an_element(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<a><b>One <i>two</i>\n three</b></a>")
    root = read_markup(tmp_path / "a.xml")
    assert (words(root.find("b")), words(root.find("c"))) == ("One two three", "")


@pytest.mark.parametrize(
    "data",
    [BOMB.encode(), BOMB.encode("utf-16"), b"<!doctype a><a/>", b"<a><b></a>", b"", b"<?xml encoding='no'?><a/>"],
)
def test_what_is_hostile_or_broken_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.xml").write_bytes(data)
    with pytest.raises(LayoutError, match=r"a\.xml"):
        read_markup(tmp_path / "a.xml")


def test_size_is_seen_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xml").write_text("<a>xx</a>")
    monkeypatch.setattr(markup, "MOST_BYTES", 8)
    with pytest.raises(LayoutError, match="more than"):
        read_markup(tmp_path / "a.xml")
    with pytest.raises(ReadError, match="cannot read"):
        read_markup(tmp_path / "b.xml")
