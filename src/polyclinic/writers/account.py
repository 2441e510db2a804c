"""What a writer wrote, and what it could not write, with reasons."""

from __future__ import annotations

import re
from collections.abc import Collection as Names
from dataclasses import dataclass, field

from polyclinic.study import Study

PARTS = ("report", "captions", "findings", "regions", "turns", "labels", "outcome", "signals")
LONGEST = 150
NAMES_OF = {"report": "reports", "outcome": "outcomes"}


@dataclass
class Written:
    """The account of one export.

    Args:
        studies: Studies of which something was written.
        left_out: reason -> how many, and the first place.
    """

    studies: int = 0
    left_out: dict[str, tuple[int, str]] = field(default_factory=dict)

    def leave(self, reason: str, where: str, count: int = 1) -> None:
        """Count what cannot be written.

        Args:
            reason: what it is and why, without the place.
        """
        before, first = self.left_out.get(reason, (0, where))
        self.left_out[reason] = before + count, first

    def leave_parts(self, study: Study, kept: Names[str]) -> None:
        """Count the parts of a Study that the form has no place for."""
        for part in PARTS:
            held = getattr(study, part)
            if held and part not in kept:
                count = len(held) if isinstance(held, tuple) else 1
                self.leave(f"{NAMES_OF.get(part, part)}: the form has no place for them", study.id, count)

    def lines(self) -> list[str]:
        """One line a reason.

        Example:
            >>> written = Written()
            >>> written.leave("a volume", "p1")
            >>> written.leave("a volume", "p2")
            >>> written.lines()
            ['2 x a volume (first: p1)']
        """
        return [f"{count} x {reason} (first: {first})" for reason, (count, first) in self.left_out.items()]


@dataclass
class Stems:
    """File names for Studies: their ids without what a path cannot hold, none twice."""

    taken: set[str] = field(default_factory=set)

    def of(self, ident: str) -> str:
        """A new name.

        Example:
            >>> stems = Stems()
            >>> stems.of("p1/../x y"), stems.of("P1_.._x_y")
            ('p1_.._x_y', 'P1_.._x_y-2')
        """
        plain = "".join(sign if sign.isalnum() or sign in "-_.()" else "_" for sign in ident)[:LONGEST]
        base = plain.lstrip(".") or "study"
        name, number = base, 1
        while name.lower() in self.taken:  # some file systems do not tell A from a
            number += 1
            name = f"{base}-{number}"
        self.taken.add(name.lower())
        return name


def without(error: Exception, *paths: str) -> str:
    """An error's text without files' places, so that equal reasons are counted together."""
    text = str(error)
    for path in filter(None, paths):
        text = re.sub(rf"\S*{re.escape(path)}", "it", text)
    return text
