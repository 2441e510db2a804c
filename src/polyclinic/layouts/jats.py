"""Articles in JATS XML, as PubMed Central packs them: their figures with captions and what the text says of them.

Shape: `FOLDER/*.xml` with the figures beside each or in a folder below, or such a folder an article. One Study a
figure: first its caption, then the sentences that refer to it; panels that the caption names are regions without a
place (`panel a`), and the article is the subject.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from polyclinic.errors import ReadError
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.readers import ENDINGS
from polyclinic.readers.article import Article, Figure, is_article, read_article
from polyclinic.readers.captions import Panel
from polyclinic.store.collection import Collection
from polyclinic.study import Image, Region, Source, Study

NAME = "JATS articles"
LOOKED_FOR = "articles in JATS XML"
XML = (".xml", ".nxml")
HEAD_BYTES = 2**16  # comments and a document type stand before the root
MOST_LOOKED_AT = 200  # other sets come with an XML an image
PANEL = "panel"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    named = _files(path)
    found = next((name for name in named.paths[:MOST_LOOKED_AT] if _may_be_article(named.root / name)), None)
    return f"{found} is a JATS article" if found else None


def read(path: Path) -> Collection:
    """One Study a figure.

    A figure whose file is not there is skipped; an article that has none of its files is read without pictures.
    """
    named, files = _files(path), Files.below(path if path.is_dir() else path.parent)
    intake = Intake(files, facts_of(files))
    articles = [(name, article) for name in named.paths if (article := _article(intake, name)) is not None]
    pictured = {name for name, article in articles if _pictured(intake, name, article)}
    if bare := len(articles) - len(pictured):
        intake.notes.append(f"{bare} articles have none of their figures' files here: captions without pictures")
    studies = [study for name, article in articles for study in _studies(intake, name, article, name in pictured)]
    return intake.collection(studies, "figures")


def _files(path: Path) -> Files:
    """The XML files that a path means."""
    if path.is_file():
        return Files(path.parent, (path.name,) if path.suffix.lower() in XML else ())
    files = Files.below(path)
    return Files(path, tuple(name for name in files.paths if name.lower().endswith(XML)))


def _may_be_article(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_article(file.read(HEAD_BYTES))
    except OSError:
        return False


def _article(intake: Intake, name: str) -> Article | None:
    path = intake.files.root / name
    if not _may_be_article(path):
        return None
    try:
        return read_article(path)
    except ReadError as error:
        intake.skipped.append(f"{name}: {str(error).removeprefix(f'{path} ')}")
        return None


def _pictured(intake: Intake, name: str, article: Article) -> bool:
    """Whether the file of any of the article's figures is there."""
    every = (forms for figure in article.figures for forms in figure.graphics)
    return any(next(_found(intake, name, forms), None) for forms in every)


def _studies(intake: Intake, name: str, article: Article, pictured: bool) -> Iterator[Study]:
    key = article.ids.get("pmcid") or PurePosixPath(name).stem
    location = f"https://doi.org/{article.ids['doi']}" if "doi" in article.ids else None
    for number, figure in enumerate(article.figures, start=1):
        where = f"{name} {figure.id or f'figure {number}'}"
        images = tuple(_images(intake, name, figure, where)) if pictured else ()
        if images or not pictured:
            yield Study(
                id=intake.name(f"{key}-{figure.id or number}"),
                subject=key,
                domain=intake.facts.domain,
                images=images,
                captions=tuple(text for text in (figure.caption, *figure.mentions) if text),
                regions=tuple(map(_region, figure.panels)),
                source=Source(article.title or key, article.licence or intake.facts.licence, location),
            )


def _region(panel: Panel) -> Region:
    return Region(f"{PANEL} {panel.label}", PANEL, text=panel.text)


def _images(intake: Intake, name: str, figure: Figure, where: str) -> Iterator[Image]:
    """The figure's pictures; what is missing goes to `skipped`."""
    if not figure.graphics:
        intake.skipped.append(f"{where}: no image is named")
    for forms in figure.graphics:
        found = next(_found(intake, name, forms), forms[0])
        if (image := intake.image(found, where)) is not None:
            yield image


def _found(intake: Intake, name: str, forms: Iterable[str]) -> Iterator[str]:
    """Files that are there for one picture, nearest first.

    The XML may leave the ending out, or name that of the publisher's original where another lies beside it.
    """
    folder, own = PurePosixPath(name).parent, PurePosixPath(name).stem
    for base in (folder, folder / own, folder / "figures", folder / own / "figures"):
        for called in forms:
            for ending in ("", *ENDINGS):
                asked = (base / (called if not ending else stem(called) + ending)).as_posix()
                if intake.files.find(asked) == asked:
                    yield asked
    yield from (found for called in forms if (found := intake.files.find(called)) is not None)
