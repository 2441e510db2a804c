from __future__ import annotations

import numpy as np
import pytest

from polyclinic.serving.workbench.prompting import Pointing, box_around, meant, prompts_of, touched
from polyclinic.study import Mask, Region

TWO = np.zeros((8, 8), bool)
TWO[1:3, 1:3] = TWO[5:8, 5:8] = True
BOTH = Region("nodule", mask=Mask.from_array(TWO))
ALL = Region("lung", mask=Mask.from_array(np.ones((8, 8), bool)))


def test_words_and_boxes_are_prompts_as_they_are() -> None:
    assert prompts_of(Pointing("heart")) == ["heart"]
    assert prompts_of(Pointing("heart", box=(1, 2, 3, 4))) == [Region("heart", box=(1, 2, 3, 4))]
    assert prompts_of(Pointing("heart", points=((1, 2),))) == [Region("heart", points=((1, 2),))]
    assert prompts_of(Pointing(points=((1, 2),))) == [], "all that the model knows"


@pytest.mark.parametrize(
    ("points", "pixels"), [([(1.4, 1.2)], 4), ([(6, 6)], 9), ([(1, 1), (6, 6)], 13), ([(4, 4)], 0), ([(99, -5)], 0)]
)
def test_points_keep_the_parts_they_touch(points: list[tuple[float, float]], pixels: int) -> None:
    assert touched(BOTH, points).array.sum() == pixels
    assert meant([BOTH], Pointing("nodule", points=tuple(points)))[0].array.sum() == pixels


def test_a_point_without_words_means_the_smallest_thing_there() -> None:
    assert [one.name for one in meant([ALL, BOTH], Pointing(points=((6, 6),)))] == ["nodule"]
    assert [one.name for one in meant([ALL, BOTH], Pointing(points=((4, 4),)))] == ["lung"]
    assert meant([BOTH], Pointing(points=((4, 4),))) == []


def test_a_box_without_words_means_what_fills_it() -> None:
    assert [one.name for one in meant([ALL, BOTH], Pointing(box=(1, 1, 8, 8)))] == ["nodule"]
    assert [one.name for one in meant([ALL, BOTH], Pointing(box=(0, 0, 8, 8)))] == ["lung"]
    assert meant([Region("spot", mask=Mask.from_array(TWO))], Pointing(box=(3, 0, 5, 1))) == []


def test_the_box_around_a_volume_counts_x_first() -> None:
    mask = np.zeros((4, 5, 6), bool)
    mask[1, 2:4, 3] = True
    assert box_around(mask) == (3, 2, 1, 4, 4, 2)
    assert box_around(np.zeros((3, 3), bool)) is None
