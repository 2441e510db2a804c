import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyclinic.phantom.primitives import (
    UPRIGHT_POSE,
    Ellipsoid,
    Pose,
    Slab,
    ellipsoid_chord,
    level,
    quadrics,
    rotation,
    slab_chord,
    spindle,
    turned,
)

VIEWS = [(0, 2, 1), (1, 2, 0), (0, 1, 2)]
angles = st.floats(-80, 80)
radii = st.tuples(*[st.floats(3, 40)] * 3)
places = st.tuples(*[st.floats(-20, 20)] * 3)


def numeric_length(inside, axes, u, v, steps=40001, reach=150.0):
    t = np.linspace(-reach, reach, steps)
    points = np.empty((steps, 3))
    points[:, axes[0]], points[:, axes[1]], points[:, axes[2]] = u, v, t
    return inside(points).sum() * (t[1] - t[0])


def inside_ellipsoid(item, points):
    along = (points - np.array(item.centre)) @ np.array(item.axes).T / np.array(item.radii)
    return (along**2).sum(1) <= 1


def at(value, dtype=np.float32):
    return np.array([[value]], dtype)


@settings(max_examples=60, deadline=None)
@given(places, radii, angles, angles, st.sampled_from(VIEWS), st.floats(-1, 1), st.floats(-1, 1))
def test_a_chord_is_what_sampling_the_ray_gives(centre, size, one, two, axes, du, dv):
    item = turned(centre, size, rotation(about_x=one, about_y=two))
    u, v = centre[axes[0]] + du * 20, centre[axes[1]] + dv * 20
    _, half = ellipsoid_chord(quadrics([item], axes)[0], at(u), at(v))
    assert 2 * half[0, 0] == pytest.approx(numeric_length(lambda p: inside_ellipsoid(item, p), axes, u, v), abs=0.6)


@settings(max_examples=40, deadline=None)
@given(places, radii, angles, st.sampled_from(VIEWS))
def test_chord_ends_lie_on_the_surface(centre, size, turn, axes):
    item = turned(centre, size, rotation(about_z=turn))
    u, v = centre[axes[0]] + 0.3 * min(size), centre[axes[1]]
    middle, half = ellipsoid_chord(quadrics([item], axes)[0], at(u), at(v))
    for end in (middle - half, middle + half):
        point = [0.0] * 3
        point[axes[0]], point[axes[1]], point[axes[2]] = u, v, float(end[0, 0])
        assert level(item, tuple(point)) == pytest.approx(1.0, abs=2e-3)


def test_a_ray_that_misses_has_no_chord():
    q = quadrics([Ellipsoid((0, 0, 0), (5, 5, 5))], (0, 2, 1))[0]
    assert ellipsoid_chord(q, at(5.1), at(0.0))[1][0, 0] == 0.0


@settings(max_examples=40, deadline=None)
@given(st.floats(-1, 1), st.floats(0.05, 1), st.floats(-30, 30), st.floats(1, 20), st.floats(-20, 20))
def test_a_slab_is_what_sampling_the_ray_gives(x, y, low, thick, u):
    normal = tuple(np.array([x, y, 1.0]) / math.sqrt(x * x + y * y + 1))
    slab = Slab(normal, low, low + thick)
    enter, leave = slab_chord(slab, (0, 2, 1), at(u), at(2.0))
    expected = numeric_length(
        lambda p: (p @ np.array(normal) >= low) & (p @ np.array(normal) <= low + thick), (0, 2, 1), u, 2.0, reach=2000.0
    )
    assert max(min(leave[0, 0], 2000.0) - max(enter[0, 0], -2000.0), 0.0) == pytest.approx(expected, abs=0.4)


def test_a_slab_along_the_ray_holds_all_or_nothing():
    slab = Slab((0.0, 0.0, 1.0), 0.0, 4.0)
    inside, outside = (slab_chord(slab, (0, 2, 1), at(0.0), at(z)) for z in (2.0, 5.0))
    assert inside[1] > inside[0]
    assert outside[1] < outside[0]


def test_a_spindle_reaches_from_end_to_end():
    item = spindle((0.0, 0.0, 0.0), (6.0, 2.0, -3.0), 1.0)
    assert level(item, (0.0, 0.0, 0.0)) == pytest.approx(1.0)
    assert level(item, (6.0, 2.0, -3.0)) == pytest.approx(1.0)
    assert level(item, (3.0, 1.0, -1.5)) == pytest.approx(0.0)
    assert np.allclose(np.array(item.axes) @ np.array(item.axes).T, np.eye(3))


@settings(max_examples=30, deadline=None)
@given(places, radii, angles, st.floats(0.9, 1.1))
def test_posing_moves_what_is_inside(centre, size, turn, scale):
    item = Ellipsoid(centre, size)
    pose = Pose(rotation(about_x=turn, about_z=turn / 2), (3.0, -2.0, 5.0), scale)
    q = quadrics([item], (0, 2, 1), pose)[0]
    x, y, z = pose.point(centre)
    assert (q.u, q.w, q.v) == pytest.approx((x, y, z))
    moved = Ellipsoid((x, y, z), tuple(scale * r for r in size), tuple(pose.turn(a) for a in item.axes))
    again = quadrics([moved], (0, 2, 1), UPRIGHT_POSE)[0]
    assert (q.a, q.b, q.c, q.k) == pytest.approx((again.a, again.b, again.c, again.k))


def test_posing_a_slab_keeps_its_points():
    pose = Pose(rotation(about_y=20.0), (1.0, 2.0, 3.0), 1.1)
    slab = Slab((0.0, 0.6, 0.8), 1.0, 5.0)
    point = (7.0, 1.0, 1.5)
    moved, there = pose.slab(slab), pose.point(point)
    before = sum(a * b for a, b in zip(slab.normal, point, strict=True)) - slab.low
    after = sum(a * b for a, b in zip(moved.normal, there, strict=True)) - moved.low
    assert after == pytest.approx(1.1 * before)
