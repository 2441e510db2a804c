import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyclinic.phantom.painting import blob, blur, canvas, clouds, dots, lay, mesh, stroke, tint, turbulence

RNG = np.random.default_rng


def test_pixel_centres_by_hand():
    x, y = mesh(4)
    assert x.tolist() == [[0.125, 0.375, 0.625, 0.875]]
    assert y.shape == (4, 1)


def test_clouds_are_of_unit_deviation_and_the_same_at_any_size():
    planes = [clouds(RNG(i), 64, 8) for i in range(20)]
    assert np.std(planes) == pytest.approx(1.0, abs=0.15)
    coarse, fine = clouds(RNG(3), 32, 4), clouds(RNG(3), 128, 4).reshape(32, 4, 32, 4).mean((1, 3))
    assert np.corrcoef(coarse.ravel(), fine.ravel())[0, 1] > 0.99
    assert turbulence(RNG(0), 32, 4).std() > 0


def test_a_blob_has_the_area_of_its_ellipse():
    patch = blob(200, (0.5, 0.4), (0.2, 0.1), angle=0.7)
    mask = patch.whole_inside(200)
    assert mask.mean() == pytest.approx(np.pi * 0.2 * 0.1, rel=0.02)
    assert patch.whole_cover(0.1, 200).sum() == pytest.approx(mask.sum(), rel=0.02)
    rows, columns = np.nonzero(mask)
    assert (columns.mean() / 200, rows.mean() / 200) == pytest.approx((0.5, 0.4), abs=0.01)


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5), st.floats(0.01, 0.6))
def test_what_lies_outside_is_cut_off(x, y, radius):
    patch = blob(32, (x, y), (radius, radius), wobble=(0.1, -0.1))
    assert patch.whole_inside(32).shape == (32, 32)
    assert 0.0 <= dots(32, [x], [y], [radius]).sum() <= 32 * 32


@pytest.mark.parametrize("radius", [0.02, 0.1, 0.3])
def test_a_dot_has_the_area_of_its_disc(radius):
    assert dots(128, [0.5], [0.5], [radius]).mean() == pytest.approx(np.pi * radius**2, rel=0.06)


def test_a_stroke_joins_its_points():
    x, y, radius = stroke([0.1, 0.9], [0.5, 0.5], [0.03, 0.03], 64)
    line = dots(64, x, y, radius)
    assert line[32, 8:56].min() > 0.9
    assert line[:26].max() == 0.0


def test_a_blur_keeps_what_is_even_and_softens_an_edge():
    assert np.allclose(blur(canvas(16, (0.2, 0.5, 0.9)), 0.1), canvas(16, (0.2, 0.5, 0.9)))
    edge = np.zeros((16, 16), np.float32)
    edge[:, 8:] = 1.0
    assert np.abs(np.diff(blur(edge, 0.1))).max() < 0.5


def test_layers_by_hand():
    picture = canvas(2, (0.5, 0.5, 0.5))
    cover = np.array([[0.0, 1.0], [0.5, 0.0]], np.float32)
    lay(picture, cover, (1.0, 0.0, 0.5))
    assert picture[0].tolist() == [[0.5, 1.0], [0.75, 0.5]]
    tint(picture, cover, (0.5, 1.0, 1.0))
    assert picture[0].tolist() == [[0.5, 0.5], [0.5625, 0.5]]
