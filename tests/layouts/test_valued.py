"""Masks of known meaning: values, names of values, boxes, emptiness."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from polyclinic.errors import PixelError
from polyclinic.layouts.valued import box_of, mask_region, regions_by_value, values_in

Paint = Callable[..., Path]


@given(arrays(st.sampled_from([np.uint8, np.int16, np.uint16, np.float32]), (3, 4), elements=st.integers(0, 100)))
def test_values(labels: np.ndarray[Any, Any]) -> None:
    assert values_in(labels) == tuple(sorted({int(value) for value in labels.ravel()} - {0}))


def test_fractions_are_refused() -> None:
    with pytest.raises(PixelError, match="fractions"):
        values_in(np.array([0.5]))


def test_regions_of_values_that_are_there(tmp_path: Path, paint: Paint) -> None:
    paint("m.png", np.array([[0, 1, 4], [4, 7, 0]], np.uint8))
    names = {1: ("core", "whole"), 2: ("never",), 4: ("whole",)}
    made, unnamed = regions_by_value(tmp_path, "m.png", names, {"core": "finding"}.get)
    assert [(region.name, region.kind, int(region.array.sum())) for region in made] == [
        ("core", "finding", 1),
        ("whole", None, 1),
        ("whole", None, 2),
    ]
    assert unnamed == [7]


def test_a_mask_and_its_box(tmp_path: Path, paint: Paint) -> None:
    paint("m.png", np.array([[0, 0, 0], [0, 255, 255]], np.uint8))
    paint("empty.png", np.zeros((2, 3), np.uint8))
    region = mask_region(tmp_path, "m.png", "cell", boxed=True)
    assert region is not None
    assert (region.box, int(region.array.sum())) == ((1, 1, 3, 2), 2)
    assert mask_region(tmp_path, "empty.png", "cell") is None


@given(arrays(bool, (5, 6)).filter(np.any))
def test_the_box_is_tight(mask: np.ndarray[Any, Any]) -> None:
    x0, y0, x1, y1 = map(int, box_of(mask))
    inside = mask[y0:y1, x0:x1]
    assert inside.sum() == mask.sum()
    assert inside[0].any()
    assert inside[-1].any()
    assert inside[:, 0].any()
    assert inside[:, -1].any()
