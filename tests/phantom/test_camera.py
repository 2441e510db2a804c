import numpy as np
import pytest

from polyclinic.phantom.camera import SCANNERS, SITES, shoot
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Person
from polyclinic.phantom.painting import canvas

GREY_PIXELS = canvas(32, (0.5, 0.5, 0.5))


def photo(site=0, scanner=0, **dials):
    person = Person(sex=None, age_years=None, site=site, scanner=scanner)
    return shoot(GREY_PIXELS, person, Dials(anatomy=0.0, **dials), np.random.default_rng(0)).astype(float)


def test_an_even_grey_stays_one_where_nothing_is_added():
    film = photo(noise=0.0)
    assert film.shape == (3, 32, 32)
    assert np.unique(film).tolist() == [128.0]


def test_sites_differ_in_colour_and_scanners_in_grain():
    assert len({tuple(photo(site, noise=0.0)[:, 0, 0]) for site in range(len(SITES))}) == len(SITES)
    grain = [photo(scanner=scanner).std() / 255 for scanner in range(len(SCANNERS))]
    assert grain == pytest.approx([grain for _, grain in SCANNERS], rel=0.1)


def test_a_shift_moves_the_colours():
    assert photo(shift=1.0, noise=0.0)[2].mean() > photo(noise=0.0)[2].mean() + 20
