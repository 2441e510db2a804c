from polyclinic.phantom.latents import Lesion, Patient, Person, Visit

SPOT = Lesion(7, "spot", "left", None, 2.0, "small", 0.8, None, attributes={"colour": "red"})


def test_a_lesion_says_what_is_known_of_it():
    assert SPOT.place == "left"
    assert SPOT.described == {
        "side": "left",
        "size_mm": 2.0,
        "severity": "small",
        "density": 0.8,
        "key": 7,
        "certain": "yes",
        "colour": "red",
    }


def test_the_worst_of_a_life_is_the_largest_of_each():
    larger = Lesion(7, "spot", "left", None, 3.0, "small", 0.8, None)
    other = Lesion(8, "spot", None, None, 1.0, "small", 0.8, None)
    person = Person(sex=None, age_years=None, site=0, scanner=0)
    patient = Patient("p", 0, person, (Visit(0, 0.0, (SPOT,)), Visit(1, 9.0, (larger, other))))
    assert patient.worst == (larger, other)
