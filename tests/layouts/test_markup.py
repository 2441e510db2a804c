"""What layouts ask of XML."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import fromstring

from polyclinic.layouts.markup import root_is, text_of, words


def test_the_head_tells_the_root(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<?xml version='1.0'?><annotation><b/></annotation>")
    assert root_is(tmp_path / "a.xml", "annotation")
    assert not root_is(tmp_path / "a.xml", "article")
    assert not root_is(tmp_path / "gone.xml", "annotation")


def test_text_is_found() -> None:
    root = fromstring("<a><b>One <i>two</i>\n three</b><c><d> 7 </d></c></a>")
    assert (text_of(root, "c", "d"), text_of(root, "c", "e")) == ("7", "")
    assert (words(root.find("b")), words(root.find("x"))) == ("One two three", "")
