from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from polyclinic.errors import ReadError
from polyclinic.readers import markup
from polyclinic.readers.markup import read_xml

LAUGHS = "<!DOCTYPE a [<!ENTITY l0 'ha'>" + "".join(f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, 12))


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_names_lose_their_namespace(tmp_path: Path, encoding: str) -> None:
    text = '<a xmlns:x="http://www.w3.org/1999/xlink" xmlns="urn:y"><b x:href="f">caf\u00e9 &#945; &lt;</b>tail</a>'
    root = read_xml(written(tmp_path / "a.xml", text, encoding))
    assert (root.tag, root[0].tag, root[0].get("href")) == ("a", "b", "f")
    assert (root[0].text, root[0].tail) == ("caf\u00e9 \u03b1 <", "tail")


def test_a_public_document_type_is_not_followed(tmp_path: Path) -> None:
    kind = f'<!DOCTYPE a PUBLIC "-//NLM//DTD" "{(tmp_path / "absent.dtd").as_uri()}">'
    assert read_xml(written(tmp_path / "a.xml", f"{kind}<a>b</a>")).text == "b"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{LAUGHS}]><a>&l11;</a>", "document type"),
        ('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "document type"),
        ('<!DOCTYPE a [<!ENTITY % e SYSTEM "http://127.0.0.1:9/e"> %e;]><a/>', "document type"),
        (f'<!DOCTYPE a [<!ATTLIST a b CDATA "{"x" * 999}">]><a/>', "document type"),
        ('<!DOCTYPE a PUBLIC "p" "s.dtd"><a>caf&eacute;</a>', "entity 'eacute'"),
        ("<a>&eacute;</a>", "line 1: undefined entity"),
        ("<a>" * 300 + "</a>" * 300, "deeper than 200"),
        ("<a><b></a>", "line 1: mismatched tag"),
        ("", "no element found"),
        ("\0\1\2", "not well formed"),
        ("<a>" + "<b/>" * 50 + "</a>", "more than 40 elements"),
        ("<a>" + " " * 3000 + "</a>", "the most for XML is 2500"),
    ],
)
def test_what_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str) -> None:
    monkeypatch.setattr(markup, "MOST_ELEMENTS", 400 if "deeper" in told else 40)
    monkeypatch.setattr(markup, "MOST_BYTES", 2500)
    with pytest.raises(ReadError, match=told):
        read_xml(written(tmp_path / "a.xml", text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"gone\.xml is missing"):
        read_xml(tmp_path / "gone.xml")


def test_laughs_cost_no_memory(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xml", f"{LAUGHS}]><a>&l11;</a>")
    tracemalloc.start()
    with pytest.raises(ReadError):
        read_xml(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20
