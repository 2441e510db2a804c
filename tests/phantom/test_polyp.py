import numpy as np
import pytest

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import canvas
from polyclinic.phantom.polyp.bowel import FRAMES, Bowel
from polyclinic.phantom.polyp.domain import sample_patient
from polyclinic.phantom.polyp.findings import FIELD_MM, Wall, draw_finding
from polyclinic.phantom.world import Phantom

RNG = np.random.default_rng


def drawn(name, size_mm=10.0, contrast=1.0, **attributes):
    wall = Wall(np.zeros((128, 128), np.float32), canvas(128, (0.8, 0.5, 0.4)), np.zeros((128, 128), np.float32))
    lesion = Lesion(1, name, "left", "upper", size_mm, "small", 1.0, None, attributes=attributes)
    return wall, draw_finding(wall, lesion, (0.5, 0.3), RNG(0), contrast)


def adenoma(shape="sessile", texture="smooth", **more):
    return drawn("adenoma", shape=shape, texture=texture, **more)


def test_a_polyp_stands_out_and_an_ulcer_is_a_hollow():
    knob, mask = adenoma()
    hollow, floor = drawn("ulcer")
    assert knob.height[mask].mean() > 0.02
    assert hollow.height[floor].min() < 0.0 < hollow.height[floor].max()
    assert np.argmax(knob.height) // 128 == pytest.approx(0.3 * 128, abs=4)


def test_a_stalk_makes_a_polyp_longer():
    sessile, pedunculated = (adenoma(shape=shape)[1] for shape in ("sessile", "pedunculated"))
    assert np.ptp(np.nonzero(pedunculated)[0]) > 1.3 * np.ptp(np.nonzero(sessile)[0])


def test_a_granular_surface_is_rougher_than_a_smooth_one():
    rough, smooth = (adenoma(texture=texture, size_mm=14.0) for texture in ("granular", "smooth"))
    bend = [np.abs(np.diff(wall.height, 2, axis=0))[:126][mask[1:-1]].mean() for wall, mask in (rough, smooth)]
    assert bend[0] > 1.3 * bend[1]


def test_blood_is_red_and_a_hole_dark():
    blood, pool = drawn("bleeding")
    hole, inside = drawn("diverticulum")
    assert blood.colour[0][pool].mean() > 5 * blood.colour[1][pool].mean()
    assert hole.colour[:, inside].mean() < 0.3 * hole.colour[:, ~inside].mean()


@pytest.mark.parametrize("name", ["ulcer", "bleeding", "diverticulum"])
def test_without_contrast_the_wall_is_bare(name):
    wall, mask = drawn(name, contrast=0.0)
    assert mask.any()
    assert np.ptp(wall.height) == 0.0
    assert np.allclose(wall.colour, canvas(128, (0.8, 0.5, 0.4)), atol=1e-6)


def test_a_lesion_is_as_wide_as_its_size_says():
    _, mask = adenoma(size_mm=12.0)
    assert np.ptp(np.nonzero(mask)[1]) * FIELD_MM / 128 == pytest.approx(12.0, rel=0.2)


def test_the_passage_ahead_is_the_darkest_and_the_corners_are_black():
    for i in range(30):
        for study in Phantom("polyp", 3).studies(i):
            pixels = study.images[0].pixels.astype(float).sum(0)
            lumen = next(region.array for region in study.regions if region.name == "lumen")
            assert pixels[lumen].mean() < 0.45 * pixels[pixels > 0].mean()
            assert pixels[0, 0] == pixels[-1, -1] == 0.0


def test_sites_differ_in_their_frame():
    areas = {}
    for i in range(30):
        bowel = Bowel.of(3, sample_patient(3, i), Dials(size=64))
        areas[bowel.patient.person.site] = float(bowel._frame().mean())
    assert len(set(areas.values())) == len(FRAMES)
