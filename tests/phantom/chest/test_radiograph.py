import numpy as np
import pytest

from polyclinic.phantom.chest.patients import sample_patient
from polyclinic.phantom.chest.radiograph import collimate, expose
from polyclinic.phantom.dials import Dials


def film(thickness, **dials):
    habitus = sample_patient(3, 0).person
    return expose(thickness, habitus, Dials(anatomy=0.0, **dials), np.random.default_rng(0)).astype(float)


def test_thicker_is_brighter_and_air_is_black():
    steps = np.repeat(np.linspace(0, 5, 8, dtype=np.float32), 16)
    means = film(np.tile(steps, (128, 1)), noise=0.0).mean(0)[8::16]
    assert means[0] == 0
    assert (np.diff(means[2:]) > 0).all()


def test_noise_grows_where_fewer_photons_arrive():
    flat = [film(np.full((128, 128), depth, np.float32))[32:96, 32:96] for depth in (2.0, 3.2)]
    thin, thick = (np.diff(picture, axis=0).std() for picture in flat)
    assert thick == pytest.approx(np.exp(0.6) * thin, rel=0.1)


def test_scatter_of_an_open_field_lowers_contrast_beside_it():
    wedge = np.full((128, 128), 3.0, np.float32)
    wedge[:, 60:68] = 3.4
    lit = wedge.copy()
    lit[:40] = lit[88:] = 0.5
    contrast = [picture[64, 64] - picture[64, 40] for picture in (film(wedge, noise=0.0), film(lit, noise=0.0))]
    assert contrast[1] < 0.9 * contrast[0]


def test_collimation_blackens_edges_only():
    white = np.full((128, 128), 255, np.uint8)
    dark = np.mean([collimate(white.copy(), np.random.default_rng(i), 1.0) == 0 for i in range(40)], axis=0)
    assert dark[64, 64] == 0
    assert dark[0].max() > 0.2
    assert (collimate(white.copy(), np.random.default_rng(1), 0.0) == 255).all()
