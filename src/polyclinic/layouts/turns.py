"""Questions with their answers, from the columns of a table."""

from __future__ import annotations

import re

from polyclinic.study import LANGUAGES, Turn

YES_NO = ("yes", "no")
CLOSED = ("closed", "close", "yes/no", "binary", "mcq")
ARTICLES = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)


def turn(question: str, answer: str, *, kind: str = "", topic: str | None = None, language: str = "") -> Turn:
    """A Turn, closed where its allowed answers are known.

    An answer of yes or no has these two for options; where the source says closed, the options are read
    from the question's own "A or B". A closed question whose options cannot be told is kept as open.

    Args:
        kind: what the source says of the answer (CLOSED, OPEN), "" where it says nothing.

    Example:
        >>> turn("Is the lesion solid or cystic?", "Cystic", kind="CLOSED").options
        ('solid', 'cystic')
    """
    spoken = language.lower() if language.lower() in LANGUAGES else "en"
    bare = answer.strip().rstrip(".").lower()
    if bare in YES_NO:
        return Turn(question, bare, "closed", YES_NO, topic, language=spoken)
    options = alternatives(question, bare) if kind.strip().lower() in CLOSED else ()
    if options:
        return Turn(question, bare, "closed", options, topic, language=spoken)
    return Turn(question, answer, "open", (), topic, language=spoken)


def alternatives(question: str, answer: str) -> tuple[str, ...]:
    """The two things that a question offers by "or", in its order; empty unless the answer is one of them.

    The other one is taken to have as many words as the answer.
    """
    left, found, right = question.lower().rstrip(" ?.").partition(" or ")
    if not found or not answer:
        return ()
    right = ARTICLES.sub("", right)
    length = len(answer.split())
    if _ends_in(left, answer):
        other = " ".join(re.findall(r"[^\s,;]+", right)[:length])
        return (answer, other) if other and other != answer else ()
    if right == answer or right.startswith((f"{answer} ", f"{answer},")):
        other = " ".join(re.findall(r"[^\s,;]+", left)[-length:])
        return (other, answer) if other and other != answer else ()
    return ()


def _ends_in(text: str, answer: str) -> bool:
    return text == answer or text.rstrip(", ").endswith(f" {answer}")
