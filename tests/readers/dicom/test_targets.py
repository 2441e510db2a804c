"""Contours filled by pixel centres, and images as others refer to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from polyclinic.readers.dicom.series import find, series_of
from polyclinic.readers.dicom.targets import fill, target_of

Series = Callable[..., list[Path]]
SQUARE = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], dtype=float)


def test_a_hole_is_a_polygon_inside_of_another() -> None:
    found = fill([SQUARE, SQUARE / 2 + 1], (6, 6))
    assert found.sum() == 16 - 4
    assert not found[1:3, 1:3].any()


def test_what_lies_outside_of_the_picture_is_cut_off() -> None:
    assert fill([SQUARE - 2], (3, 3)).sum() == 4
    assert not fill([SQUARE + 10], (3, 3)).any()
    assert fill([SQUARE * 100 - 150], (3, 3)).all()


@settings(deadline=None, max_examples=60)
@given(
    corners=st.lists(st.tuples(st.floats(-3, 9), st.floats(-3, 9)), min_size=3, max_size=8),
    cut=st.floats(-3, 9),
)
def test_it_is_the_even_odd_rule_at_each_pixels_centre(corners: list[tuple[float, float]], cut: float) -> None:
    polygon = np.array(corners)
    found = fill([polygon], (5, 6))
    for y in range(5):
        for x in range(6):
            left = 0
            for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
                if min(y0, y1) <= y < max(y0, y1):
                    left += x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x
            assert found[y, x] == bool(left % 2)


def test_neighbours_share_no_pixel_and_leave_none_out() -> None:
    halves = [np.array([[0, 0], [2.5, 0], [1.5, 4], [0, 4]]), np.array([[2.5, 0], [4, 0], [4, 4], [1.5, 4]])]
    first, second = (fill([half], (5, 5)) for half in halves)
    assert not (first & second).any()
    assert ((first | second) == fill([SQUARE], (5, 5))).all()


def test_slices_are_found_by_their_uid(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "v", np.zeros((2, 3, 4), np.int16), step=(0, 0, -2.0))
    found = target_of(find(tmp_path / "v"))
    assert (found.shape, found.slices) == ((2, 3, 4), {("1.2.3.4.2", 1): 0, ("1.2.3.4.1", 1): 1})
    assert found.frame_of_reference == "1.2.3.9"
    (path,) = write_series(tmp_path / "p", np.zeros((1, 3, 4), np.int16), ImagePositionPatient=None)
    picture = target_of(series_of([path])[0][0])
    assert (picture.shape, picture.grid, picture.slices) == ((3, 4), None, {("1.2.3.4.1", 1): 0})
