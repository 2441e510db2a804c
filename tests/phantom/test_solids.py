import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyclinic.phantom.solids import Grid, fill, mist, ripples, slope, solid

GRID = Grid(64, 128.0, 128.0)


def test_a_grid_has_half_as_many_slices_and_is_centred():
    assert GRID.shape == (32, 64, 64)
    assert GRID.spacing_mm == (4.0, 2.0, 2.0)
    for places in GRID.at:
        assert places.min() == -places.max()


def test_the_affine_is_ras_where_the_grid_counts_left_and_back():
    x, y, z = GRID.at
    left, back, up = (np.array(GRID.affine) @ (5, 7, 9, 1.0))[:3] * (-1, -1, 1)
    assert (left, back, up) == pytest.approx((x[0, 0, 5], y[0, 7, 0], z[9, 0, 0]))


@pytest.mark.parametrize("radii", [(20.0, 20.0, 20.0), (30.0, 16.0, 12.0)])
def test_a_solid_has_its_volume_in_mask_and_cover(radii):
    body = solid(GRID, (5.0, -8.0, 3.0), radii)
    expected = 4 / 3 * math.pi * math.prod(radii)
    assert body.inside().sum() * math.prod(GRID.spacing_mm) == pytest.approx(expected, rel=0.06)
    assert body.cover().sum() * math.prod(GRID.spacing_mm) == pytest.approx(expected, rel=0.08)
    assert body.inside(0.5).sum() == pytest.approx(body.inside().sum() / 8, rel=0.2)


@pytest.mark.parametrize("tilt", [0.0, 0.3, -1.2])
def test_a_tilt_turns_places_and_windows_alike(tilt):
    grid = Grid(64, 128.0, 128.0, tilt)
    mask = solid(grid, (30.0, 10.0, -12.0), (9.0, 9.0, 9.0)).inside()
    middle = [np.broadcast_to(places, grid.shape)[mask].mean() for places in grid.at]
    assert middle == pytest.approx([30.0, 10.0, -12.0], abs=1.0)
    assert mask.sum() == pytest.approx(solid(GRID, (0.0, 0.0, 0.0), (9.0, 9.0, 9.0)).inside().sum(), rel=0.1)


def test_ripples_move_the_surface_and_keep_the_middle():
    rng = np.random.default_rng(0)
    plain, rough = (solid(GRID, (0.0, 0.0, 0.0), (20.0,) * 3, wobble=w).inside() for w in (None, ripples(rng, 0.3)))
    assert (plain ^ rough).sum() > 0.05 * plain.sum()
    assert rough[16, 32, 32]


def test_a_solid_outside_of_the_grid_is_empty():
    assert not solid(GRID, (500.0, 0.0, 0.0), (9.0, 9.0, 9.0)).inside().any()


def test_slope_is_half_on_the_surface():
    assert slope(np.array([-9.0, -1.0, 0.0, 1.0, 9.0]), 4.0).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_mist_has_unit_deviation_and_is_smooth():
    noise = mist(np.random.default_rng(1), GRID, 12)
    assert noise.shape == GRID.shape
    assert noise.std() == pytest.approx(1.0, abs=0.15)
    assert np.abs(np.diff(noise, axis=2)).mean() < 0.4


def test_fill_takes_a_tissue_for_another_where_it_is_covered():
    volume = np.ones((2, 1, 1, 3), np.float32)
    fill(volume, np.array([[[0.0, 0.5, 1.0]]], np.float32), (3.0, 0.0))
    assert volume[:, 0, 0].tolist() == [[1.0, 2.0, 3.0], [1.0, 0.5, 0.0]]


@settings(max_examples=30, deadline=None)
@given(
    st.tuples(*[st.floats(-40.0, 40.0)] * 3),
    st.floats(4.0, 20.0),
    st.floats(0.0, 0.35),
    st.floats(-1.0, 1.0),
)
def test_no_window_cuts_its_solid(centre, radius, ragged, tilt):
    grid = Grid(32, 128.0, 128.0, tilt)
    wobble = ripples(np.random.default_rng(5), ragged)
    small = solid(grid, centre, (radius, 0.8 * radius, radius), wobble=wobble)
    whole = solid(grid, centre, (radius, 0.8 * radius, radius), wobble=wobble, reach=100.0)
    assert np.array_equal(small.inside(), whole.inside())
    cover = np.zeros(grid.shape, np.float32)
    cover[small.box] = small.cover(2.0)
    assert np.allclose(cover, whole.cover(2.0))
