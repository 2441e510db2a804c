"""How commands print: JSON to stdout when asked, tables and lines for people otherwise."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

# Marks, embeddings, overrides and isolates of direction: Unicode Standard Annex 9, table 1.
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def emit(value: Any) -> None:
    """Print one JSON value to stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def plain(text: str) -> str:
    r"""One line of text that others wrote: signs that end it, steer a terminal or turn its direction are written out.

    Example:
        >>> plain("a\u202egnp.exe\x1b[2J")
        'a\\u202egnp.exe\\x1b[2J'
    """
    return "".join(sign.encode("unicode_escape").decode() if _steers(sign) else sign for sign in text)


def _steers(sign: str) -> bool:
    return sign in TURNING or unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")


def note(text: str) -> None:
    """Print a line that is not data to stderr."""
    print(plain(text), file=sys.stderr)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their headings, as wide as they need."""
    cells = [[plain(str(cell)) for cell in row] for row in rows]
    widths = [max(len(name), *(len(row[i]) for row in cells), 0) for i, name in enumerate(columns)]
    for row in [list(columns), *cells]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
