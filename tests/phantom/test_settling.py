import math

from polyclinic.phantom.latents import Lesion, Patient, Person, Visit
from polyclinic.phantom.settling import settle


def patient(count):
    lesions = tuple(Lesion(key, "spot", None, None, 1.0, "small", 0.8, None) for key in range(1, count + 1))
    return Patient("p", 4, Person(sex=None, age_years=None, site=0, scanner=0), (Visit(0, 0.0, lesions),))


def test_lesions_keep_off_one_another():
    spots = settle(1, patient(6), lambda lesion, draw: (draw[0], draw[1]), lambda lesion: 0.1)
    points = list(spots.values())
    assert len(points) == 6
    assert min(math.dist(a, b) for i, a in enumerate(points) for b in points[:i]) > 0.2


def test_a_lesion_lies_where_it_lay_before_another_came():
    few, more = (settle(1, patient(n), lambda lesion, draw: (draw[0], draw[1]), lambda lesion: 0.1) for n in (2, 3))
    assert all(more[key] == few[key] for key in few)
