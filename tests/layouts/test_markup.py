"""XML that is read, and XML that is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic.errors import LayoutError, ReadError
from polyclinic.layouts import markup
from polyclinic.layouts.markup import read_xml, root_is, text_of

LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'


def test_text_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<a><b><c> 7 </c></b></a>")
    root = read_xml(tmp_path / "a.xml")
    assert (text_of(root, "b", "c"), text_of(root, "b", "d")) == ("7", "")
    assert root_is(tmp_path / "a.xml", "a")
    assert not root_is(tmp_path / "a.xml", "x")
    assert not root_is(tmp_path / "gone.xml", "a")


@pytest.mark.parametrize(
    "text", [LAUGHS, OUTSIDE, "<!DOCTYPE a><a/>", "<a>", "", '<?xml version="1.0" encoding="q"?><a/>']
)
def test_what_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(LayoutError, match=r"a\.xml"):
        read_xml(tmp_path / "a.xml")


def test_size_is_looked_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xml").write_text("<a/>")
    monkeypatch.setattr(markup, "MOST_BYTES", 3)
    with pytest.raises(ReadError, match="the most"):
        read_xml(tmp_path / "a.xml")
    with pytest.raises(ReadError, match="cannot read"):
        read_xml(tmp_path / "gone.xml")
