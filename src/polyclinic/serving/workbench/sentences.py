"""Texts in sentences, each with the findings that it speaks of and the regions that show them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from polyclinic.metrics.finding_labels import label_report
from polyclinic.study import Region

# A full stop ends a sentence where a space follows: `3.5 cm` is one word. Chinese marks need no space.
ENDS = re.compile(r"(?<=[.!?؟])\s+|(?<=[。！？])\s*|\n+")


@dataclass(frozen=True)
class Sentence:
    """One sentence.

    Args:
        findings: name -> stated (True), denied (False) or left open (None).
        regions: places in the list of regions that show what the sentence does not deny.
    """

    text: str
    findings: dict[str, bool | None]
    regions: tuple[int, ...] = ()

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"regions": list(self.regions)}


def sentences(text: str) -> list[str]:
    """A text's sentences, with their marks.

    Example:
        >>> sentences("Nodule of 3.5 mm. No effusion.")
        ['Nodule of 3.5 mm.', 'No effusion.']
    """
    return [part.strip() for part in ENDS.split(text) if part and part.strip()]


def tied(text: str, regions: Sequence[Region], language: str = "en") -> list[Sentence]:
    """The sentences of a text with the regions that belong to each.

    A region belongs to the sentence that states, or leaves open, the finding of its name; to one that says its name
    without denying it; and to the one that it carries as its own text.
    """
    return [_tied(sentence, regions, language) for sentence in sentences(text)]


def shown_findings(text: str, language: str = "en") -> list[str]:
    """Findings that a text states or leaves open, which is where there may be something to see."""
    return [name for name, stated in label_report(text, language).items() if stated is not False]


def _tied(sentence: str, regions: Sequence[Region], language: str) -> Sentence:
    found = label_report(sentence, language)
    places = tuple(place for place, region in enumerate(regions) if _speaks_of(sentence, region, found))
    return Sentence(sentence, found, places)


def _speaks_of(sentence: str, region: Region, found: dict[str, bool | None]) -> bool:
    if region.text and region.text.strip() == sentence:
        return True
    if region.name in found:
        return found[region.name] is not False
    return says(sentence, region.name)


def says(text: str, name: str) -> bool:
    """Whether a text says a name as words of its own, in the singular or with an s.

    Example:
        >>> says("Clear lungs.", "lung"), says("Hearty.", "heart")
        (True, False)
    """
    word = re.escape(name.replace("_", " "))
    return bool(word) and re.search(rf"(?<!\w){word}s?(?!\w)", text, re.IGNORECASE) is not None
