"""Outlines to masks: pixel corners, holes, parts beyond the image, and outlines that are none."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from skimage.draw import polygon2mask

from polyclinic.errors import LayoutError
from polyclinic.layouts import outlines
from polyclinic.layouts.outlines import filled, outlined, points_of

SQUARE = points_of([[1, 1], [4, 1], [4, 3], [1, 3]])
HOLE = points_of([[2, 1], [3, 1], [3, 2], [2, 2]])


def test_corners_are_pixel_corners() -> None:
    mask = filled([[SQUARE]], (4, 5))
    assert np.argwhere(mask).tolist() == [[y, x] for y in (1, 2) for x in (1, 2, 3)]


def test_holes_and_parts() -> None:
    assert int(filled([[SQUARE, HOLE]], (4, 5)).sum()) == 5
    assert int(filled([[SQUARE, HOLE], [HOLE]], (4, 5)).sum()) == 6
    assert int(filled([[SQUARE + 2]], (4, 5)).sum()) == 2


@pytest.mark.parametrize("seed", range(8))
def test_the_centres_inside_are_those_of_another_implementation(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlines, "MOST_CROSSINGS", 100)  # in many parts
    ring = np.random.default_rng(seed).uniform(-5, 30, (12, 2))
    expected = polygon2mask((25, 20), ring[:, ::-1] - 0.5)
    np.testing.assert_array_equal(filled([[ring]], (25, 20)), expected)


def test_a_long_outline_is_filled_at_once() -> None:
    angle = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    ring = 500 + (400 + 5 * np.sin(300 * angle))[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    began = time.process_time()
    area = int(filled([[ring]], (1000, 1000)).sum())
    assert time.process_time() - began < 1.0
    assert area == pytest.approx(np.pi * (400**2 + 5**2 / 2), rel=1e-3)


def test_a_region_has_box_and_mask() -> None:
    region = outlined("a", "finding", [[SQUARE, HOLE]], (4, 5))
    assert (region.name, region.kind, region.box, region.points) == ("a", "finding", (1, 1, 4, 3), ())
    assert int(region.array.sum()) == 5


def test_large_images_get_no_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlines, "MOST_MASK", 19)
    region = outlined("a", None, [[SQUARE, HOLE]], (4, 5))
    assert (region.mask, region.box) == (None, (1, 1, 4, 3))
    assert region.points == ((1, 1), (4, 1), (4, 3), (1, 3))


def test_the_closing_point_is_dropped() -> None:
    assert points_of([[0, 0], [1, 0], [1, 1], [0, 0]]).tolist() == [[0, 0], [1, 0], [1, 1]]


@pytest.mark.parametrize(
    "pairs",
    [
        None,
        [],
        "abc",
        [[0, 0], [1, 1]],
        [[0, 0], [1, float("nan")], [2, 2]],
        [[0, 0], [1, 1e300], [2, 2]],
        [[0], [1], [2]],
        [{}, {}, {}],
    ],
)
def test_what_is_no_outline(pairs: Any) -> None:
    with pytest.raises(LayoutError):
        points_of(pairs)
