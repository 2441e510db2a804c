"""What an image is recognised by: the exact hash of its pixels, two perceptual hashes, and its fine detail.

The difference hash and the cosine hash (64 bits each) stay nearly the same under scaling, brightness, contrast
and compression, but are alike too for any two films of one layout. The fine detail tells those apart. All three
come from one grid of means, so they can be had for the image turned, mirrored or inverted without reading it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.study import Pixels

Grids = NDArray[np.float32]
SIDE, COSINE_SIDE, DETAIL_SIDE, MOST_SIDE = 8, 32, 48, 192
LEAST_BITS = 8
BLOCK = 512


def _turned(quarters: int, *, mirrored: bool) -> Callable[[NDArray[Any]], NDArray[Any]]:
    def change(grids: NDArray[Any]) -> NDArray[Any]:
        return np.rot90(grids[..., ::-1] if mirrored else grids, quarters, axes=(-2, -1))

    return change


# What may have been done to a copy; each one's opposite is among them.
VARIANTS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "upright": _turned(0, mirrored=False),
    "turned by 90": _turned(1, mirrored=False),
    "turned by 180": _turned(2, mirrored=False),
    "turned by 270": _turned(3, mirrored=False),
    "mirrored": _turned(0, mirrored=True),
    "mirrored, turned by 90": _turned(1, mirrored=True),
    "mirrored, turned by 180": _turned(2, mirrored=True),
    "mirrored, turned by 270": _turned(3, mirrored=True),
    "inverted": np.negative,
}
UPRIGHT = "upright"


@dataclass(frozen=True)
class Prints:
    """The prints of many images.

    Args:
        exact: digest of each image's pixels, shape and number type.
        structured: whether an image has enough structure for its hashes to say anything.
        difference: for each variant asked for, the difference hashes; `cosine` likewise.
        details: (n, side, side), what is left of a small picture without its local mean.
    """

    exact: list[bytes]
    structured: NDArray[np.bool_]
    difference: dict[str, NDArray[np.uint64]]
    cosine: dict[str, NDArray[np.uint64]]
    details: NDArray[np.int8]

    def details_of(self, variant: str, rows: NDArray[np.intp] | slice) -> NDArray[np.int8]:
        """The detail that some images would have after a change."""
        return VARIANTS[variant](self.details[rows])


class Printer:
    """Takes images in one by one, and gives their prints.

    Args:
        variants: names of `VARIANTS`.
    """

    def __init__(self, variants: tuple[str, ...] = (UPRIGHT,)) -> None:
        self._exact: list[bytes] = []
        self._waiting: list[NDArray[np.float32]] = []
        self._structured = bytearray()
        self._details = bytearray()
        self._hashes = {(kind, variant): bytearray() for kind in ("difference", "cosine") for variant in variants}

    def __len__(self) -> int:
        return len(self._exact)

    def add(self, pixels: Pixels) -> None:
        """Take an image in."""
        plain = np.ascontiguousarray(pixels)
        digest = hashlib.blake2b(f"{plain.shape}{plain.dtype.str}".encode(), digest_size=16)
        digest.update(plain.data)
        self._exact.append(digest.digest())
        self._waiting.append(cells(_plane(pixels), DETAIL_SIDE, DETAIL_SIDE))
        if len(self._waiting) == BLOCK:
            self._work()

    def prints(self) -> Prints:
        """The prints of all images so far, in order."""
        self._work()
        found = {key: np.frombuffer(bytes(data), np.uint64) for key, data in self._hashes.items()}
        details = np.frombuffer(self._details, np.int8).reshape(-1, DETAIL_SIDE, DETAIL_SIDE)
        return Prints(
            list(self._exact),
            np.frombuffer(bytes(self._structured), bool),
            {variant: hashes for (kind, variant), hashes in found.items() if kind == "difference"},
            {variant: hashes for (kind, variant), hashes in found.items() if kind == "cosine"},
            details,
        )

    def _work(self) -> None:
        if not self._waiting:
            return
        grids = np.stack(self._waiting)
        self._waiting.clear()
        self._structured += _difference(grids)[1].tobytes()
        self._details += _detail(grids).tobytes()
        for (kind, variant), held in self._hashes.items():
            changed = VARIANTS[variant](grids)
            held.extend((_difference(changed)[0] if kind == "difference" else _cosine(changed)).tobytes())


def difference_hash(pixels: Pixels) -> int | None:
    """64 bits: whether each cell of an 8 x 9 grid of means is brighter than its left neighbour.

    None where the image has too little structure for its hash to say anything.
    """
    hashes, structured = _difference(cells(_plane(pixels), DETAIL_SIDE, DETAIL_SIDE)[None])
    return int(hashes[0]) if structured[0] else None


def cosine_hash(pixels: Pixels) -> int:
    """64 bits: which of the 63 lowest cosine coefficients of a 32 x 32 grid of means are above their median."""
    return int(_cosine(cells(_plane(pixels), DETAIL_SIDE, DETAIL_SIDE)[None])[0])


def cells(planes: NDArray[Any], rows: int, columns: int) -> NDArray[np.float32]:
    """Means over a grid of equal cells, whose edges may fall between pixels.

    Example:
        >>> cells(np.array([[1.0, 4.0, 7.0]]), 1, 3).tolist()
        [[1.0, 4.0, 7.0]]
    """
    down, across = _averaging(rows, planes.shape[-2]), _averaging(columns, planes.shape[-1])
    return (down @ planes.astype(np.float32) @ across.T).astype(np.float32)


@lru_cache(maxsize=64)
def _averaging(count: int, length: int) -> NDArray[np.float32]:
    """The matrix that averages over equal parts of an axis."""
    edges = np.linspace(0, length, count + 1)
    pixels = np.arange(length)
    inside = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (np.maximum(inside, 0) * (count / length)).astype(np.float32)


def _plane(pixels: Pixels) -> NDArray[np.float32]:
    """One grey plane of at most `MOST_SIDE` a side: the mean of the channels, the middle slice of a volume."""
    plane: NDArray[Any] = pixels[:, pixels.shape[1] // 2] if pixels.ndim == 4 else pixels
    for axis in (2, 1):
        if plane.shape[axis] > MOST_SIDE:
            starts = np.linspace(0, plane.shape[axis], MOST_SIDE + 1).astype(int)
            widths = np.diff(starts).reshape(-1, *[1] * (2 - axis))
            plane = np.add.reduceat(plane, starts[:-1], axis=axis, dtype=np.float32) / widths.astype(np.float32)
    return np.nan_to_num(plane.mean(axis=0, dtype=np.float32), posinf=0.0, neginf=0.0)


def _difference(grids: Grids) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Difference hashes, and whether each has enough structure to say anything."""
    grid = cells(grids, SIDE, SIDE + 1)
    step = np.diff(grid, axis=2)
    extent = 1e-3 * np.ptp(grid, axis=(1, 2)), 1e-5 * np.abs(grid).max(axis=(1, 2))
    tolerance = np.maximum(*extent)[:, None, None]
    moving = (np.abs(step) > tolerance).sum(axis=(1, 2))
    return _packed(step > tolerance), moving >= LEAST_BITS


def _cosine(grids: Grids) -> NDArray[np.uint64]:
    """Cosine hashes."""
    waves = np.cos(np.pi / COSINE_SIDE * np.outer(np.arange(SIDE), np.arange(COSINE_SIDE) + 0.5)).astype(np.float32)
    found = (waves @ cells(grids, COSINE_SIDE, COSINE_SIDE) @ waves.T).reshape(len(grids), -1)
    above = found > np.median(found[:, 1:], axis=1, keepdims=True)
    above[:, 0] = False  # the mean says nothing
    return _packed(above)


def _packed(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    flat = np.packbits(bits.reshape(len(bits), -1), axis=1)
    return flat.view(">u8").astype(np.uint64)[:, 0]


def _detail(grids: Grids) -> NDArray[np.int8]:
    """What is left without the local mean, in steps of its spread; strong edges are cut."""
    from scipy.ndimage import uniform_filter

    fine = grids - uniform_filter(grids, (0, 5, 5))
    spread = np.abs(fine).mean(axis=(1, 2), keepdims=True)
    return np.rint(np.clip(fine / np.where(spread > 0, spread, 1), -1, 1) * 127).astype(np.int8)
