"""Reads over a stretch of the reference as tables of cells, and the variants that some of them carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import Plane

Mask = NDArray[np.bool_]
Cells = NDArray[np.int64]
BASES = ("A", "C", "G", "T")
POSITIONS, ROWS = 32, 25
READ_BASES = (13, 26)
LENGTHS = {"one": 1, "several": 3}
# Reads that carry a variant at the least, so that it can be seen.
FEWEST = 2
# The last bases of a read are called less well.
FADES = 4


@dataclass(frozen=True)
class Pile:
    """Reads in rows, positions in columns; everything but `reference` is (row, position).

    Args:
        reference: base at each position, as a place in `BASES`.
        read: which read lies in a cell, -1 where there is none.
        forward: whether the read runs with the reference.
        quality: 0 to 1, how well a base is called.
        base: what the read says there.
        differs: 0 to 1, how plainly it is shown that a base is not the reference's.
        deleted, inserted: 0 to 1, how plainly it is shown that bases are missing, or stand before this one.
        wide: where more than one base is inserted.
    """

    reference: Cells
    read: Cells
    forward: Mask
    quality: Plane
    base: Cells
    differs: Plane
    deleted: Plane
    inserted: Plane
    wide: Mask

    @property
    def covered(self) -> Mask:
        """Where there is a read."""
        return np.asarray(self.read >= 0)


def reference_of(rng: np.random.Generator, lesions: dict[int, tuple[int, Lesion]]) -> Cells:
    """The reference's bases; where a substitution will be, another one than it brings.

    Args:
        lesions: (position, lesion) by key, of the patient's whole life.
    """
    reference, other = rng.integers(4, size=POSITIONS), rng.integers(1, 4, size=POSITIONS)
    for position, lesion in lesions.values():
        if "base" in lesion.attributes:
            reference[position] = (BASES.index(lesion.attributes["base"]) + other[position]) % 4
    return reference


def lay_reads(rng: np.random.Generator, reference: Cells, depth: int) -> Pile:
    """Reads of varied length, end to end in each of the first `depth` rows, that all agree with the reference."""
    read, ends = np.full((ROWS, POSITIONS), -1), list[tuple[int, int]]()
    lengths = rng.integers(*READ_BASES, size=(depth, 5)).tolist()
    for row, (first, *others) in enumerate(lengths):
        at = -int(rng.integers(first))
        for length in (first, *others):
            read[row, max(at, 0) : max(at + length, 0)] = len(ends)
            ends.append((at, at + length - 1))
            at += length + 1
    forward = rng.random(len(ends)) < 0.5
    called = rng.uniform(0.8, 1.0, len(ends))
    last = np.where(forward[read], np.array(ends)[read, 1], np.array(ends)[read, 0])
    left = np.abs(np.arange(POSITIONS) - last)
    quality = called[read] * np.clip(0.55 + 0.45 * left / FADES, 0.0, 1.0)
    differs, deleted, inserted = np.zeros((3, ROWS, POSITIONS), np.float32)
    base, wide = np.broadcast_to(reference, read.shape).copy(), np.zeros(read.shape, bool)
    return Pile(reference, read, forward[read], quality, base, differs, deleted, inserted, wide)


def carry(pile: Pile, lesion: Lesion, position: int, rng: np.random.Generator, contrast: float) -> Mask:
    """Let its share of the reads at a position carry a variant; the cells do not depend on the contrast."""
    rows = np.flatnonzero(pile.covered[:, position])
    count = max(FEWEST, round(lesion.size_mm / 100.0 * len(rows)))
    carriers = rng.permutation(rows)[:count]
    cells = np.zeros(pile.read.shape, bool)
    cells[carriers, position] = True
    return _BRUSHES[lesion.name](pile, lesion, cells, rng, min(lesion.density * contrast, 1.0))


def _substitution(pile: Pile, lesion: Lesion, cells: Mask, rng: np.random.Generator, strength: float) -> Mask:
    pile.base[cells], pile.differs[cells] = BASES.index(lesion.attributes["base"]), strength
    pile.deleted[cells] = 0.0
    return cells


def _insertion(pile: Pile, lesion: Lesion, cells: Mask, rng: np.random.Generator, strength: float) -> Mask:
    pile.inserted[cells] = strength
    pile.wide[cells] = LENGTHS[lesion.attributes["length"]] > 1
    return cells


def _deletion(pile: Pile, lesion: Lesion, cells: Mask, rng: np.random.Generator, strength: float) -> Mask:
    """A gap of some bases, which ends where the read ends."""
    for step in range(1, LENGTHS[lesion.attributes["length"]]):
        cells = cells | _next(pile, cells, step, first=int(np.flatnonzero(cells.any(0))[0]))
    pile.deleted[cells] = strength
    return cells


def _next(pile: Pile, cells: Mask, step: int, first: int) -> Mask:
    """The same reads' cells some positions after the first one."""
    after = np.zeros_like(cells)
    if first + step < POSITIONS:
        after[:, first + step] = cells[:, first] & (pile.read[:, first + step] == pile.read[:, first])
    return after


def _breakpoint(pile: Pile, lesion: Lesion, cells: Mask, rng: np.random.Generator, strength: float) -> Mask:
    """From here to their end the reads come from elsewhere, so that most of their bases differ."""
    first = int(np.flatnonzero(cells.any(0))[0])
    same = (pile.read == pile.read[:, first : first + 1]) & cells[:, first : first + 1]
    tails = np.asarray(same & (np.arange(POSITIONS) >= first))
    foreign = np.broadcast_to((pile.reference + rng.integers(1, 4, POSITIONS)) % 4, tails.shape)
    pile.base[tails], pile.differs[tails] = foreign[tails], strength
    return tails


Brush = Callable[[Pile, Lesion, Mask, np.random.Generator, float], Mask]
_BRUSHES: dict[str, Brush] = {
    "substitution": _substitution,
    "insertion": _insertion,
    "deletion": _deletion,
    "breakpoint": _breakpoint,
}
