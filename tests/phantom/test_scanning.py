import numpy as np
import pytest

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Person
from polyclinic.phantom.scanning import HU_LEAST, MR_UNIT, magnetic, tomographic
from polyclinic.phantom.solids import Grid

GRID = Grid(32, 64.0, 64.0)
PLAIN = Dials(noise=0.0, anatomy=0.0)


def person(site=0, scanner=0):
    return Person(sex=None, age_years=None, site=site, scanner=scanner)


def mr(value, dials=PLAIN, **who):
    flat = np.full(GRID.shape, value, np.float32)
    return magnetic(flat, GRID, person(**who), dials, np.random.default_rng(0)).astype(float)


def ct(value, dials=PLAIN, **who):
    return tomographic(np.full(GRID.shape, value, np.float32), person(**who), dials, np.random.default_rng(0))


def test_without_noise_and_variety_the_first_site_shows_what_there_is():
    assert mr(0.5) == pytest.approx(0.5 * MR_UNIT, abs=1)
    assert ct(40.0).min() == ct(40.0).max() == 40


def test_mr_of_air_is_noise_above_zero():
    air = mr(0.0, Dials(anatomy=0.0))
    assert air.mean() == pytest.approx(0.018 * MR_UNIT * np.sqrt(np.pi / 2), rel=0.05)  # a Rayleigh mean


def test_coils_shade_and_anatomy_turns_it_off():
    assert mr(0.5, Dials(noise=0.0)).std() > 5
    assert mr(0.5).std() < 1


@pytest.mark.parametrize("scan", [mr, ct])
def test_sites_and_shift_move_the_level(scan):
    levels = {round(float(scan(0.4, site=site).mean()), 3) for site in range(4)}
    assert len(levels) == 4
    assert scan(0.4, Dials(noise=0.0, anatomy=0.0, shift=1.0)).mean() > scan(0.4).mean() * 1.1


def test_ct_noise_is_that_of_the_scanner_and_air_is_clipped():
    assert ct(40.0, Dials()).std() == pytest.approx(9.0, rel=0.05)
    assert ct(40.0, Dials(), scanner=2).std() == pytest.approx(12.0, rel=0.05)
    assert ct(-5000.0).min() == HU_LEAST
