"""How commands print: JSON to stdout when asked, tables and lines for people otherwise."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any


def emit(value: Any) -> None:
    """Print one JSON value to stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def note(text: str) -> None:
    """Print a line that is not data to stderr."""
    print(text, file=sys.stderr)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their headings, as wide as they need."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(name), *(len(row[i]) for row in cells), 0) for i, name in enumerate(columns)]
    for row in [list(columns), *cells]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
