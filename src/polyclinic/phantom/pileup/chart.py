"""A pile of reads as a picture: depth above, the reference's bases below it, then a bar for each read."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from polyclinic.phantom.painting import Plane
from polyclinic.phantom.pileup.reads import POSITIONS, ROWS, Mask, Pile

# A cell is so many pixels wide and high before the picture is brought to its size.
CELL = 4
DEPTH_ROWS, REFERENCE_ROW = 5, 5
FIRST_ROW = 7
SIDE = POSITIONS * CELL
BASE_COLOURS = np.array([(0.0, 0.62, 0.16), (0.10, 0.25, 0.86), (0.85, 0.52, 0.06), (0.88, 0.10, 0.10)], np.float32)
FORWARD, REVERSE = np.array((0.90, 0.76, 0.75), np.float32), np.array((0.73, 0.76, 0.91), np.float32)
PAPER, GREY_PIXELS, LINE, PURPLE = (
    np.array(colour, np.float32) for colour in ((0.98,) * 3, (0.66,) * 3, (0.15,) * 3, (0.48, 0.12, 0.62))
)
# A position's depth is shown in colours where at least this share of the reads differ.
TELLING = 0.08


def draw(pile: Pile, size: int) -> Plane:
    """The picture (channel, y, x), each channel from 0 to 1."""
    sheet = np.empty((SIDE, SIDE, 3), np.float32)
    sheet[:] = PAPER
    sheet[: DEPTH_ROWS * CELL] = np.repeat(_depth(pile), CELL, axis=1)
    row = slice(REFERENCE_ROW * CELL, (REFERENCE_ROW + 1) * CELL)
    sheet[row] = np.repeat(BASE_COLOURS[pile.reference], CELL, axis=0)[None]
    sheet[FIRST_ROW * CELL :] = _bars(pile)
    share = _shares(size)
    return np.asarray(share @ sheet.transpose(2, 0, 1) @ share.T, np.float32)


def _depth(pile: Pile) -> Plane:
    """How many reads cover each position, with what they say where many differ: (pixel, position, colour)."""
    there = pile.covered * (1.0 - pile.deleted)
    says = np.stack([(pile.differs * there * (pile.base == base)).sum(0) for base in range(len(BASE_COLOURS))])
    says *= says > TELLING * pile.covered.sum(0)
    height = DEPTH_ROWS * CELL
    level = (height - np.arange(height) - 0.5)[:, None] * (ROWS / height)
    out = np.empty((height, POSITIONS, 3), np.float32)
    out[:] = PAPER
    out[level < there.sum(0)] = GREY_PIXELS
    for top, part, colour in zip(np.cumsum(says, axis=0), says, BASE_COLOURS, strict=True):
        out[(level < top) & (level >= top - part)] = colour
    return out


def _bars(pile: Pile) -> Plane:
    """The reads; between two rows there is a line of paper."""
    pale = (0.35 * (1.0 - pile.quality))[..., None]
    bar = np.where(pile.forward[..., None], FORWARD, REVERSE)
    bar = bar + pale * (PAPER - bar)
    bar += (pile.differs * (0.25 + 0.75 * pile.quality))[..., None] * (BASE_COLOURS[pile.base] - bar)
    bar = np.where(pile.covered[..., None], bar, PAPER)
    cells = np.empty((ROWS, CELL, POSITIONS, CELL, 3), np.float32)
    cells[:] = bar[:, None, :, None]
    gap = pile.deleted[:, None, :, None, None]
    cells += gap * (PAPER - cells)
    cells[:, 1] += gap[:, 0] * (LINE - cells[:, 1])
    cells[:, -1] = PAPER
    mark = pile.inserted[:, None, :, None, None]
    cells[..., :2, :] += mark * (PURPLE - cells[..., :2, :])
    broad = mark * pile.wide[:, None, :, None, None]
    cells[..., 2:, :] += broad * (PURPLE - cells[..., 2:, :])
    return cells.reshape(ROWS * CELL, SIDE, 3)


@lru_cache(maxsize=8)
def _shares(size: int) -> Plane:
    """Of each pixel of a picture the shares that the sheet's pixels have in it."""
    edges, at = np.linspace(0.0, SIDE, size + 1), np.arange(SIDE)
    held = np.minimum(edges[1:, None], at + 1.0) - np.maximum(edges[:-1, None], at)
    return np.asarray(np.clip(held, 0.0, None) * (size / SIDE), np.float32)


def enlarged(cells: Mask, size: int) -> Mask:
    """The pixels of a picture that show some cells of the pile."""
    sheet = np.zeros((FIRST_ROW + ROWS, POSITIONS), bool)
    sheet[FIRST_ROW:] = cells
    at = ((np.arange(size) + 0.5) / size * POSITIONS).astype(int)
    return np.asarray(sheet[at[:, None], at[None, :]])


@lru_cache(maxsize=8)
def tracks(size: int) -> dict[str, NDArray[np.bool_]]:
    """The pixels of what stands above the reads."""
    row = ((np.arange(size) + 0.5) / size * (FIRST_ROW + ROWS)).astype(int)[:, None]
    wide = np.ones((1, size), bool)
    return {"depth": (row < DEPTH_ROWS) & wide, "reference": (row == REFERENCE_ROW) & wide}
