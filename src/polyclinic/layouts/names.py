"""The names by which columns, folders, splits and modalities are understood: names.toml, read once."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def names() -> dict[str, Any]:
    """The content of names.toml."""
    return tomllib.loads((resources.files("polyclinic.layouts") / "names.toml").read_text("utf-8"))


def plain(name: str) -> str:
    """A name as names.toml has it.

    Example:
        >>> plain("Patient ID"), plain("pO2 saturation")
        ('patient_id', 'po2_saturation')
    """
    return re.sub(r"[^0-9a-z\u0080-\uffff]+", "_", name.lower()).strip("_")


def role_of(column: str) -> str | None:
    """The role that a column's name has in `[roles]`, None where it has none."""
    name = plain(column)
    return next((role for role, listed in names()["roles"].items() if name in listed), None)


def rank(role: str, column: str) -> int:
    """Which of a role's names a column bears; the first is the best."""
    listed: list[str] = names()["roles"][role]
    return listed.index(plain(column)) if plain(column) in listed else len(listed)


def split_of(cell: str) -> str | None:
    """`train`, `val`, `test`, or None where the word is no split.

    Example:
        >>> split_of("Validation"), split_of("3")
        ('val', None)
    """
    return next((split for split, words in names()["splits"].items() if plain(cell) in words), None)


def modality_of(cell: str) -> str | None:
    """The DICOM code of a modality: from its everyday word, or as it stands if it is a code."""
    word = cell.strip().lower()
    known: dict[str, str] = names()["modalities"]
    return known.get(word) or (cell if re.fullmatch(r"[A-Z]{2,4}", cell) else None)


def kind_of(name: str) -> str | None:
    """`finding` or `organ` by the words in a region's name, None where none of them is known.

    Example:
        >>> kind_of("liver tumour"), kind_of("left kidney"), kind_of("A")
        ('finding', 'organ', None)
    """
    words = set(plain(name).split("_"))
    return next((kind for kind, listed in names()["kinds"].items() if words & set(listed)), None)


def label_name(column: str) -> str:
    """The name of the label that a column becomes: its own, unless names.toml knows a better one."""
    renamed: dict[str, str] = names()["labels"]["rename"]
    return renamed.get(plain(column), column)


def missing(cell: str) -> bool:
    """Whether a cell says that nothing is known."""
    return cell.strip().lower() in names()["missing"]["cells"]


def region_name(origin: str, folder: str = "") -> str | None:
    """What a mask column's or mask folder's name says that its masks show; None where it says nothing.

    Example:
        >>> region_name("vessel_mask"), region_name("mask", "polyp_masks"), region_name("labelsTr")
        ('vessel', 'polyp', None)
    """
    generic = names()["masks"]["generic"]
    for name in (origin, folder):
        parts = [part for part in plain(name).split("_") if part and part not in generic]
        if parts and plain(name) not in generic:
            return " ".join(parts)
    return None
