"""A tree of terms of anatomy and of what grows in it: what each means, its other names, its place among the others.

The terms are in `anatomy.toml` beside this file, in lower case.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

Terms = Mapping[str, Mapping[str, Sequence[Any]]]


@cache
def terms() -> Terms:
    """Term -> what it `means`, what it is `also` called, and its relations to others (`tree`)."""
    held: Terms = tomllib.loads(resources.files("polyclinic.curate").joinpath("anatomy.toml").read_text("utf-8"))
    return held


@cache
def told() -> tuple[tuple[str, str], ...]:
    """Every pair of a term and what is said of it: definitions, other names, and relations read from both ends."""
    pairs = []
    for term, known in terms().items():
        pairs += [(term, text) for text in (*known["means"], *known["also"])]
        for relation, other in known["tree"]:
            pairs += [(other, f"{term} {relation}"), (term, f"{relation} {other}")]
    return tuple(pairs)


def meant_by(name: str) -> tuple[str, ...]:
    """Texts that mean a term: itself, its other names, its definitions; of one that is not known only itself.

    Example:
        >>> meant_by("spine")[:2]
        ('spine', 'vertebral column')
    """
    known = terms().get(name.lower(), {})
    return (name, *known.get("also", ()), *known.get("means", ()))
