"""The phrases of one language in one domain, read from two TOML files and compiled for fast use."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from polyclinic.errors import UsageError
from polyclinic.study import LANGUAGES

FOLDER = Path(__file__).parent
Phrases = tuple[str, ...]


@dataclass(frozen=True)
class Noun:
    """A name of a finding; `counted` where an article stands before it."""

    text: str
    counted: bool


@dataclass(frozen=True)
class Shape:
    """How noun phrases are built for findings that are described alike.

    Args:
        full: patterns for one lesion.
        many: patterns for several lesions of one name; empty where there are never several.
        brief: patterns for a lesion that the report is unsure of, or one among many.
        short: pattern for the impression.
        measured: whether a question may ask for the diameter.
        words: for each attribute (`severity`, `margin`, `side`, others) its values in words that go with this
            shape's nouns.
    """

    full: Phrases
    many: Phrases
    brief: Phrases
    short: str
    measured: bool
    words: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Term:
    """One finding: its canonical name, its synonyms, and every way to ask whether it is there.

    Args:
        the_name: the name as a question speaks of a certain one.
        presence: (question, whether it is negated), all combinations of synonym and wording.
    """

    name: str
    the_name: str
    nouns: tuple[Noun, ...]
    plural: Phrases
    shape: Shape
    presence: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Lexicon:
    """All phrases of one language; the tables' keys are the same in every language."""

    language: str
    articles: Phrases
    words: Mapping[str, str]
    joins: Mapping[str, Sequence[str]]
    changes: Mapping[str, str]
    numbers: Mapping[str, str]
    places: Mapping[str, str]
    organs: Mapping[str, str]
    terms: Mapping[str, Term]
    report: Mapping[str, Phrases]
    changed: Mapping[str, Phrases]
    stop: str
    ask: Mapping[str, Phrases]

    def indefinite(self, phrase: str, counted: bool) -> str:
        """The phrase with its article, in languages that have one.

        Example:
            >>> lexicon("en", "chest").indefinite("irregular mass", counted=True)
            'an irregular mass'
        """
        return _indefinite(self.articles, phrase, counted)

    def join(self, items: Sequence[str], how: str) -> str:
        """A list in words, `how` being `and` or `or`.

        Example:
            >>> lexicon("en", "chest").join(["a", "b", "c"], "or")
            'a, b or c'
        """
        comma, last = self.joins[how]
        return last.join((*([comma.join(items[:-1])] if len(items) > 1 else []), items[-1]))

    def sentence(self, phrase: str) -> str:
        """The phrase with a capital and a full stop."""
        return phrase[0].upper() + phrase[1:] + self.stop


@cache
def lexicon(language: str, domain: str) -> Lexicon:
    """The phrases of a language, read once: those of all domains, over which the domain's own go.

    Raises:
        UsageError: there is no such language.
    """
    if language not in LANGUAGES:
        raise UsageError(
            f"expected a language among {', '.join(LANGUAGES)}, got {language!r}", hint="pick one of these codes"
        )
    raw = _merged(*(_read(folder / f"{language}.toml") for folder in (FOLDER, FOLDER.parent / domain)))
    report = {key: value for key, value in raw["report"].items() if isinstance(value, list)}
    shapes = {name: _shape(table) for name, table in raw["shape"].items()}
    articles = tuple(raw["articles"])
    return Lexicon(
        language=language,
        articles=articles,
        words=raw["words"],
        joins=raw["join"],
        changes=raw["change"],
        numbers=raw["number"],
        places=raw["place"],
        organs=raw["organ"],
        terms={name: _term(table, shapes, raw["ask"], articles) for name, table in raw["finding"].items()},
        report=_phrases(report),
        changed=_phrases(raw["report"]["changed"]),
        stop=raw["report"]["stop"],
        ask=_phrases(raw["ask"]),
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; anything else of the domain's own takes the common one's place."""
    merged = dict(common)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _phrases(table: Mapping[str, list[str]]) -> dict[str, Phrases]:
    return {key: tuple(value) for key, value in table.items()}


def _shape(table: Mapping[str, Any]) -> Shape:
    return Shape(
        full=tuple(table["full"]),
        many=tuple(table.get("many", ())),
        brief=tuple(table["brief"]),
        short=table["short"],
        measured=table.get("measured", False),
        words={name: words for name, words in table.items() if isinstance(words, dict)},
    )


def _term(
    table: Mapping[str, Any], shapes: Mapping[str, Shape], ask: Mapping[str, list[str]], articles: Phrases
) -> Term:
    nouns = tuple(_noun(text, articles) for text in table["nouns"])
    asked = [
        (pattern.format(noun=noun.text, a_noun=_indefinite(articles, noun.text, noun.counted)), kind == "negated")
        for kind in ("closed", "negated")
        for pattern in ask[kind]
        for noun in nouns
    ]
    asked += [(text, kind == "negated") for kind in ("closed", "negated") for text in table.get(kind, ())]
    return Term(
        name=table["name"],
        the_name=table["the_name"],
        nouns=nouns,
        plural=tuple(table.get("plural", ())),
        shape=shapes[table["shape"]],
        presence=tuple(asked),
    )


def _noun(text: str, articles: Phrases) -> Noun:
    first, _, rest = text.partition(" ")
    return Noun(rest, True) if first in articles else Noun(text, False)


def _indefinite(articles: Phrases, phrase: str, counted: bool) -> str:
    if not counted or not articles:
        return phrase
    return f"{articles[phrase[0] in 'aeiou']} {phrase}"
