"""Outlines: by hand, and filled again for any mask; rings that touch by a corner stay simple."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from polyclinic.layouts.outlines import filled, points_of
from polyclinic.writers.outlines import polygons

MASKS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def drawn(*rows: str) -> np.ndarray[Any, Any]:
    return np.array([[sign == "#" for sign in row] for row in rows])


def test_a_ring_with_a_hole() -> None:
    assert polygons(drawn("....", ".###", ".#.#", ".###")) == [
        [[(1, 1), (4, 1), (4, 4), (1, 4)], [(2, 3), (3, 3), (3, 2), (2, 2)]]
    ]


def test_parts_that_touch_by_a_corner_are_two() -> None:
    assert len(polygons(drawn("#.", ".#"))) == 2
    assert polygons(drawn("..", "..")) == []


def test_a_hole_that_touches_the_outside_by_a_corner() -> None:
    (polygon,) = polygons(drawn("###", "#.#", "##."))
    assert [len(ring) for ring in polygon] == [6, 4]


@given(MASKS)
def test_filled_again_it_is_the_mask(mask: np.ndarray[Any, Any]) -> None:
    rings = [[points_of([list(point) for point in ring]) for ring in polygon] for polygon in polygons(mask)]
    assert (filled(rings, mask.shape) == mask).all()


@given(MASKS)
def test_no_ring_passes_a_corner_twice(mask: np.ndarray[Any, Any]) -> None:
    for polygon in polygons(mask):
        for ring in polygon:
            assert max(Counter(ring).values()) == 1
            steps = np.diff(np.array([*ring, ring[0]]), axis=0)
            assert ((steps == 0).sum(axis=1) == 1).all()
