"""XML from strangers: size and entities are refused before anything is built."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from polyclinic.errors import LayoutError, ReadError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_BYTES = 2**25
DECLARES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def read_markup(path: Path) -> Element:
    """The root element of an XML file.

    A document type or an entity is refused: with them a small file can grow without end, or name other files.

    Raises:
        LayoutError: not XML, larger than 32 MiB, not UTF-8 or ASCII, or with a document type.
        ReadError: the file cannot be read.
    """
    from xml.etree import ElementTree

    try:
        if path.stat().st_size > MOST_BYTES:
            raise LayoutError(f"{path.name}: XML of more than {MOST_BYTES // 2**20} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error
    if b"\x00" in data or DECLARES.search(data):  # UTF-16 holds zero bytes and would hide a declaration
        raise LayoutError(f"{path.name}: XML with a document type, an entity or wide characters is refused")
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise LayoutError(f"{path.name}: not XML ({error})") from error


def words(element: Element | None) -> str:
    """All text of an element, blanks made single; "" where there is none."""
    return " ".join(" ".join(element.itertext()).split()) if element is not None else ""
