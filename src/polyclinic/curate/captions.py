"""Captions from labels: a Study that has findings and no text gets sentences that say what it shows, and no more.

Source:
    arXiv 2412.10372 (UniMed-CLIP), section 3.1: about ten varied captions for each combination of labels. Differs:
    sentences from a table where the paper asks a language model.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from polyclinic.study import Study

MOST = 10
NO_DOMAIN = "medical image"


def captions_of(study: Study, count: int = MOST) -> list[str]:
    """Up to ten sentences that say which findings are there, or that none is; empty where nothing is known.

    Uncertain findings are left out, as are those that are known to be absent where another is there.

    Example:
        >>> from polyclinic.study import Finding
        >>> eye = Study("s", "p", (), domain="fundus", findings=(Finding("drusen", True), Finding("cupping", False)))
        >>> captions_of(eye, 2)
        ['Fundus photograph showing drusen.', 'Fundus photograph with drusen.']
    """
    table = _table()
    known = [finding for finding in study.findings if finding.present is not None]
    if not known:
        return []
    things = _listed([finding.name for finding in known if finding.present])
    image = table["images"].get(study.domain or "", NO_DOMAIN)
    sentences = table["sentences"]["present" if things else "absent"][:count]
    return [_capital(sentence.format(image=image, things=things)) for sentence in sentences]


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("polyclinic.curate").joinpath("captions.toml").read_text("utf-8"))
