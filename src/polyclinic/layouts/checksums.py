"""Files of a public set against the checksums that its authors published."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path


def wrong_sums(root: Path, published: Mapping[str, str]) -> list[str]:
    """Files that are there and differ from what was published, one line each.

    Another edition of a set differs as well as a damaged copy does.

    Args:
        published: file = `md5:...` or `sha256:...`.
    """
    wrong = []
    for name, told in published.items():
        form, _, expected = told.partition(":")
        if (root / name).is_file() and (found := _sum(root / name, form)) != expected:
            wrong.append(f"{name}: its {form} is {found}, published is {expected}: damaged, or another edition")
    return wrong


def _sum(path: Path, form: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(form, usedforsecurity=False)).hexdigest()
