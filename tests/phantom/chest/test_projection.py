import numpy as np
import pytest

from polyclinic.phantom.chest.projection import FIELD_MM, grid, project, shadows
from polyclinic.phantom.chest.scene import WATER_PER_MM, Part, Scene
from polyclinic.phantom.primitives import Ellipsoid, Slab

BALL = Ellipsoid((0.0, 0.0, 0.0), (50.0, 50.0, 50.0))
INNER = Ellipsoid((0.0, 10.0, 0.0), (30.0, 30.0, 30.0))
OTHER = Ellipsoid((10.0, -10.0, 0.0), (30.0, 30.0, 30.0))


def water(*parts):
    scene = Scene(tuple(parts), {}, (), BALL, (), 0.0)
    return project(scene, grid(128, "frontal")).thickness / WATER_PER_MM


def volume_of(part):
    return float(water(part).sum()) * (FIELD_MM / 128) ** 2


def test_a_ball_has_its_volume():
    assert volume_of(Part("ball", 1.0, (BALL,))) == pytest.approx(4 / 3 * np.pi * 50**3, rel=0.01)


def test_inclusion_and_exclusion_take_a_union_away_once():
    both = volume_of(Part("ball", 1.0, (BALL,), (INNER, OTHER)))
    points = np.random.default_rng(0).uniform(-50, 50, (400_000, 3))
    inside = [((points - item.centre) ** 2).sum(1) <= item.radii[0] ** 2 for item in (BALL, INNER, OTHER)]
    expected = (inside[0] & ~inside[1] & ~inside[2]).mean() * 100**3
    assert both == pytest.approx(expected, rel=0.02)


def test_a_soft_ball_holds_two_fifths_of_a_hard_one():
    hard, soft = (volume_of(Part("ball", 1.0, (INNER,), soft=soft)) for soft in (False, True))
    assert soft / hard == pytest.approx(0.4, rel=0.01)


def test_half_of_a_soft_ball_is_half_of_it():
    above = Slab((0.0, 0.6, 0.8), 6.0, 1e4)
    part = Part("ball", 1.0, (INNER, above), soft=True)
    assert volume_of(part) == pytest.approx(volume_of(Part("ball", 1.0, (INNER,), soft=True)) / 2, rel=0.01)


def test_a_bundle_adds_what_its_members_add():
    members = [Ellipsoid((x, 0.0, z), (9.0, 4.0, 5.0)) for x in (-30.0, 0.0, 35.0) for z in (-20.0, 25.0)]
    one_by_one = water(*(Part("vessel", 0.7, (item, BALL)) for item in members))
    bundled = water(*(Part("vessel", 0.7, (item, BALL), slender=True) for item in members))
    assert np.allclose(one_by_one, bundled, atol=1e-3)
    assert bundled.max() > 4.0


def test_a_bundle_at_the_edge_of_the_field_is_cut_there():
    outside = Ellipsoid((190.0, 0.0, 188.0), (20.0, 5.0, 9.0))
    far = Ellipsoid((400.0, 0.0, 0.0), (20.0, 5.0, 9.0))
    one = water(Part("vessel", 1.0, (outside,)))
    assert np.allclose(one, water(*(Part("vessel", 1.0, (item,), slender=True) for item in (outside, far))), atol=1e-3)


def test_right_is_left_in_the_picture_and_up_is_up():
    picture = water(Part("marker", 1.0, (Ellipsoid((-100.0, 0.0, 120.0), (10.0, 10.0, 10.0)),)))
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    assert row < 64
    assert column < 64


def test_a_shadow_is_where_the_chord_is():
    assert np.array_equal(shadows([INNER], grid(128, "frontal"))[0], water(Part("ball", 1.0, (INNER,))) > 0)
