import numpy as np
import pytest

from polyclinic.errors import ShapeError
from polyclinic.metrics.pointing import contrast_to_noise, mean_iou, pointing_hit

INSIDE = np.array([[True, True], [False, False]])


def test_by_hand():
    heat = np.array([[0.8, 0.4], [0.4, 0.0]])
    assert pointing_hit(heat, INSIDE) == 1
    assert contrast_to_noise(heat, INSIDE) == pytest.approx(0.4 / np.sqrt(0.04 + 0.04))
    # 0.1 to 0.4: two inside and one outside; 0.5: one of two inside.
    assert mean_iou(heat, INSIDE) == pytest.approx((4 * 2 / 3 + 1 / 2) / 5)


def test_a_flat_map_points_nowhere():
    assert pointing_hit(np.zeros((2, 2)), INSIDE) == 0.5
    assert np.isnan(contrast_to_noise(np.zeros((2, 2)), INSIDE))
    assert np.isnan(contrast_to_noise(np.eye(2), np.zeros((2, 2), bool)))


def test_contrast_does_not_depend_on_the_scale():
    heat = np.random.default_rng(0).normal(size=(2, 2))
    assert contrast_to_noise(5 * heat - 3, INSIDE) == pytest.approx(contrast_to_noise(heat, INSIDE))


def test_other_sizes_are_refused():
    with pytest.raises(ShapeError, match="one size"):
        pointing_hit(np.zeros((2, 3)), INSIDE)
