import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from scipy.ndimage import distance_transform_edt

from polyclinic.errors import ShapeError
from polyclinic.metrics.masks import dice, mean_dice, surface, surface_distances
from polyclinic.study import Image, Mask, Region, Study


def square(x0, y0, x1, y1, size=20):
    mask = np.zeros((size, size), bool)
    mask[y0:y1, x0:x1] = True
    return mask


@pytest.mark.parametrize(
    ("reference", "prediction", "expected"),
    [
        (square(0, 0, 4, 4), square(0, 0, 4, 4), 1.0),
        (square(0, 0, 4, 4), square(0, 0, 4, 2), 2 * 8 / 24),
        (square(0, 0, 4, 4), square(10, 10, 14, 14), 0.0),
        (square(0, 0, 0, 0), square(0, 0, 0, 0), 1.0),
        (square(0, 0, 4, 4), square(0, 0, 0, 0), 0.0),
    ],
)
def test_dice(reference, prediction, expected):
    assert dice(reference, prediction) == pytest.approx(expected)


def test_mean_dice_joins_masks_of_one_name_and_leaves_out_what_has_none():
    def region(name, *places, image=0):
        mask = np.zeros((2, 3), bool)
        mask.ravel()[list(places)] = True
        return Region(name, mask=Mask.from_array(mask), image=image)

    study = Study("a", "a", images=(Image("a.png"), Image("b.png")))
    shown = dataclasses.replace(
        study, regions=(region("cyst", 0), region("cyst", 5), region("heart", 1, 2), region("spine", 3, image=1))
    )
    drawn = [region("cyst", 0, 5), region("heart", 2, 3), region("spine", 3)]
    assert mean_dice([shown], [drawn]) == pytest.approx((1 + 0.5) / 2)
    assert mean_dice([shown, study], [drawn[:1], drawn]) == 1
    assert np.isnan(mean_dice([study], [drawn]))


def test_distances_of_single_pixels_are_in_millimetres():
    one, other = square(2, 2, 3, 3), square(5, 6, 6, 7)
    assert surface_distances(one, other) == pytest.approx((5.0, 5.0))
    assert surface_distances(one, other, (2.0, 1.0)) == pytest.approx((np.hypot(8, 3), np.hypot(8, 3)))


def test_distance_of_a_shifted_line():
    one, other = square(0, 3, 20, 4), square(0, 5, 20, 6)
    assert surface_distances(one, other, (1.5, 1.0)) == pytest.approx((3.0, 3.0))


def test_hd95_is_of_the_worse_direction():
    near, wide = square(0, 0, 1, 1), square(0, 0, 20, 1)
    average, hd95 = surface_distances(near, wide)
    assert average == pytest.approx(sum(range(20)) / 21)
    assert hd95 == pytest.approx(np.percentile(np.arange(20), 95))


def test_empty_masks_have_no_distance():
    assert np.isnan(surface_distances(square(0, 0, 0, 0), square(0, 0, 2, 2))).all()


def test_sizes_must_agree():
    with pytest.raises(ShapeError, match=r"\(20, 20\) and \(5, 5\)"):
        dice(square(0, 0, 1, 1), np.zeros((5, 5)))


def test_surface_of_a_cube_counts_the_edge_of_the_volume():
    assert surface(np.ones((3, 3, 3), bool)).sum() == 26


@settings(max_examples=40, deadline=None)
@given(arrays(bool, (6, 7)), arrays(bool, (6, 7)))
def test_agreement_with_distance_transforms(reference, prediction):
    if not reference.any() or not prediction.any():
        return
    spacing = (1.5, 0.5)
    a, b = surface(reference), surface(prediction)
    there = distance_transform_edt(~b, sampling=spacing)[a]
    back = distance_transform_edt(~a, sampling=spacing)[b]
    average, hd95 = surface_distances(reference, prediction, spacing)
    assert average == pytest.approx((there.sum() + back.sum()) / (len(there) + len(back)))
    assert hd95 == pytest.approx(max(np.percentile(there, 95), np.percentile(back, 95)))
