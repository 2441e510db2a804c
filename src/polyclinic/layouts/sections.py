"""A report's plain text to its sections, by headings in capitals that end in a colon."""

from __future__ import annotations

import re

from polyclinic.layouts.names import names, plain

HEADING = re.compile(r"^[ \t]*([A-Z][A-Z /,&()\-]{2,60}?)[ \t]*:", re.MULTILINE)
BANNER = re.compile(r"^[ \t]*(?:FINAL|WET|PRELIMINARY) (?:REPORT|READ)[ \t]*$", re.MULTILINE)
WHOLE = "report"


def sections_of(text: str) -> dict[str, str]:
    r"""Sections by name, in order, line breaks as blanks; text without a heading is the section `report`.

    A heading of several names for one thing (CLINICAL HISTORY, REASON FOR EXAM) gives the one of names.toml. A section
    that comes twice is joined.

    Example:
        >>> sections_of("FINAL REPORT\n INDICATION: Cough.\n\n FINDINGS:\n Lungs are\n clear.")
        {'indication': 'Cough.', 'findings': 'Lungs are clear.'}
    """
    parts = HEADING.split(BANNER.sub("", text))
    pairs = [(WHOLE, parts[0]), *zip(map(_name, parts[1::2]), parts[2::2], strict=True)]
    found: dict[str, str] = {}
    for name, body in pairs:
        said = " ".join(body.split())
        if said:
            found[name] = f"{found[name]} {said}" if name in found else said
    return found


def _name(heading: str) -> str:
    name = plain(heading)
    known: dict[str, str] = names()["text"]
    return known.get(name, name.replace("_", " "))
