"""The leak check: what ties a Study of one split to a Study of another.

Three ties, from certain to likely: the same subject, the same pixels (hash of the decoded values), nearly the
same pixels. The last takes two steps: 64-bit difference hashes a few bits apart name candidates among all
pairs, and the candidates' fine detail has to agree, since chest radiographs or fundus photographs of two
people have the same coarse layout and so the same hash.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import PolyclinicError
from polyclinic.store.splits import Splits
from polyclinic.study import Image, Pixels, Study

Tie = Literal["same subject", "same pixels", "near-duplicate pixels"]
NEAR_BITS = 6
NEAR_LIKENESS = 0.85
SIDE, DETAIL_SIDE, MOST_SIDE = 8, 48, 192
LEAST_BITS = 8
BLOCK = 1024


@dataclass(frozen=True)
class Leak:
    """Two Studies in two splits, and what ties them.

    Args:
        ids: the Studies.
        splits: their splits, in the same order.
        likeness: correlation of the pixels' fine detail, 1 for the other ties.
    """

    tie: Tie
    ids: tuple[str, str]
    splits: tuple[str, str]
    likeness: float = 1.0


@dataclass(frozen=True)
class LeakReport:
    """All leaks, and what could not be looked at.

    Args:
        images: how many images were decoded.
        unreadable: Study and reason, one line each.
    """

    leaks: tuple[Leak, ...]
    images: int
    unreadable: tuple[str, ...] = ()

    def of(self, tie: Tie) -> tuple[Leak, ...]:
        """The leaks of one tie."""
        return tuple(leak for leak in self.leaks if leak.tie == tie)


@dataclass(frozen=True)
class _Print:
    """What an image is recognised by: hash of its pixels, difference hash (where it has structure), fine detail."""

    study: Study
    split: str
    exact: bytes
    near: int | None
    detail: NDArray[np.int8]


def find_leaks(studies: Iterable[Study], splits: Splits | None = None) -> LeakReport:
    """Look for Studies of different splits that share their subject or their pixels.

    Args:
        studies: with their splits; those without one fall by `splits`.
        splits: the collection's; the default ones where None.
    """
    rule = splits or Splits()
    placed = [(study, rule.of(study)) for study in studies]
    prints, unreadable = _prints(placed)
    same = list(_by_subject(placed))
    exact = list(_by_pixels(prints))
    near = list(_by_likeness(prints, {frozenset(leak.ids) for leak in exact}))
    return LeakReport((*same, *exact, *near), len(prints), tuple(unreadable))


def difference_hash(pixels: Pixels) -> int | None:
    """64 bits: whether each cell of an 8 x 9 grid of means is brighter than its left neighbour.

    It stays the same under scaling, brightness and contrast, and changes in a few bits under compression.
    None where the image has too little structure for its hash to say anything.
    """
    return _hash(_plane(pixels))


def _plane(pixels: Pixels) -> NDArray[np.float32]:
    """One grey plane of at most `MOST_SIDE` a side: the mean of the channels, the middle slice of a volume."""
    plane: NDArray[Any] = pixels[:, pixels.shape[1] // 2] if pixels.ndim == 4 else pixels
    for axis in (2, 1):
        if plane.shape[axis] > MOST_SIDE:
            starts = np.linspace(0, plane.shape[axis], MOST_SIDE + 1).astype(int)
            widths = np.diff(starts).reshape(-1, *[1] * (2 - axis))
            plane = np.add.reduceat(plane, starts[:-1], axis=axis, dtype=np.float32) / widths.astype(np.float32)
    return np.nan_to_num(plane.mean(axis=0, dtype=np.float32), posinf=0.0, neginf=0.0)


def _hash(plane: NDArray[np.float32]) -> int | None:
    grid = _cells(plane, SIDE, SIDE + 1)
    step = np.diff(grid, axis=1)
    tolerance = max(1e-3 * float(np.ptp(grid)), 1e-5 * float(np.abs(grid).max()))
    bits = (step > tolerance).ravel()
    moving = int((np.abs(step) > tolerance).sum())
    return int.from_bytes(np.packbits(bits).tobytes(), "big") if moving >= LEAST_BITS else None


def _detail(plane: NDArray[np.float32]) -> NDArray[np.int8]:
    """What is left of a small picture without its local mean, in steps of its spread; strong edges are cut."""
    from scipy.ndimage import uniform_filter

    grid = _cells(plane, DETAIL_SIDE, DETAIL_SIDE)
    fine = grid - uniform_filter(grid, 5)
    spread = float(np.abs(fine).mean()) or 1.0
    return np.rint(np.clip(fine / spread, -1, 1) * 127).astype(np.int8).ravel()


def _cells(plane: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float64]:
    """Means over a grid of equal cells, whose edges may fall between pixels."""
    across = _means(plane.astype(np.float64).T, columns).T
    return _means(across, rows)


def _means(values: NDArray[np.float64], cells: int) -> NDArray[np.float64]:
    """Means over equal parts of the first axis: differences of its running sum, read between pixels."""
    length = len(values)
    running = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    edges = np.linspace(0, length, cells + 1)
    below = np.minimum(edges.astype(int), length - 1)
    share = (edges - below)[:, None]
    sums = running[below] * (1 - share) + running[below + 1] * share
    return np.diff(sums, axis=0) * (cells / length)


def _prints(placed: list[tuple[Study, str]]) -> tuple[list[_Print], list[str]]:
    found: list[_Print] = []
    unreadable = []
    for study, split in placed:
        for image in study.images:
            try:
                found.append(_print(study, split, image))
            except PolyclinicError as error:
                unreadable.append(f"{study.id}: {error}")
    return found, unreadable


def _print(study: Study, split: str, image: Image) -> _Print:
    pixels = image.pixels
    plain = np.ascontiguousarray(pixels)
    digest = hashlib.sha256(f"{plain.shape}{plain.dtype.str}".encode())
    digest.update(plain.data)
    plane = _plane(pixels)
    return _Print(study, split, digest.digest(), _hash(plane), _detail(plane))


def _by_subject(placed: list[tuple[Study, str]]) -> Iterator[Leak]:
    """One pair for each two splits that a subject is in: its first Study in each."""
    firsts: dict[str, dict[str, str]] = defaultdict(dict)
    for study, split in placed:
        firsts[study.subject].setdefault(split, study.id)
    for held in firsts.values():
        for (split, ident), (other_split, other) in combinations(held.items(), 2):
            yield Leak("same subject", (ident, other), (split, other_split))


def _by_pixels(prints: list[_Print]) -> Iterator[Leak]:
    groups: dict[bytes, dict[str, str]] = defaultdict(dict)
    for item in prints:
        groups[item.exact].setdefault(item.split, item.study.id)
    for held in groups.values():
        for (split, ident), (other_split, other) in combinations(held.items(), 2):
            yield Leak("same pixels", (ident, other), (split, other_split))


def _by_likeness(prints: list[_Print], told: set[frozenset[str]]) -> Iterator[Leak]:
    """Pairs whose hashes are near and whose detail agrees; `told` are pairs that are known already."""
    hashed = [item for item in prints if item.near is not None]
    if not hashed:
        return
    details = np.stack([item.detail for item in hashed])
    seen = set(told)
    for pairs in _candidates(hashed):
        for (first, second), likeness in zip(pairs, _likeness(details, pairs), strict=True):
            one, two = hashed[first], hashed[second]
            pair = frozenset((one.study.id, two.study.id))
            if likeness >= NEAR_LIKENESS and pair not in seen:
                seen.add(pair)
                yield Leak(
                    "near-duplicate pixels", (one.study.id, two.study.id), (one.split, two.split), float(likeness)
                )


def _candidates(hashed: list[_Print]) -> Iterator[NDArray[np.intp]]:
    """Pairs (first, second) of different splits with near hashes, found block against block."""
    bits = np.array([item.near for item in hashed], dtype=np.uint64)
    names = sorted({item.split for item in hashed})
    places = np.array([names.index(item.split) for item in hashed])
    for start in range(0, len(bits), BLOCK):
        apart = np.bitwise_count(bits[start : start + BLOCK, None] ^ bits[None, start:])
        other = places[start : start + BLOCK, None] != places[None, start:]
        pairs = np.argwhere((apart <= NEAR_BITS) & other)
        yield pairs[pairs[:, 0] < pairs[:, 1]] + start


def _likeness(details: NDArray[np.int8], pairs: NDArray[np.intp]) -> NDArray[np.float32]:
    """Correlation of each pair's detail."""
    found = [np.zeros(0, np.float32)]
    for start in range(0, len(pairs), BLOCK):
        one, two = (details[pairs[start : start + BLOCK, side]].astype(np.float32) for side in (0, 1))
        norm = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
        found.append(np.einsum("nd,nd->n", one, two) / np.maximum(norm, 1e-6))
    return np.concatenate(found)
