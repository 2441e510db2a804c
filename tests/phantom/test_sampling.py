import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Lesion, Person
from polyclinic.phantom.sampling import Course, Kind, Sizes, fate, places, sample, sample_person, spec_of

SIZES = Sizes(1.0, 4.0, 2.0, 3.0, 0.5)
KIND = Kind("spot", 0.2, SIZES, places(("left", "right"), ("upper",)), attributes={"colour": ("red", "blue")})
PERSON = Person(sex="F", age_years=40, site=1, scanner=2)


def lesion(size_mm=2.0):
    return Lesion(1, "spot", "left", "upper", size_mm, SIZES.severity(size_mm), 0.8, None)


@pytest.mark.parametrize(("wished", "given"), [(0.1, 1.0), (2.2, 2.0), (2.3, 2.5), (9.0, 4.0)])
def test_sizes_keep_to_bounds_and_grain(wished, given):
    assert SIZES.clamp(wished) == given


@pytest.mark.parametrize(("size", "word"), [(1.5, "small"), (2.0, "moderate"), (3.0, "large")])
def test_severity_follows_size(size, word):
    assert SIZES.severity(size) == word


@pytest.mark.parametrize(("draw", "factor"), [(0.1, None), (0.3, 1.375), (0.5, 0.71), (0.9, 1.0)])
def test_a_course_by_hand(draw, factor):
    assert Course().factor(draw, 0.5) == (pytest.approx(factor) if factor else None)


@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 2.0, 3.5, 4.0]))
def test_a_fate_says_the_change_that_the_size_makes(seed, size_mm):
    now = fate(lesion(size_mm), SIZES, Course(), np.random.default_rng(seed))
    if now is None:
        return
    grown = now.size_mm - size_mm
    assert now.change == ("worse" if grown > 0 else "better" if grown < 0 else "same")
    assert now.severity == SIZES.severity(now.size_mm)


def test_a_lesion_that_stays_keeps_its_least():
    course = Course(resolves=0.0, grows=0.0, shrinks=1.0)
    assert fate(lesion(4.0), SIZES, course, np.random.default_rng(0), least_mm=3.5).size_mm == 3.5


def test_the_dials_reach_the_lesions():
    def drawn(**dials):
        patients = [sample("d", 1, i, Dials(**dials), [KIND], PERSON) for i in range(300)]
        return [item for patient in patients for item in patient.visits[0].lesions]

    assert len(drawn(prevalence=0.0)) == 0
    assert len(drawn(prevalence=0.4)) > 1.6 * len(drawn(prevalence=0.2)) > 60
    assert {item.certain for item in drawn(uncertain=1.0)} == {False}
    assert {item.attributes["colour"] for item in drawn()} == {"red", "blue"}
    assert {item.place for item in drawn()} == {"left-upper", "right-upper"}


def test_several_lesions_of_a_kind_take_places_of_their_own():
    kind = Kind("spot", 0.2, SIZES, places(("left", "right"), ("upper",)), many=(0.0, 1.0), weight=5.0)
    held = [sample("d", 1, i, Dials(), [kind], PERSON).visits[0].lesions for i in range(40)]
    assert {len(items) for items in held} == {0, 2}
    assert all(len({item.place for item in items}) == len(items) for items in held)


def test_who_is_no_person_has_no_sex_and_no_age():
    person = sample_person(np.random.default_rng(0), {"line": ("a", "b")}, ages=None)
    assert person.known == {}
    assert person.own["line"] in ("a", "b")


def test_a_spec_takes_its_tables_from_the_kinds():
    spec = spec_of("d", [KIND, Kind("many", 0.1, SIZES, many=(0.5, 0.8), hazard=0.3)], step=2)
    assert (spec.findings, spec.several, spec.confounded) == (("spot", "many"), ("many",), "spot")
    assert (spec.prevalence, spec.hazard) == ({"spot": 0.2, "many": 0.1}, {"many": 0.3})
    assert spec.spoken(5.2) == 6
