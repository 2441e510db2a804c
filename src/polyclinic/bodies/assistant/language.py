"""How instructions are written as tokens; training and inference share it."""

from __future__ import annotations

from collections.abc import Sequence

from polyclinic.bodies.assistant.packing import Place, Segment
from polyclinic.parts.text.tokens import END, FIND, MATCH, SEGMENT, Tokens

MOST_POINTED = 2


def normalised(prompt: str) -> str:
    """Prompts are read without case and closing punctuation, so that small differences of typing do not matter."""
    return " ".join(prompt.lower().split()).rstrip(".?!:;,؟。？！")


def question(
    tokens: Tokens, text: str, pointed: Sequence[Place] = (), history: Sequence[tuple[str, str]] = ()
) -> tuple[list[int], list[tuple[int, Place]]]:
    """Ids of a question up to its answer mark, and where its region tokens are."""
    ids: list[int] = []
    for asked, answered in history:
        ids += [tokens.id["<ask>"], *tokens.encode(normalised(asked)), tokens.id["<answer>"], *tokens.encode(answered)]
    ids += [tokens.id["<ask>"], *tokens.encode(normalised(text))]
    places = []
    for place in pointed[:MOST_POINTED]:
        places.append((len(ids), place))
        ids += [tokens.id["<region>"], *tokens.box(place)]
    return [*ids, tokens.id["<answer>"]], places


def answer_segment(
    tokens: Tokens,
    text: str,
    answer: str,
    pointed: Sequence[Place] = (),
    evidence: Sequence[Place] = (),
    history: Sequence[tuple[str, str]] = (),
) -> Segment:
    """A question with its answer and the boxes that the answer speaks of."""
    given, places = question(tokens, text, pointed, history)
    said = [*tokens.encode(answer), *(i for box in evidence[:MOST_POINTED] for i in tokens.box(box)), tokens.id[END]]
    return Segment((*given, *said), len(given), places=tuple(places))


def report_prompt(tokens: Tokens, language: str) -> list[int]:
    """Ids that ask for a report in a language."""
    return [tokens.id["<report>"], tokens.id[f"<{language}>"], tokens.id["<answer>"]]


def report_segment(tokens: Tokens, text: str, language: str, longest: int) -> Segment:
    """A report, cut to the longest that is learned."""
    given = report_prompt(tokens, language)
    return Segment((*given, *tokens.encode(text)[:longest], tokens.id[END]), len(given))


def phrase_segment(tokens: Tokens, task: str, phrase: str) -> Segment:
    """A phrase to segment or to find; its last token's state is the query."""
    mark = SEGMENT if task == "segment" else FIND
    ids = (tokens.id[f"<{task}>"], *tokens.encode(normalised(phrase)), tokens.id[mark])
    return Segment(ids, len(ids))


def match_segment(tokens: Tokens, text: str, longest: int) -> Segment:
    """A text that is read on its own; its last token's state is its vector."""
    ids = (tokens.id["<match>"], *tokens.encode(text)[:longest], tokens.id[MATCH])
    return Segment(ids, len(ids), sees_image=False)
