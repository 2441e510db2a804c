"""Which findings a report states, denies or leaves open: rules over negation and hedging, in three languages.

The rules work sentence by sentence. A sentence is cut into clauses; a cue such as `no` or `possible`
governs the names that follow it in its clause, lists included; a cue such as `has resolved` governs the
names before it, back to the last comma. All words are data, in finding_terms.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from polyclinic.errors import UsageError
from polyclinic.study import LANGUAGES

Pattern = re.Pattern[str]
TERMS = Path(__file__).with_name("finding_terms.toml")
ARABIC_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ـ": None})
CERTAINTY = (True, None, False)  # what a report says of a name is the first of these that any sentence says


def finding_names() -> tuple[str, ...]:
    """The findings that reports are read for, the same in each language."""
    return tuple(_terms()["en"]["present"])


def label_report(text: str, language: str = "en") -> dict[str, bool | None]:
    """The findings that a report speaks of.

    Where sentences differ, stated wins over left open, and left open over denied.

    Args:
        text: any number of sentences.
        language: `en`, `zh` or `ar`.

    Returns:
        Name -> True (stated), False (denied, resolved, normal) or None (hedged), in the order of
        `finding_names`; names that the text does not mention are left out.

    Raises:
        UsageError: the language is unknown.

    Example:
        >>> label_report("Small right effusion. No nodule or mass. Possible pneumonia.")
        {'effusion': True, 'mass': False, 'nodule': False, 'pneumonia': None}
    """
    rules = _rules(language)
    said: dict[str, set[bool | None]] = {}
    for clause in _clauses(_plain(text, language), rules):
        for name, value in _label_clause(clause, rules):
            said.setdefault(name, set()).add(value)
    return {name: next(v for v in CERTAINTY if v in said[name]) for name in finding_names() if name in said}


@dataclass(frozen=True)
class _Rules:
    """One language's words as compiled patterns."""

    sentence: Pattern
    clause: Pattern
    segment: Pattern
    ignore: Pattern
    negation_before: Pattern
    negation_after: Pattern
    hedge_before: Pattern
    hedge_after: Pattern
    absent: Mapping[str, Pattern]
    present: Mapping[str, Pattern]


@cache
def _terms() -> dict[str, Any]:
    return tomllib.loads(TERMS.read_text("utf-8"))


@cache
def _rules(language: str) -> _Rules:
    if language not in LANGUAGES:
        raise UsageError(
            f"expected a language among {', '.join(LANGUAGES)}, got {language!r}", hint="pick one of these codes"
        )
    table = _terms()[language]
    lists = {key: _union(words, language) for key, words in table.items() if isinstance(words, list)}
    return _Rules(
        sentence=re.compile(table["sentence"]),
        clause=re.compile(table["clause"], re.IGNORECASE),
        segment=re.compile(table["segment"]),
        absent={name: _union(words, language) for name, words in table["absent"].items()},
        present={name: _union(words, language) for name, words in table["present"].items()},
        **lists,
    )


def _union(words: Sequence[str], language: str) -> Pattern:
    """One pattern for all words, bounded as the language bounds words."""
    if language == "ar":
        words = sorted(map(_arabic, words), key=len, reverse=True)
    body = "|".join(words)
    return re.compile(f"(?:{body})" if language == "zh" else rf"(?<!\w)(?:{body})(?!\w)", re.IGNORECASE)


def _arabic(phrase: str) -> str:
    """The phrase with room for a joined particle and for the article on each word."""
    return r"[وفبلك]?" + r"\s+".join(f"(?:ال|لل)?{re.escape(word)}ا?" for word in _plain(phrase, "ar").split())


def _plain(text: str, language: str) -> str:
    """Compatibility forms unified; in Arabic also the vowel signs dropped and the letter variants unified."""
    if language != "ar":
        return unicodedata.normalize("NFC", text)
    bare = "".join(char for char in unicodedata.normalize("NFC", text) if not unicodedata.combining(char))
    return bare.translate(ARABIC_LETTERS)


def _clauses(text: str, rules: _Rules) -> Iterator[str]:
    for sentence in rules.sentence.split(text):
        yield from (clause for clause in rules.clause.split(rules.ignore.sub(_blank, sentence)) if clause.strip())


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _label_clause(clause: str, rules: _Rules) -> Iterator[tuple[str, bool | None]]:
    for name, pattern in rules.absent.items():
        clause, count = pattern.subn(_blank, clause)
        if count:
            yield name, False
    cues = _Cues(clause, rules)
    for name, pattern in rules.present.items():
        for mention in pattern.finditer(clause):
            yield name, cues.value(mention.start(), mention.end())


class _Cues:
    """Where negation and hedging stand in one clause, and what they make of a name at a place."""

    def __init__(self, clause: str, rules: _Rules) -> None:
        self.clause, self.segment = clause, rules.segment
        self.hedges = _spans(rules.hedge_before, clause)
        self.hedges_after = _spans(rules.hedge_after, clause)
        # `cannot be excluded` contains words of negation and is none.
        certain = rules.hedge_after.sub(_blank, rules.hedge_before.sub(_blank, clause))
        self.denials = _spans(rules.negation_before, certain)
        self.denials_after = _spans(rules.negation_after, certain)

    def value(self, start: int, end: int) -> bool | None:
        """True, False or None for the name at `start` to `end`."""
        if self._follows(self.hedges_after, end):
            return None
        if self._follows(self.denials_after, end):
            return False
        hedge, denial = _last_before(self.hedges, start), _last_before(self.denials, start)
        if hedge is None and denial is None:
            return True
        # `no suspected nodule` is denied, `no nodule, possible effusion` is not.
        apart = hedge and denial and hedge > denial and self.segment.search(self.clause, denial[1], hedge[0])
        return None if denial is None or apart else False

    def _follows(self, cues: Sequence[tuple[int, int]], end: int) -> bool:
        return any(start >= end and not self.segment.search(self.clause, end, start) for start, _ in cues)


def _spans(pattern: Pattern, clause: str) -> list[tuple[int, int]]:
    return [match.span() for match in pattern.finditer(clause)]


def _last_before(cues: Sequence[tuple[int, int]], start: int) -> tuple[int, int] | None:
    return max((cue for cue in cues if cue[1] <= start), default=None)
