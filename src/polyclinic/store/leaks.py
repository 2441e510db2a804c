"""The leak check: what ties a Study of one split to a Study of another, or one Study to another at all.

Three ties, from certain to likely: the same subject, the same pixels (hash of the decoded values), nearly the
same pixels (`store/pairs.py`). Where it is asked for, copies that were turned, mirrored or inverted are found
too, and duplicates inside a split.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import PolyclinicError
from polyclinic.store.pairs import near_pairs
from polyclinic.store.prints import UPRIGHT, VARIANTS, Printer, Prints
from polyclinic.store.splits import Splits
from polyclinic.study import Study

Tie = Literal["same subject", "same pixels", "near-duplicate pixels"]


@dataclass(frozen=True)
class Leak:
    """Two Studies, and what ties them.

    Args:
        ids: the Studies.
        splits: their splits, in the same order; equal for a duplicate inside a split.
        likeness: correlation of the pixels' fine detail, 1 for the other ties.
        images: which image of each Study.
        variant: what was done to the second image; None where nothing.
    """

    tie: Tie
    ids: tuple[str, str]
    splits: tuple[str, str]
    likeness: float = 1.0
    images: tuple[int, int] = (0, 0)
    variant: str | None = None


@dataclass(frozen=True)
class LeakReport:
    """All leaks, and what could not be looked at.

    Args:
        leaks: ties between splits, and inside them where that was asked for.
        images: how many images were decoded.
        unreadable: Study and reason, one line each.
    """

    leaks: tuple[Leak, ...]
    images: int
    unreadable: tuple[str, ...] = ()

    def of(self, tie: Tie) -> tuple[Leak, ...]:
        """The leaks of one tie."""
        return tuple(leak for leak in self.leaks if leak.tie == tie)


class _Register:
    """The images that were looked at: Study, split and number of each, without the Studies themselves."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.splits: list[str] = []
        self.numbers: list[int] = []

    def add(self, ident: str, split: str, number: int) -> None:
        self.ids.append(ident)
        self.splits.append(split)
        self.numbers.append(number)

    def leak(self, tie: Tie, one: int, two: int, likeness: float = 1.0, variant: str | None = None) -> Leak:
        ids, splits = (self.ids[one], self.ids[two]), (self.splits[one], self.splits[two])
        return Leak(tie, ids, splits, likeness, (self.numbers[one], self.numbers[two]), variant)

    def groups(self, *, within: bool) -> NDArray[np.intp]:
        """Images of one group are not compared: those of a split, or of a Study where splits do not matter."""
        return np.unique(np.array(self.ids if within else self.splits, dtype=object).astype(str), return_inverse=True)[
            1
        ]


def find_leaks(
    studies: Iterable[Study], splits: Splits | None = None, *, variants: bool = False, within: bool = False
) -> LeakReport:
    """Look for Studies of different splits that share their subject or their pixels.

    Args:
        studies: with their splits; those without one fall by `splits`.
        splits: the collection's; the default ones where None.
        variants: find copies that were turned, mirrored or inverted as well.
        within: find duplicates inside a split as well.
    """
    rule = splits or Splits()
    firsts: dict[str, dict[str, str]] = defaultdict(dict)
    register, printer = _Register(), Printer(tuple(VARIANTS) if variants else (UPRIGHT,))
    unreadable = []
    for study in studies:
        split = rule.of(study)
        firsts[study.subject].setdefault(split, study.id)
        for number, image in enumerate(study.images):
            try:
                printer.add(image.pixels)
                register.add(study.id, split, number)
            except PolyclinicError as error:
                unreadable.append(f"{study.id}: {error}")
    prints = printer.prints()
    exact = list(_by_pixels(register, prints, within=within))
    near = list(_by_likeness(register, prints, {frozenset(leak.ids) for leak in exact}, within=within))
    return LeakReport((*_by_subject(firsts), *exact, *near), len(prints.exact), tuple(unreadable))


def _by_subject(firsts: dict[str, dict[str, str]]) -> Iterator[Leak]:
    """One pair for each two splits that a subject is in: its first Study in each."""
    for held in firsts.values():
        for (split, ident), (other_split, other) in combinations(held.items(), 2):
            yield Leak("same subject", (ident, other), (split, other_split))


def _by_pixels(register: _Register, prints: Prints, *, within: bool) -> Iterator[Leak]:
    """One pair for each two splits that hold the same pixels; inside a split, each with the first."""
    groups: dict[bytes, dict[str, int]] = defaultdict(dict)
    for row, digest in enumerate(prints.exact):
        first = groups[digest].setdefault(register.splits[row], row)
        if within and register.ids[first] != register.ids[row]:
            yield register.leak("same pixels", first, row)
    for held in groups.values():
        for one, two in combinations(held.values(), 2):
            yield register.leak("same pixels", one, two)


def _by_likeness(register: _Register, prints: Prints, told: set[frozenset[str]], *, within: bool) -> Iterator[Leak]:
    """Pairs whose hashes are near and whose detail agrees, once each; `told` are pairs that are known already."""
    seen = set(told)
    for pairs in near_pairs(prints, register.groups(within=within)):
        variant = None if pairs.variant == UPRIGHT else pairs.variant
        for one, two, likeness in zip(
            pairs.first.tolist(), pairs.second.tolist(), pairs.likeness.tolist(), strict=True
        ):
            ids = frozenset((register.ids[one], register.ids[two]))
            if prints.exact[one] != prints.exact[two] and ids not in seen:
                seen.add(ids)
                yield register.leak("near-duplicate pixels", one, two, likeness, variant)
