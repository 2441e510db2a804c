"""What layouts ask of XML: which files are theirs, and the text in an element. `readers.markup` reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

HEAD = 2**12


def root_is(path: Path, tag: str) -> bool:
    """Whether an XML file's first element may have this name, by the file's head."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False
    return f"<{tag}".encode() in head


def text_of(element: Element, *path: str) -> str:
    """The text at a place below an element, "" where the way leads nowhere.

    Example:
        >>> from xml.etree.ElementTree import fromstring
        >>> text_of(fromstring("<a><b><c> 7 </c></b></a>"), "b", "c"), text_of(fromstring("<a/>"), "b")
        ('7', '')
    """
    found = element.find("/".join(path))
    return (found.text or "").strip() if found is not None else ""


def words(element: Element | None) -> str:
    """All text of an element, blanks made single; "" where there is none."""
    return " ".join(" ".join(element.itertext()).split()) if element is not None else ""
