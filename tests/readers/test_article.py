from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic.errors import ReadError
from polyclinic.readers.article import is_article, read_article, spdx

ARTICLE = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96)//EN" "JATS-archivearticle1.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
<article-id pub-id-type="pmc">123</article-id><article-id pub-id-type="doi">10.1/x</article-id>
<title-group><article-title>Of <italic>two</italic>
 lungs</article-title></title-group>
<permissions><license><license-p>Under <ext-link xlink:href="https://creativecommons.org/licenses/by-nc-sa/3.0/igo/"/>
</license-p></license></permissions></article-meta></front>
<body><p>First. The nodule (<xref ref-type="fig" rid="f1">Fig. 1A</xref>) grew, see
<xref ref-type="bibr" rid="f1">9</xref>.
Both <xref ref-type="fig" rid="f1 f2">Figs. 1, 2</xref> agree. Nothing here.
<fig id="f1"><label>Figure 1.</label><caption><title>Lungs.</title><p><bold>a</bold> left, <bold>b</bold> right
<inline-formula><alternatives><tex-math>\\alpha</tex-math></alternatives></inline-formula></p></caption>
<alternatives><graphic xlink:href="one.tif"/><graphic xlink:href="one.thumb.jpg"/></alternatives></fig></p>
<fig-group id="g"><caption><p>A pair, cited by <xref ref-type="fig" rid="f1">1</xref>.</p></caption>
<fig id="f2"><graphic xlink:href="two"/><graphic xlink:href="three"/></fig></fig-group>
<p>The pair (<xref ref-type="fig" rid="g">2</xref>) is whole.</p></body></article>"""


def written(path: Path, text: str = ARTICLE) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_what_an_article_says(tmp_path: Path) -> None:
    article = read_article(written(tmp_path / "a.xml"))
    assert article.ids == {"pmcid": "PMC123", "doi": "10.1/x"}
    assert (article.title, article.licence) == ("Of two lungs", "CC-BY-NC-SA-3.0-IGO")
    one, two = article.figures
    assert (one.id, one.label, one.caption) == ("f1", "Figure 1.", "Lungs. a left, b right")
    assert [(panel.label, panel.text) for panel in one.panels] == [("a", "left"), ("b", "right")]
    assert one.graphics == (("one.tif", "one.thumb.jpg"),)
    assert two.graphics == (("two",), ("three",))
    assert two.caption == "A pair, cited by 1."


def test_the_sentences_that_refer_to_a_figure(tmp_path: Path) -> None:
    one, two = read_article(written(tmp_path / "a.xml")).figures
    assert one.mentions == ("The nodule (Fig. 1A) grew, see 9.", "Both Figs. 1, 2 agree.")
    assert two.mentions == ("Both Figs. 1, 2 agree.", "The pair (2) is whole.")


def test_an_article_may_say_nothing(tmp_path: Path) -> None:
    article = read_article(written(tmp_path / "a.xml", "<article><fig/></article>"))
    assert (article.ids, article.title, article.licence) == ({}, "", None)
    assert article.figures[0].caption == article.figures[0].id == ""


@pytest.mark.parametrize("text", ["<html><body/></html>", "<article><fig></article>", ARTICLE[:-20]])
def test_what_is_no_article_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReadError):
        read_article(written(tmp_path / "a.xml", text))


@pytest.mark.parametrize(
    ("link", "licence"),
    [
        ("http://creativecommons.org/licenses/by/2.0", "CC-BY-2.0"),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0/legalcode", "CC-BY-NC-ND-4.0"),
        ("https://creativecommons.org/licenses/by/3.0/us/", "CC-BY-3.0-US"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
        ("https://creativecommons.org/", None),
        ("", None),
    ],
)
def test_licences(link: str, licence: str | None) -> None:
    assert spdx(link) == licence


def test_heads() -> None:
    assert is_article(ARTICLE.encode()[:400])
    assert is_article(b"<nlm:article >")
    assert not is_article(b"<annotation><article-title>")
