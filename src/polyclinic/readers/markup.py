"""XML that strangers wrote, as an element tree: nothing is fetched, nothing expanded, nothing nested without end.

A document type that names an external definition is allowed (every JATS article has one) and never followed.
Definitions inside the document are refused, since entities and default attributes grow a small file into a
large one. Namespaces are left out of the names: `xlink:href` is `href`.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from polyclinic.errors import ReadError
from polyclinic.readers.files import reading

MOST_BYTES = 2**25
MOST_ELEMENTS = 1_000_000
DEEPEST = 200


def read_xml(path: Path) -> Element:
    """The document's root.

    Raises:
        ReadError: missing, not well formed, too large, too deep, or with definitions or entities of its own.
    """
    with reading(path, "XML"):
        if (size := path.stat().st_size) > MOST_BYTES:
            raise ReadError(f"{path} has {size} bytes; the most for XML is {MOST_BYTES}")
        return _Guarded(path).parse(path.read_bytes())


class _Guarded:
    """One parse, and what it refuses."""

    def __init__(self, path: Path) -> None:
        self.path, self.depth, self.count = path, 0, 0
        self.builder = TreeBuilder()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.builder.data
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._entity
        self.parser.SkippedEntityHandler = self._skipped
        self.parser.ExternalEntityRefHandler = self._external

    def parse(self, data: bytes) -> Element:
        try:
            self.parser.Parse(data, True)
        except expat.ExpatError as error:
            told = expat.errors.messages[error.code]
            self._refuse(f"is not well formed at line {error.lineno}: {told}")
        root: Element = self.builder.close()
        return root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth, self.count = self.depth + 1, self.count + 1
        if self.depth > DEEPEST:
            self._refuse(f"nests deeper than {DEEPEST} elements")
        if self.count > MOST_ELEMENTS:
            self._refuse(f"has more than {MOST_ELEMENTS} elements")
        self.builder.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.builder.end(_local(name))

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        if internal:
            self._refuse("defines its own document type")

    def _entity(self, name: str, *ignored: object) -> None:
        self._refuse("defines entities")

    def _skipped(self, name: str, parameter: int) -> None:
        self._refuse(f"uses the entity {name[:40]!r}, which only its document type could explain")

    def _external(self, *ignored: object) -> int:
        self._refuse("refers to an external entity")

    def _refuse(self, why: str) -> NoReturn:
        raise ReadError(
            f"{self.path} {why}", hint="XML is read without fetching or expanding anything; save it with plain text"
        )


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
