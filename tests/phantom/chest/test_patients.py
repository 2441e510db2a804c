from collections import Counter

import pytest

from polyclinic.phantom.chest.latents import FINDINGS
from polyclinic.phantom.chest.patients import COVERED, PREVALENCE, SIZES, chest_width_mm, sample_patient, severity
from polyclinic.phantom.dials import Dials


@pytest.fixture(scope="module")
def patients():
    return [sample_patient(1, i) for i in range(2500)]


@pytest.fixture(scope="module")
def visits(patients):
    return [visit for patient in patients for visit in patient.visits]


def test_a_patient_is_a_function_of_seed_and_index():
    assert sample_patient(4, 17) == sample_patient(4, 17)
    assert sample_patient(4, 17).person != sample_patient(5, 17).person
    assert sample_patient(4, 17).id == "chest-4-000017"


def test_prevalence_is_what_the_table_says(visits):
    for name in FINDINGS:
        share = sum(any(item.name == name and item.certain for item in visit.lesions) for visit in visits) / len(visits)
        assert share == pytest.approx(PREVALENCE[name], abs=0.025), name


def test_a_fifth_to_a_quarter_of_visits_show_nothing_and_none_shows_more_than_four_kinds(visits):
    kinds = Counter(len({item.name for item in visit.lesions}) for visit in visits)
    assert 0.19 < kinds[0] / len(visits) < 0.26
    assert max(kinds) == 4
    assert sum(count for number, count in kinds.items() if number >= 2) / len(visits) > 0.4


def test_effusion_goes_with_a_large_heart(patients):
    first = [{item.name for item in patient.visits[0].lesions} for patient in patients]
    ill = [names for names in first if names]
    hearts = [names for names in ill if "cardiomegaly" in names]
    others = [names for names in ill if "cardiomegaly" not in names]
    share = [sum("effusion" in names for names in group) / len(group) for group in (hearts, others)]
    assert share[0] > share[1] + 0.03


def test_about_one_lesion_in_seventeen_is_borderline(visits):
    lesions = [item for visit in visits for item in visit.lesions]
    assert 0.045 < sum(not item.certain for item in lesions) / len(lesions) < 0.075


def test_sizes_keep_their_bounds_and_severity_follows_size(visits):
    for item in (item for visit in visits for item in visit.lesions):
        assert SIZES[item.name].least <= item.size_mm <= SIZES[item.name].most
        assert item.severity == severity(item.name, item.size_mm)


def test_a_large_heart_is_large_for_its_chest(patients):
    for patient in patients:
        assert 0.38 <= patient.person.cardiothoracic_ratio <= 0.5
        for item in (item for visit in patient.visits for item in visit.lesions):
            if item.name == "cardiomegaly" and item.certain:
                assert item.size_mm / chest_width_mm(patient.person) > 0.55


def test_visits_follow_each_lesion(patients):
    changes = Counter()
    for patient in patients:
        assert 1 <= len(patient.visits) <= 4
        assert all(item.change is None for item in patient.visits[0].lesions)
        for before, after in zip(patient.visits, patient.visits[1:], strict=False):
            assert 20 <= after.time_days - before.time_days <= 200
            was = {item.key: item for item in before.lesions}
            now = {item.key: item for item in after.lesions}
            assert {item.key for item in after.resolved} == was.keys() - now.keys()
            for key, item in now.items():
                changes[item.change] += 1
                if key not in was:
                    assert item.change == "new"
                else:
                    grown = item.size_mm - was[key].size_mm
                    assert (grown > 0, grown < 0, grown == 0) == tuple(
                        item.change == word for word in ("worse", "better", "same")
                    )
                    assert (item.side, item.zone, item.certain) == (was[key].side, was[key].zone, was[key].certain)
    assert min(changes[word] for word in ("new", "worse", "better", "same")) > 100


def test_no_lesion_lies_where_fluid_or_heart_cover_it(patients):
    for patient in patients:
        life = [item for visit in patient.visits for item in visit.lesions]
        for cover in (item for item in life if item.name in COVERED):
            side = "left" if cover.name == "cardiomegaly" else cover.side
            assert not [item for item in life if item.side == side and item.zone in COVERED[cover.name]]


def test_the_confounder_ties_site_to_pneumonia():
    people = [sample_patient(1, i, Dials(confounder=1.0)) for i in range(300)]
    for patient in people:
        ill = any(item.name == "pneumonia" for item in patient.visits[0].lesions)
        assert (patient.person.site == 0) == ill


def test_the_confounder_moves_nothing_else():
    plain, tied = sample_patient(1, 5), sample_patient(1, 5, Dials(confounder=1.0))
    assert plain.visits == tied.visits


def test_prevalence_can_be_turned_off():
    assert all(not sample_patient(1, i, Dials(prevalence=0.0)).visits[0].lesions for i in range(50))
