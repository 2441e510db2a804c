"""File names as rules: a path with named fields, to tell what a file is by where it lies.

| in a rule | means |
| --- | --- |
| `{case}` | a part of a name, kept under this field; the same field twice must be the same text |
| `{eye:1}` | a field of so many characters |
| `*`, `?` | any part of a name, any one character |
| `**/` | any folders, or none |

Upper and lower case are the same.
"""

from __future__ import annotations

import re
from functools import cache

from polyclinic.errors import LayoutError

TOKEN = re.compile(r"\*\*/|\*|\?|\{([a-z_]+)(?::(\d{1,3}))?\}|[^*?{}]+")
LONGEST = 200


def fields(rule: str, path: str) -> dict[str, str] | None:
    """What the fields of a rule are in a path, None where the path does not fit.

    Raises:
        LayoutError: the rule cannot be understood.

    Example:
        >>> fields("**/{case}/{case}_t1.nii.gz", "train/p01/p01_t1.nii.gz")
        {'case': 'p01'}
    """
    found = _compiled(rule).fullmatch(path)
    return found.groupdict() if found else None


def first_fit(rules: tuple[str, ...], path: str) -> dict[str, str] | None:
    """The fields of the first rule that a path fits, None where it fits none."""
    return next((found for rule in rules if (found := fields(rule, path)) is not None), None)


@cache
def _compiled(rule: str) -> re.Pattern[str]:
    if len(rule) > LONGEST or "".join(found.group() for found in TOKEN.finditer(rule)) != rule:
        raise LayoutError(f"the rule {rule[:LONGEST]!r} is no path with fields", hint="such as **/{case}_mask.png")
    seen: set[str] = set()
    return re.compile("".join(_piece(found, seen) for found in TOKEN.finditer(rule)), re.IGNORECASE)


def _piece(found: re.Match[str], seen: set[str]) -> str:
    text, name, width = found.group(), found.group(1), found.group(2)
    if name is None:
        return {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}.get(text, re.escape(text))
    if name in seen:
        return f"(?P={name})"
    seen.add(name)
    return f"(?P<{name}>[^/]{{{width}}})" if width else f"(?P<{name}>[^/]+?)"
