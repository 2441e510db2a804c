"""Coded concepts as text and back: `SCT:108369006 Neoplasm`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

ORGAN, FINDING = "organ", "finding"
# SNOMED CT categories of segments, as PS3.16 CID 7150 lists them.
KINDS = {
    "123037004": ORGAN,  # Anatomical Structure
    "T-D0050": ORGAN,
    "49755003": FINDING,  # Morphologically Abnormal Structure
    "M-01000": FINDING,
}
WRITTEN = re.compile(r"(?P<scheme>[\w.-]{1,16}):(?P<value>[\w.-]{1,16}) (?P<meaning>.+)")


@dataclass(frozen=True)
class Code:
    """A coded concept."""

    scheme: str
    value: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value} {self.meaning}"

    @classmethod
    def parse(cls, text: object) -> Code | None:
        """The concept that a text writes; None where it writes none.

        Example:
            >>> Code.parse("SCT:10200004 Liver")
            Code(scheme='SCT', value='10200004', meaning='Liver')
        """
        found = WRITTEN.fullmatch(text) if isinstance(text, str) else None
        return cls(**found.groupdict()) if found else None


def code_of(item: Any, name: str) -> Code | None:
    """The concept in a code sequence of a dataset; None where there is none."""
    sequence = item.get(name)
    if not sequence:
        return None
    first = sequence[0]
    value = first.get("CodeValue") or first.get("LongCodeValue") or first.get("URNCodeValue") or ""
    return Code(*(str(part) for part in (first.get("CodingSchemeDesignator", ""), value, first.get("CodeMeaning", ""))))


def code_text(item: Any, name: str) -> str | None:
    """`code_of` as text."""
    code = code_of(item, name)
    return str(code) if code is not None else None


def kind_of(item: Any, name: str) -> str | None:
    """`organ` or `finding` by the category in a code sequence; None where it is another."""
    code = code_of(item, name)
    return KINDS.get(code.value) if code is not None else None
