"""Captions from labels: a Study that has findings and no text gets sentences that say what it shows, and no more.

Source:
    arXiv 2412.10372 (UniMed-CLIP), section 3.1: about ten varied captions for each combination of labels. Differs:
    sentences from a table where the paper asks a language model.
"""

from __future__ import annotations

import dataclasses
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from polyclinic.study import Report, Study

MOST = 10
NO_DOMAIN = "medical image"


def captions_of(study: Study, count: int = MOST) -> list[str]:
    """Up to ten sentences that say which findings are there, or that none is; empty where nothing is known.

    Uncertain findings are left out, as are those that are known to be absent where another is there.

    Example:
        >>> from polyclinic.study import Finding
        >>> known = (Finding("drusen", True), Finding("cupping", False))
        >>> eye = Study("s", "p", domain="fundus", findings=known)
        >>> captions_of(eye, 2)
        ['Fundus photograph showing drusen.', 'Fundus photograph with drusen.']
    """
    table = _table()
    known = [finding for finding in study.findings if finding.present is not None]
    if not known:
        return []
    there = [finding.name for finding in known if finding.present]
    image = table["images"].get(study.domain or "", NO_DOMAIN)
    sentences = table["sentences"]["present" if there else "absent"][:count]
    return [_capital(sentence.format(image=image, things=_listed(there))) for sentence in sentences]


def retold(study: Study, text: str) -> Study:
    """The Study with another text: all that is said of it as a whole, in the language it had; pixels and places stay.

    Example:
        >>> retold(Study("s", "p", captions=("An eye.",)), "A knee.").report.text
        'A knee.'
    """
    language = study.report.language if study.report else "en"
    return dataclasses.replace(study, report=Report({"findings": text} if text else {}, language), captions=())


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("polyclinic.curate").joinpath("captions.toml").read_text("utf-8"))
