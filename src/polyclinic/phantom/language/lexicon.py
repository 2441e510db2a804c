"""The phrases of one language, read from its TOML file and compiled for fast use."""

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
        severity: `small`, `moderate` and `large` in words.
        side: the word that goes with this shape's nouns for `right`, `left` and `both`.
    """

    full: Phrases
    many: Phrases
    brief: Phrases
    short: str
    severity: Mapping[str, str]
    margin: Mapping[str, str]
    side: Mapping[str, str]


@dataclass(frozen=True)
class Term:
    """One finding: its canonical name, its synonyms, and every way to ask whether it is there.

    Args:
        the_name: the name as a question speaks of a certain one.
        shape_name: key of the shape, the same in all languages.
        presence: (question, whether it is negated), all combinations of synonym and wording.
    """

    name: str
    the_name: str
    nouns: tuple[Noun, ...]
    plural: Phrases
    shape_name: str
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
            >>> lexicon("en").indefinite("irregular mass", counted=True)
            'an irregular mass'
        """
        return _indefinite(self.articles, phrase, counted)

    def join(self, items: Sequence[str], how: str) -> str:
        """A list in words, `how` being `and` or `or`.

        Example:
            >>> lexicon("en").join(["a", "b", "c"], "or")
            'a, b or c'
        """
        comma, last = self.joins[how]
        return last.join((*([comma.join(items[:-1])] if len(items) > 1 else []), items[-1]))

    def sentence(self, phrase: str) -> str:
        """The phrase with a capital and a full stop."""
        return phrase[0].upper() + phrase[1:] + self.stop


@cache
def lexicon(language: str) -> Lexicon:
    """The phrases of a language, read once.

    Raises:
        UsageError: there is no such language.
    """
    if language not in LANGUAGES:
        raise UsageError(
            f"expected a language among {', '.join(LANGUAGES)}, got {language!r}", hint="pick one of these codes"
        )
    raw = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
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


def _phrases(table: Mapping[str, list[str]]) -> dict[str, Phrases]:
    return {key: tuple(value) for key, value in table.items()}


def _shape(table: Mapping[str, Any]) -> Shape:
    return Shape(
        full=tuple(table["full"]),
        many=tuple(table.get("many", ())),
        brief=tuple(table["brief"]),
        short=table["short"],
        severity=table["severity"],
        margin=table["margin"],
        side=table["side"],
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
        shape_name=table["shape"],
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
