"""XML files, read without entities, external documents or surprise in size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from polyclinic.errors import LayoutError, ReadError

MOST_BYTES = 2**27
HEAD = 2**12


def read_xml(path: Path) -> Any:
    """The root element of an XML file.

    Raises:
        LayoutError: not XML, or one with entities or a document type of its own.
        ReadError: the file cannot be read, or is larger than `MOST_BYTES`.
    """
    from defusedxml import ElementTree  # type: ignore[import-untyped]
    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]

    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise ReadError(f"{path.name} is {size / 2**20:.0f} MiB of XML; the most is {MOST_BYTES >> 20}")
        return ElementTree.parse(path, forbid_dtd=True).getroot()
    except ElementTree.ParseError as error:
        raise LayoutError(f"{path.name}: not XML ({error})") from error
    except DefusedXmlException as error:
        raise LayoutError(f"{path.name}: XML with entities or a document type is refused") from error
    except (ValueError, LookupError) as error:
        raise LayoutError(f"{path.name}: not XML (its encoding is unknown)") from error
    except OSError as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(f"cannot read {path}: {error.strerror}") from error


def root_is(path: Path, tag: str) -> bool:
    """Whether an XML file's first element may have this name, by the file's head."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False
    return f"<{tag}".encode() in head


def text_of(element: Any, *path: str) -> str:
    """The text below an element, "" where the way leads nowhere.

    Example:
        >>> from defusedxml.ElementTree import fromstring
        >>> text_of(fromstring("<a><b><c> 7 </c></b></a>"), "b", "c"), text_of(fromstring("<a/>"), "b")
        ('7', '')
    """
    found = element.find("/".join(path))
    return (found.text or "").strip() if found is not None else ""
