"""Which of many images are nearly the same, without comparing all with all.

Candidates share a bucket: a band of bits of one of their hashes. Bands of the two perceptual hashes find what
differs in at most `NEAR_BITS` bits for certain; but where thousands of films share a layout they share these
buckets too, and crowded ones are passed over. Bands of a sketch, the signs of random projections of the fine
detail, are spread evenly whatever the layout. A candidate is a pair where the sketches agree, a perceptual hash
is near, and, read in full, the fine detail correlates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from polyclinic.store.prints import DETAIL_SIDE, UPRIGHT, Prints

NEAR_BITS = 6
NEAR_LIKENESS = 0.85
CROWD = 512
SKETCH_BITS, BAND_BITS = 384, 12
# Vectors that correlate by 0.85 differ in 0.177 of the signs, 68 of 384 with a spread of 7.5; unrelated ones in 192.
MOST_SKETCH_BITS = 102
AT_ONCE = 2**20
BLOCK = 1024

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Pairs:
    """Pairs of images that are nearly the same.

    Args:
        first: rows of the one, `second` of the other, which has been changed as `variant` says.
        likeness: correlation of the fine detail.
    """

    first: Rows
    second: Rows
    likeness: NDArray[np.float32]
    variant: str = UPRIGHT


@dataclass(frozen=True)
class _Marks:
    """What buckets are made of, for all images under one variant."""

    difference: NDArray[np.uint64]
    cosine: NDArray[np.uint64]
    sketch: NDArray[np.uint64]
    bands: NDArray[np.uint16]


def near_pairs(prints: Prints, groups: NDArray[np.intp]) -> Iterator[Pairs]:
    """Pairs of images of two groups that are nearly the same, variant by variant.

    Args:
        groups: a number for each image; images of the same number are not compared.
    """
    usable = np.flatnonzero(prints.structured)
    if len(usable) < 2:
        return
    upright = _marks(prints, UPRIGHT, usable)
    for variant in prints.difference:
        other = upright if variant == UPRIGHT else _marks(prints, variant, usable)
        first, second = _candidates(upright, other, groups[usable])
        likeness = _likeness(prints, variant, usable[first], usable[second])
        kept = likeness >= NEAR_LIKENESS
        yield Pairs(usable[first][kept], usable[second][kept], likeness[kept], variant)


def _candidates(upright: _Marks, other: _Marks, groups: NDArray[np.intp]) -> tuple[Rows, Rows]:
    """Pairs that share a bucket and whose hashes and sketches agree; each once."""
    found = [np.zeros(0, np.int64)]
    count = len(groups)
    for together in _together(upright, other):
        kept = groups[together[0]] != groups[together[1]]
        one, two = (rows[kept] for rows in together)
        near = np.bitwise_count(upright.difference[one] ^ other.difference[two]) <= NEAR_BITS
        near |= np.bitwise_count(upright.cosine[one] ^ other.cosine[two]) <= NEAR_BITS
        one, two = one[near], two[near]
        apart = np.bitwise_count(upright.sketch[one] ^ other.sketch[two]).sum(axis=1, dtype=np.int64)
        agree = apart <= MOST_SKETCH_BITS
        found.append(np.unique(one[agree].astype(np.int64) * count + two[agree]))
    first, second = np.divmod(np.unique(np.concatenate(found)), count)
    return first, second


def _together(upright: _Marks, other: _Marks) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of rows that share a bucket, the first before the second."""
    for hashes, changed in ((upright.difference, other.difference), (upright.cosine, other.cosine)):
        for shift, width in _bands():
            mask = np.uint64(2**width - 1)
            yield from _joined((hashes >> shift) & mask, (changed >> shift) & mask, passes_crowds=True)
    for band in range(upright.bands.shape[1]):
        yield from _joined(upright.bands[:, band], other.bands[:, band], passes_crowds=False)


def _bands() -> Iterator[tuple[np.uint64, int]]:
    """Shift and width of `NEAR_BITS + 1` bands: hashes that differ in fewer bits than that agree in one band."""
    edges = np.linspace(0, 64, NEAR_BITS + 2).astype(int)
    yield from ((np.uint64(low), int(high - low)) for low, high in pairwise(edges))


def _joined(
    keys: NDArray[np.integer], changed: NDArray[np.integer], *, passes_crowds: bool
) -> Iterator[tuple[Rows, Rows]]:
    """Rows of equal keys, a bounded number at once.

    Args:
        passes_crowds: leave buckets of more than `CROWD` out; otherwise compare with their first ones only.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    low, high = np.searchsorted(ordered, changed, "left"), np.searchsorted(ordered, changed, "right")
    sizes = high - low
    sizes = np.where(sizes > CROWD, 0, sizes) if passes_crowds else np.minimum(sizes, CROWD)
    ends = np.cumsum(sizes)
    start = 0
    while start < len(changed):
        stop = max(start + 1, int(np.searchsorted(ends, (ends[start - 1] if start else 0) + AT_ONCE, "right")))
        part = sizes[start:stop]
        second = np.repeat(np.arange(start, stop), part)
        within = np.arange(len(second)) - np.repeat(np.cumsum(part) - part, part)
        first = order[np.repeat(low[start:stop], part) + within]
        before = first < second
        yield first[before], second[before]
        start = stop


def _marks(prints: Prints, variant: str, usable: Rows) -> _Marks:
    """Hashes of the images, and a sketch of their detail after a change."""
    rng = np.random.default_rng(0)
    axes = rng.choice(np.array([-1, 1], np.float32), (DETAIL_SIDE**2, SKETCH_BITS))
    powers = 1 << np.arange(BAND_BITS)
    sketches, bands = [], []
    for start in range(0, len(usable), BLOCK):
        detail = prints.details_of(variant, usable[start : start + BLOCK])
        bits = detail.reshape(len(detail), -1).astype(np.float32) @ axes > 0
        sketches.append(np.packbits(bits, axis=1).view(np.uint64))
        bands.append((bits.reshape(len(bits), -1, BAND_BITS) @ powers).astype(np.uint16))
    difference, cosine = prints.difference[variant][usable], prints.cosine[variant][usable]
    return _Marks(difference, cosine, np.concatenate(sketches), np.concatenate(bands))


def _likeness(prints: Prints, variant: str, first: Rows, second: Rows) -> NDArray[np.float32]:
    """Correlation of each pair's detail."""
    found = [np.zeros(0, np.float32)]
    for start in range(0, len(first), BLOCK):
        here = slice(start, start + BLOCK)
        one = prints.details_of(UPRIGHT, first[here]).reshape(-1, DETAIL_SIDE**2).astype(np.float32)
        two = prints.details_of(variant, second[here]).reshape(-1, DETAIL_SIDE**2).astype(np.float32)
        norm = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
        found.append(np.einsum("nd,nd->n", one, two) / np.maximum(norm, 1e-6))
    return np.concatenate(found)
