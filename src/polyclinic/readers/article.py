"""Articles in JATS XML, as PubMed Central and publishers give them: their figures and what is said of them.

Source: JATS, the Journal Article Tag Suite (ANSI/NISO Z39.96): `fig`, `caption`, `graphic`, `xref`, `license`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from polyclinic.errors import ReadError
from polyclinic.readers.captions import BOLD_IN, BOLD_OUT, Panel, plain, sentences, split_panels
from polyclinic.readers.files import reading
from polyclinic.readers.markup import read_xml

ROOT = "article"
LICENCE = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<kind>by[a-z-]*)/(?P<version>\d\.\d)(?:/(?P<port>[a-z]{2,3})(?=/|$))?"
    r"|(?:publicdomain|licenses)/(?P<public>zero|mark)/(?P<stage>\d\.\d))",
    re.IGNORECASE,
)
PUBLIC = {"zero": "CC0", "mark": "CC-PDM"}
APART = frozenset({"fig", "fig-group", "table-wrap", "table-wrap-group", "boxed-text", "supplementary-material"})
UNSAID = frozenset({"tex-math", "object-id", "permissions", "attrib"})  # stands in a text and is not said in it
SPACED = frozenset({"title", "p", "list-item", "label", "break", "sec", "def-item"})
CITE_IN, CITE_OUT = "\ue002", "\ue003"
MARKS = re.compile(r"[\ue000-\ue003]")


@dataclass(frozen=True)
class Figure:
    """One figure of an article.

    Args:
        id: as the XML has it; "" where it has none.
        label: "Figure 1".
        caption: the whole of it.
        panels: the parts that the caption names.
        mentions: the sentences of the text that refer to the figure, in reading order.
        graphics: the files of each picture, as the XML calls them; several where one picture has several forms.
    """

    id: str
    label: str
    caption: str
    panels: tuple[Panel, ...]
    mentions: tuple[str, ...]
    graphics: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Article:
    """What an article says of itself.

    Args:
        ids: kind -> value: `pmcid` (always with its PMC), `pmid`, `doi` and others.
        licence: as SPDX names it; None where no Creative Commons link is given.
    """

    ids: Mapping[str, str]
    title: str
    licence: str | None
    figures: tuple[Figure, ...]


def read_article(path: Path) -> Article:
    """Read one article.

    Raises:
        ReadError: unsafe or broken XML, or XML of something else.
    """
    with reading(path, "a JATS article"):
        root = read_xml(path)
        article = root if root.tag == ROOT else root.find(f".//{ROOT}")
        if article is None:
            raise ReadError(f"{path} is no JATS article: its root is <{root.tag[:40]}>")
        return _article(article)


def is_article(head: bytes) -> bool:
    """Whether the first bytes of a file may be those of an article."""
    return re.search(rb"<(?:\w+:)?article[\s>]", head) is not None


def spdx(text: str) -> str | None:
    """The SPDX id of the first Creative Commons link in a text.

    Example:
        >>> spdx("see http://creativecommons.org/licenses/by-nc/4.0/"), spdx("all rights reserved")
        ('CC-BY-NC-4.0', None)
    """
    found = LICENCE.search(text)
    if found is None:
        return None
    if found["public"]:
        return f"{PUBLIC[found['public'].lower()]}-{found['stage']}"
    parts = ["CC", found["kind"].strip("-"), found["version"], found["port"]]
    return "-".join(part for part in parts if part).upper()


def _article(article: Element) -> Article:
    mentions = _mentions(article)
    figures = tuple(_figure(one, group, mentions) for one, group in _figures(article, None))
    meta = next(article.iter("article-meta"), article)
    title = next(meta.iter("article-title"), None)
    return Article(_ids(meta), "" if title is None else plain(_text(title)), _licence(meta), figures)


def _ids(meta: Element) -> dict[str, str]:
    ids = {one.get("pub-id-type", "id"): plain("".join(one.itertext())) for one in reversed(meta.findall("article-id"))}
    number = ids.pop("pmc", None) or ids.get("pmcid")
    return ids | ({"pmcid": f"PMC{number.upper().removeprefix('PMC')}"} if number else {})


def _licence(meta: Element) -> str | None:
    for permissions in meta.iter("permissions"):
        for element in permissions.iter():
            for said in (*element.attrib.values(), element.text or ""):
                if found := spdx(said):
                    return found
    return None


def _figures(element: Element, group: Element | None) -> Iterator[tuple[Element, Element | None]]:
    """Every figure with the group it stands in."""
    for child in element:
        if child.tag == "fig":
            yield child, group
        yield from _figures(child, child if child.tag == "fig-group" else group)


def _figure(fig: Element, group: Element | None, mentions: Mapping[str, list[str]]) -> Figure:
    """A figure; what it lacks comes from its group."""
    holders = [fig] if group is None else [fig, group]
    caption = next((one for one in (holder.find("caption") for holder in holders) if one is not None), None)
    label = next((one for one in (holder.find("label") for holder in holders) if one is not None), None)
    names = [name for name in (holder.get("id", "") for holder in holders) if name]
    said = [sentence for name in names for sentence in mentions.get(name, ())]
    marked = "" if caption is None else _text(caption)
    return Figure(
        id=fig.get("id", ""),
        label="" if label is None else plain(_text(label)),
        caption=plain(marked),
        panels=split_panels(marked),
        mentions=tuple(dict.fromkeys(said)),
        graphics=tuple(_graphics(fig)),
    )


def _graphics(element: Element) -> Iterator[tuple[str, ...]]:
    """File names of each picture; `alternatives` hold one picture several times."""
    for child in element:
        if child.tag == "graphic":
            yield from [(child.get("href", ""),)] if child.get("href") else []
        elif child.tag == "alternatives":
            forms = tuple(one.get("href", "") for one in child.iter("graphic") if one.get("href"))
            yield from [forms] if forms else []
        elif child.tag != "fig":
            yield from _graphics(child)


def _mentions(article: Element) -> dict[str, list[str]]:
    """Figure's id -> sentences of the text that refer to it."""
    found: dict[str, list[str]] = defaultdict(list)
    for paragraph in _paragraphs(article):
        for sentence in sentences(plain(_text(paragraph, cited=True))):
            names = " ".join(re.findall(f"{CITE_IN}(.*?){CITE_OUT}", sentence)).split()
            said = plain(re.sub(f"{CITE_IN}.*?{CITE_OUT}", "", sentence))
            for name in dict.fromkeys(names):
                found[name].append(said)
    return found


def _paragraphs(element: Element) -> Iterator[Element]:
    """Outermost paragraphs that stand in no figure or table."""
    for child in element:
        if child.tag == "p":
            yield child
        elif child.tag not in APART:
            yield from _paragraphs(child)


def _text(element: Element, *, cited: bool = False) -> str:
    """Text with its bold parts marked.

    Args:
        cited: leave figures and tables out, and mark which figures are referred to.
    """
    return "".join(_pieces(element, cited))


def _pieces(element: Element, cited: bool) -> Iterator[str]:
    bold = element.tag == "bold" and not cited
    yield BOLD_IN if bold else " " if element.tag in SPACED else ""
    yield MARKS.sub("", element.text or "")
    for child in element:
        if child.tag not in UNSAID and not (cited and child.tag in APART):
            yield from _pieces(child, cited)
        yield MARKS.sub("", child.tail or "")
    if cited and element.tag == "xref" and element.get("ref-type") == "fig":
        yield f"{CITE_IN}{MARKS.sub('', element.get('rid', ''))}{CITE_OUT}"
    yield BOLD_OUT if bold else " " if element.tag in SPACED else ""
