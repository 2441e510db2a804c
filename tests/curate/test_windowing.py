"""CT within a window."""

import pickle
from collections.abc import Callable

import numpy as np
import pytest

from polyclinic.curate.slices import slices
from polyclinic.curate.windowing import Window, windowed
from polyclinic.study import Image, Study

VOLUME = np.linspace(-1000, 1000, 2 * 3 * 4, dtype=np.int16).reshape(1, 2, 3, 4)


class Sliced:
    """A volume of which slices can be had alone."""

    def __init__(self) -> None:
        self.whole = 0

    def __call__(self) -> np.ndarray:
        self.whole += 1
        return VOLUME

    def slice(self, index: int) -> np.ndarray:
        return VOLUME[:, index]

    def shape(self) -> tuple[int, ...]:
        return VOLUME.shape


def whole() -> np.ndarray:
    """The volume, from a function that knows no slices."""
    return VOLUME


def study(load: Callable[[], np.ndarray], modality: str) -> Study:
    """A volume of a modality."""
    return Study("s", "p", images=(Image("v.nii.gz", modality=modality, spacing_mm=(1.0, 1.0, 1.0), load=load),))


def test_ct_is_windowed_and_mr_is_not() -> None:
    seen = windowed(study(whole, "CT"), -125, 275).images[0].pixels
    np.testing.assert_allclose(seen, ((VOLUME + 125.0) / 400).clip(0, 1), atol=1e-6)
    mr = study(whole, "MR")
    assert windowed(mr, -125, 275) == mr
    assert windowed(mr, -125, 275).images[0].pixels is VOLUME


def test_twice_is_as_once() -> None:
    once = windowed(study(whole, "CT"), -125, 275)
    np.testing.assert_array_equal(windowed(once, -125, 275).images[0].pixels, once.images[0].pixels)


@pytest.mark.parametrize("make", [Sliced, lambda: whole])
def test_slices_come_alone_where_the_file_can_do_that(make: Callable[[], Callable[[], np.ndarray]]) -> None:
    load = make()
    seen = windowed(study(load, "CT"), -125, 275)
    cut = slices(seen, every=True)
    before = getattr(load, "whole", 0)
    np.testing.assert_allclose(cut[1].images[0].pixels, ((VOLUME[:, 1] + 125.0) / 400).clip(0, 1), atol=1e-6)
    assert getattr(load, "whole", 0) == before
    assert Window(load, 0, 1).shape() == VOLUME.shape


def test_loader_processes_can_take_it_along() -> None:
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(Window(whole, 0, 500)))(), Window(whole, 0, 500)())
