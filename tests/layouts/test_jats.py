from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts import open_folder, recognise
from polyclinic.study import Region

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def article(path: Path, *graphics: str, pmc: str = "7", extra: str = "") -> Path:
    """An article with a figure for each graphic."""
    figures = "".join(
        f'<fig id="f{i}"><caption><p>Lung {i}: (a) left, (b) right.</p></caption><graphic xlink:href="{g}"/></fig>'
        for i, g in enumerate(graphics, start=1)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'{extra}<article {XLINK}><article-meta><article-id pub-id-type="pmc">{pmc}</article-id>'
        '<article-id pub-id-type="doi">10.1/x</article-id><article-title>Lungs</article-title><permissions>'
        '<license xlink:href="http://creativecommons.org/licenses/by/4.0/"/></permissions></article-meta>'
        f'<body><p>See <xref ref-type="fig" rid="f1">1</xref>.</p>{figures}</body></article>'
    )
    return path


def test_a_study_a_figure(tmp_path, paint):
    article(tmp_path / "a" / "a.nxml", "one", "two.tif")
    paint("a/one.jpg")
    paint("a/one.png")  # another article's figure has this name, too
    paint("b/one.png")
    paint("a/two.jpg")
    assert recognise(tmp_path).layout.NAME == "JATS articles"
    held = open_folder(tmp_path)
    one, two = held.studies
    assert (one.id, one.subject, one.images[0].path) == ("PMC7-f1", "PMC7", "a/one.png")
    assert one.captions == ("Lung 1: (a) left, (b) right.", "See 1.")
    assert one.regions == (Region("panel a", "panel", text="left"), Region("panel b", "panel", text="right"))
    assert (one.source.name, one.source.licence, one.source.location) == (
        "Lungs",
        "CC-BY-4.0",
        "https://doi.org/10.1/x",
    )
    assert (two.id, two.images[0].path, two.captions) == ("PMC7-f2", "a/two.jpg", ("Lung 2: (a) left, (b) right.",))
    assert one.images[0].pixels.shape == (1, 6, 8)


@pytest.mark.parametrize("place", ["one.png", "a/one.png", "figures/one.png", "elsewhere/one.png"])
def test_where_figures_may_lie(tmp_path, paint, place):
    article(tmp_path / "a.xml", "one")
    paint(place)
    assert [study.images[0].path for study in open_folder(tmp_path)] == [place]
    assert open_folder(tmp_path / "a.xml").studies[0].captions


def test_what_is_missing_or_unsafe_is_said(tmp_path, paint):
    article(tmp_path / "a.xml", "one", "gone", "../../etc/secret.png", "/etc/secret.png", "one\x7f")
    article(tmp_path / "b.xml", "one", pmc="8", extra="<!DOCTYPE article [<!ENTITY e 'x'>]>")
    paint("one.png")
    held = open_folder(tmp_path)
    assert [study.id for study in held] == ["PMC7-f1"]
    assert len(held.skipped) == 5
    assert held.skipped[0].startswith("b.xml: defines its own document type")
    assert "a.xml f2: image gone is missing" in held.skipped
    assert "a.xml f3: image ../../etc/secret.png is missing" in held.skipped


def test_articles_without_any_figure_file_give_their_captions(tmp_path):
    article(tmp_path / "a.xml", "one", "two")
    held = open_folder(tmp_path)
    assert [(study.id, study.images) for study in held] == [("PMC7-f1", ()), ("PMC7-f2", ())]
    assert "captions without pictures" in held.header.note


def test_each_article_is_judged_by_itself(tmp_path, paint):
    article(tmp_path / "a.xml", "one")
    article(tmp_path / "b.xml", "two", pmc="8")
    paint("one.png")
    held = open_folder(tmp_path)
    assert [(study.id, len(study.images)) for study in held] == [("PMC7-f1", 1), ("PMC8-f1", 0)]
    assert held.skipped == ()
    assert str(held.header.note).startswith("1 articles have none")


def test_articles_without_figures_are_no_collection(tmp_path):
    article(tmp_path / "a.xml")
    with pytest.raises(LayoutError, match="none of its figures"):
        open_folder(tmp_path)


def test_other_xml_is_left_alone(tmp_path, paint):
    (tmp_path / "note.xml").write_text("<annotation/>")
    for name in ("cat/a.png", "dog/b.png"):
        paint(name)
    assert recognise(tmp_path).layout.NAME == "folder per class"
