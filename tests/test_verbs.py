"""The verbs: an object provides those whose methods it has, in the order of the table."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import pytest

from polyclinic import verbs
from polyclinic.study import Report, Study
from polyclinic.verbs import PROTOCOLS, Answer, Ask, Vectors, provided


class Reporter:
    def report(self, studies: Sequence[Study], language: str = "en") -> list[Report]:
        return [Report({"findings": study.id}, language) for study in studies]

    def answer(self, asks: Sequence[Ask]) -> list[Answer]:
        return [Answer(ask.question, 1.0) for ask in asks]


class HalfEmbedder:
    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError("never called")


def test_provided_follows_the_methods() -> None:
    assert provided(Reporter()) == ["answer", "report"]


def test_half_a_verb_is_none() -> None:
    assert provided(HalfEmbedder()) == []


def test_the_table_holds_every_protocol_once() -> None:
    protocols = [cls for _, cls in inspect.getmembers(verbs, inspect.isclass) if getattr(cls, "_is_protocol", False)]
    written_here = [cls for cls in protocols if cls.__module__ == verbs.__name__]
    assert sorted(cls.__name__ for cls in PROTOCOLS.values()) == sorted(cls.__name__ for cls in written_here)


@pytest.mark.parametrize("verb", PROTOCOLS)
def test_each_protocol_says_what_its_verb_gives(verb: str) -> None:
    assert (inspect.getdoc(PROTOCOLS[verb]) or "").startswith(f"{verb}: ")
