"""What a figure's caption and the text around it say: panels named (a), (b) ..., and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

BOLD_IN, BOLD_OUT = "\ue000", "\ue001"
SIGN = r"\s*(?:,|&|/|-|\u2013|and)\s*"
LIST = rf"[A-Za-z](?:{SIGN}[A-Za-z])*"
TOUCHING = re.compile(f"{BOLD_OUT}({SIGN}){BOLD_IN}")
MARK = re.compile(
    rf"\(\s*(?P<round>{LIST})\s*\)"
    rf"|\(?{BOLD_IN}\s*(?P<bold>{LIST})\s*[.,:)]?\s*{BOLD_OUT}\)?"
    rf"|(?:^|(?<=[.;:]\s))(?P<bare>[A-Za-z])[.:)](?=\s)",
)
STRIPPED = " \t,.;:"
JOINING = frozenset({"", "and", "or", "to", "&"})
SHORTENED = frozenset(
    "al approx ca cf dr eg eq eqs etc fig figs ie no nos ref refs resp sp spp subsp suppl tab tabs var viz vs".split()
)
END = re.compile(r"(?<=[.!?])[)\]\"'\u2019\u201d]*\s+(?=[\"'(\[\u2018\u201c]*[A-Z0-9])")


@dataclass(frozen=True)
class Panel:
    """One part of a compound figure.

    Args:
        label: its letter as the caption has it; several that share a text are parted by commas.
    """

    label: str
    text: str


def plain(text: str) -> str:
    """The text without marks, white space made single."""
    return " ".join(text.replace(BOLD_IN, "").replace(BOLD_OUT, "").split())


def split_panels(text: str) -> tuple[Panel, ...]:
    """The panels that a caption names, in order; none where it names fewer than two.

    Letters count only in their order from a (or A) on, so that "(P)" or a stray "(n)" is no panel. A caption that
    ends in its last letter names each panel behind its text, any other before it.

    Args:
        text: one caption; bold parts between `BOLD_IN` and `BOLD_OUT`, since some publishers only print letters so.

    Example:
        >>> split_panels("Leaves. (a) Front; (b) back.")
        (Panel(label='a', text='Front'), Panel(label='b', text='back'))
    """
    flat = TOUCHING.sub(r"\1", " ".join(text.split()))
    marks = list(_in_order(MARK.finditer(flat)))
    if sum(len(letters) for letters, _ in marks) < 2:
        return ()
    before = not _bare(flat[marks[-1][1].end() :])
    starts = [0, *(match.end() for _, match in marks[:-1])] if before else [match.end() for _, match in marks]
    stops = [match.start() for _, match in marks] if before else [*(m.start() for _, m in marks[1:]), len(flat)]
    texts = [_bare(flat[start:stop]) for start, stop in zip(starts, stops, strict=True)]
    return _joined([letters for letters, _ in marks], texts)


def sentences(text: str) -> list[str]:
    """Split running text; abbreviations and initials end no sentence.

    Example:
        >>> sentences("See Fig. 2A of E. Coli et al. Growth stopped. (Data not shown.)")
        ['See Fig. 2A of E. Coli et al. Growth stopped.', '(Data not shown.)']
    """
    parts: list[str] = []
    start = 0
    for match in END.finditer(text):
        if not _shortened(text[start : match.start()]):
            parts.append(text[start : match.end()].strip())
            start = match.end()
    return [part for part in [*parts, text[start:].strip()] if part]


def _shortened(part: str) -> bool:
    """Whether the last word is an abbreviation or an initial."""
    if not part.endswith("."):
        return False
    word = part.rsplit(maxsplit=1)[-1].strip("([\"'").rstrip(".").lower().replace(".", "")
    return word in SHORTENED or (len(word) == 1 and word.isalpha())


def _in_order(found: Iterator[re.Match[str]]) -> Iterator[tuple[list[str], re.Match[str]]]:
    """Marks that begin with the first letter that none before had."""
    seen: set[str] = set()
    expected = ""
    for match in found:
        letters = _letters(next(group for group in match.groups() if group))
        expected = expected or ("a" if letters[0].islower() else "A")
        if letters[0] == expected:
            yield letters, match
            seen |= set(letters)
            while expected in seen:
                expected = chr(ord(expected) + 1)


def _letters(text: str) -> list[str]:
    """The letters of a list, ranges filled in."""
    letters = re.findall(r"\b[A-Za-z]\b", text)
    ranged = len(letters) == 2 and re.search(r"[-\u2013]", text)
    if not ranged or letters[0].islower() != letters[1].islower():
        return letters
    return [chr(code) for code in range(ord(letters[0]), ord(letters[1]) + 1)] or letters


def _bare(text: str) -> str:
    """A panel's text without the punctuation and the joining word at its ends; "" where nothing else is left."""
    text = plain(text).strip(STRIPPED)
    text = re.sub(r"^(?:and|&)\s|[,;.]?\s(?:and|&)$", "", text).strip(STRIPPED)
    return "" if text.lower() in JOINING else text


def _joined(letters: list[list[str]], texts: list[str]) -> tuple[Panel, ...]:
    """Panels, where a letter without text of its own shares that of the next."""
    made: list[Panel] = []
    waiting: list[str] = []
    for group, text in zip(letters, texts, strict=True):
        waiting += group
        if text:
            made.append(Panel(", ".join(waiting), text))
            waiting = []
    return tuple(made)
