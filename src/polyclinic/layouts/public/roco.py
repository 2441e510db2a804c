"""ROCO and ROCOv2: radiology figures of articles with captions and UMLS concepts.

Shape of ROCO: `train/radiology/captions.txt` (id, tab, caption), `cuis.txt`, `keywords.txt` and `licences.txt` beside
it, images in `images/`; the same for `validation` and `test`, `non-radiology`, and below `data/`. Shape of ROCOv2:
`train_captions.csv` (ID, Caption), `train_concepts.csv` (ID, CUIs parted by `;`), `license_information.csv`, images
in `train/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from polyclinic.layouts.asked import Asked, split_in
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import read_text
from polyclinic.layouts.streams import cell, one_of, rows_of
from polyclinic.store.collection import Collection

NAME = "ROCO"
LOOKED_FOR = "ROCO's captions.txt by split, or ROCOv2's train_captions.csv"
SET = "roco"
FIRST = ("*/radiology/captions.txt", "data/*/radiology/captions.txt", "*/radiology/*captions.txt")
SECOND = "*_captions.csv"
ARTICLE = re.compile(r"PMC\d+")
KINDS = ("radiology", "non-radiology")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    found = one_of(path, *FIRST) or next(
        (t for t in _tables(path) if one_of(path, f"{_split_name(t)}_concepts*.csv")), None
    )
    return f"{found.relative_to(path).as_posix()} is there" if found else None


def read(path: Path) -> Collection:
    """One Study a figure, with its caption; concepts are the label `concepts`, parted by blanks."""
    files = Files.below(path)
    asked = Asked(Intake(files, facts_of_set(SET, files)))
    for folder in _folders(path):
        _read_folder(asked, path, folder)
    for table in _tables(path):
        _read_table(asked, path, table)
    return asked.drafts.intake.collection(asked.drafts.studies(), "figures")


def _read_folder(asked: Asked, path: Path, folder: Path) -> None:
    concepts, keywords = dict(_lines(folder, "cuis.txt")), dict(_lines(folder, "keywords.txt"))
    licences = dict(_lines(folder, "licences.txt")) | dict(_lines(folder, "licenses.txt"))
    place = folder.relative_to(path).as_posix()
    split = split_of(folder.parent.name)
    for number, (name, caption) in enumerate(_lines(folder, "*captions.txt"), start=1):
        image = asked.drafts.picture(f"{place}/images/{name}.jpg", f"{place} caption {number}", f"{place}/{name}.jpg")
        licence = licences.get(name, [])
        article = ARTICLE.search(" ".join(licence))
        draft = asked.about(image, split, article[0] if article else "")
        if draft is None:
            continue
        draft.captions += [said for said in caption if said]
        draft.licence = licence[-1] if len(licence) > 1 else None
        draft.labels["kind"] = folder.name
        for label, held in (("concepts", concepts), ("keywords", keywords)):
            if words := " ".join(word for word in held.get(name, []) if word):
                draft.labels[label] = words


def _read_table(asked: Asked, path: Path, table: Path) -> None:
    split, name = split_in(Path(table.name)), _split_name(table)
    concepts = {row["ID"]: cell(row, "CUIs") for row, _ in rows_of(one_of(path, f"{name}_concepts.csv"))}
    licences = {cell(row, "ID", "Image", "image"): row for row, _ in rows_of(one_of(path, "licen*e_information.csv"))}
    for row, where in rows_of(table):
        ident = row["ID"]
        image = asked.drafts.picture(f"{name}/{ident}.jpg", where, f"{name}_images/{name}/{ident}.jpg")
        told = licences.get(ident)
        article = ARTICLE.search(" ".join(told.cells.values())) if told else None
        draft = asked.about(image, split, article[0] if article else "")
        if draft is None:
            continue
        draft.captions.append(cell(row, "Caption", "caption"))
        draft.licence = (cell(told, "License", "Licence", "license") or None) if told else None
        if found := concepts.get(ident):
            draft.labels["concepts"] = " ".join(found.split(";"))


def _lines(folder: Path, name: str) -> Iterator[tuple[str, list[str]]]:
    """Id and the fields after it, of a file parted by tabs."""
    file = one_of(folder, name)
    for line in read_text(file).splitlines() if file else ():
        fields = [field.strip() for field in line.split("\t")]
        if fields[0] and len(fields) > 1:
            yield fields[0], fields[1:]


def _folders(path: Path) -> list[Path]:
    patterns = [f"{above}*/{kind}" for above in ("", "data/") for kind in KINDS]
    return [folder for pattern in patterns for folder in sorted(path.glob(pattern)) if one_of(folder, "*captions.txt")]


def _tables(path: Path) -> list[Path]:
    return sorted(path.glob(SECOND)) if path.is_dir() else []


def _split_name(table: Path) -> str:
    return table.name.removesuffix("_captions.csv")
