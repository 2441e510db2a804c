"""Open-i (Indiana University): chest radiographs with reports in sections and MeSH terms.

Shape: reports as `ecgen-radiology/*.xml` (or in the folder itself) with images `NLMCXR_png/CXR1_1_IM-0001-3001.png`
anywhere below; or `indiana_reports.csv` and `indiana_projections.csv` with `1_IM-0001-4001.dcm.png`. One Study is one
report with its views.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from polyclinic.errors import LayoutError, ReadError
from polyclinic.layouts.drafts import Draft, Drafts, placed
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.markup import words
from polyclinic.layouts.streams import cell, head, one_of, rows_of
from polyclinic.readers.markup import read_xml
from polyclinic.store.collection import Collection

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "Open-i"
LOOKED_FOR = "Open-i's XML reports, or indiana_reports.csv with indiana_projections.csv"
SET = "openi"
SECTIONS = ("indication", "comparison", "findings", "impression")
MARK = b"<eCitation"
HEAD = 2**12


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if one_of(path, "indiana_reports.csv") and one_of(path, "indiana_projections.csv"):
        return "indiana_reports.csv and indiana_projections.csv are there"
    first = one_of(path, "*.xml", "ecgen-radiology/*.xml", "NLMCXR_reports/ecgen-radiology/*.xml")
    if first is None:
        return None
    with first.open("rb") as file:
        return f"{first.name} is an Open-i report" if MARK in file.read(HEAD) else None


def read(path: Path) -> Collection:
    """One Study a report."""
    files = Files.below(path)
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    if one_of(path, "indiana_reports.csv"):
        _read_tables(path, drafts)
    else:
        _read_reports(drafts)
    textual = sum(not draft.images for draft in drafts)
    if textual:
        drafts.intake.notes.append(f"{textual} reports come without an image")
    return drafts.intake.collection(drafts.studies(pictured=False), "reports")


def _read_reports(drafts: Drafts) -> None:
    files = drafts.intake.files
    for path in sorted((p for p in files.paths if p.lower().endswith(".xml")), key=_by_number):
        try:
            root = read_xml(files.root / path)
        except ReadError as error:
            drafts.intake.skipped.append(str(error))
            continue
        name = Path(path).stem
        draft = drafts.open(name, name)
        _take(drafts, draft, root, path)


def _take(drafts: Drafts, draft: Draft, root: Element, path: str) -> None:
    for section in root.iter("AbstractText"):
        name, said = (section.get("Label") or "").lower(), words(section)
        if name in SECTIONS and said:
            draft.sections[name] = said
    _mention(draft, [words(term) for term in root.iter("major")])
    for shown in root.iter("parentImage"):
        image = drafts.intake.image(shown.get("id") or "", path)
        if image is not None:
            draft.show(image)
        if caption := words(shown.find("caption")):
            draft.labels["image"] = caption


def _read_tables(path: Path, drafts: Drafts) -> None:
    for row, _ in rows_of(one_of(path, "indiana_reports.csv")):
        draft = drafts.open(row["uid"], row["uid"])
        draft.sections = {name: said for name in SECTIONS if (said := cell(row, name))}
        _mention(draft, row["MeSH"].split(";"))
        draft.note("image", row["image"])
    table = one_of(path, "indiana_projections.csv")
    if table is None or "filename" not in head(table):
        raise LayoutError(f"{path}: indiana_projections.csv has no column filename")
    for row, where in rows_of(table):
        image, held = drafts.intake.image(row["filename"], where), drafts.get(row["uid"])
        if image is not None and held is not None:
            held.show(placed(image, view="LL" if row["projection"] == "Lateral" else ""))


def _mention(draft: Draft, terms: Sequence[str]) -> None:
    """Findings from MeSH terms (`Opacity/lung/base/left`): the words after the first are the place and its kind."""
    for term in filter(None, (term.strip() for term in terms)):
        name, _, rest = term.partition("/")
        if name.lower() == "normal":
            draft.labels["no finding"] = True
        elif not name.lower().startswith("no indexing"):
            where = {"qualifiers": rest.replace("/", ", ")} if rest else {}
            draft.say(name.lower(), True, **where)


def _by_number(path: str) -> tuple[int, str]:
    return int(re.sub(r"\D", "", Path(path).stem) or 0), path
