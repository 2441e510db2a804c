from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyclinic.errors import UsageError
from polyclinic.serving.workbench.planes import Axis, Held, facts, mask_plane, plain, plane
from polyclinic.study import Image, Mask

VOLUME = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5).astype(np.int16)


@pytest.mark.parametrize(
    ("axis", "expected"), [("z", VOLUME[1:, 2]), ("y", VOLUME[1:, :, 2]), ("x", VOLUME[1:, :, :, 2])]
)
def test_planes_cut_along_each_axis(axis: Axis, expected: np.ndarray) -> None:
    assert np.array_equal(plane(VOLUME, axis, 2, channel=1), expected)


@pytest.mark.parametrize(("axis", "index"), [("z", 3), ("y", -1), ("x", 5), ("w", 0)])
def test_planes_that_are_not_there_are_refused(axis: Axis, index: int) -> None:
    with pytest.raises(UsageError):
        plane(VOLUME, axis, index, 0)
    with pytest.raises(UsageError, match="no channel 2"):
        plane(VOLUME, "z", 0, 2)


@pytest.mark.parametrize(
    ("given_type", "sent"),
    [("bool", "uint8"), ("uint8", "uint8"), (">i2", "int16"), ("int64", "float32"), ("float64", "float32")],
)
def test_numbers_come_as_a_browser_has_them(given_type: str, sent: str) -> None:
    array = np.array([0, 1], np.dtype(given_type))
    found = plain(array)
    assert (found.dtype.name, found.tolist()) == (sent, [0, 1])
    assert found.dtype.byteorder in "=|<"


def test_values_that_are_no_numbers_become_zero() -> None:
    assert plain(np.array([np.nan, np.inf, 2.0])).tolist() == [0, 0, 2]


def test_facts_say_size_spacing_and_window() -> None:
    image = Image("ct", affine=((-1, 0, 0, 0), (0, 0, 2, 0), (0, 3, 0, 0), (0, 0, 0, 1)), spacing_mm=(2.0, 3.0, 1.0))
    told = facts(image, VOLUME)
    assert told.shape == (3, 4, 5)
    assert told.spacing_mm == (2.0, 3.0, 1.0)
    assert told.directions == ("A", "S", "L")
    assert told.range == (0.0, 119.0)
    assert told.range[0] <= told.window[0] < told.window[1] <= told.range[1]
    assert not told.colour


def test_a_flat_image_has_one_slice_and_its_bytes_are_shown_as_they_are() -> None:
    told = facts(Image("photo", spacing_mm=(0.1, 0.2)), np.zeros((3, 1, 4, 4), np.uint8))
    assert (told.shape, told.colour, told.window, told.spacing_mm) == ((1, 4, 4), True, (0.0, 255.0), (1.0, 0.1, 0.2))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**12 - 1), st.integers(0, 1))
def test_mask_planes_are_those_of_the_whole(bits: int, index: int) -> None:
    mask = np.array([bits >> i & 1 for i in range(12)], bool).reshape(2, 2, 3)
    assert np.array_equal(mask_plane(Mask.from_array(mask), "z", index), mask[index])
    assert np.array_equal(mask_plane(Mask.from_array(mask), "x", index), mask[..., index])


def test_pixels_are_read_once_by_all_who_wait_and_let_go_when_room_is_short() -> None:
    reads = []
    began, go_on = threading.Event(), threading.Event()

    def load() -> np.ndarray:
        reads.append(1)
        began.set()
        go_on.wait(5)
        return VOLUME

    held = Held(most_bytes=VOLUME.nbytes)
    image = Image("ct", load=load)
    waiting = [threading.Thread(target=held.pixels, args=(("a", 0), image)) for _ in range(3)]
    for thread in waiting:
        thread.start()
    began.wait(5)
    go_on.set()
    for thread in waiting:
        thread.join(5)
    assert len(reads) == 1
    held.pixels(("b", 0), replace(image, path="other"))
    held.pixels(("a", 0), image)
    assert len(reads) == 3, "there is room for one"
