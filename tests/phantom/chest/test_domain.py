import numpy as np
import pytest

from polyclinic.errors import UsageError
from polyclinic.phantom.chest.domain import SPEC, labels, remarks, sample_patient
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.world import Phantom


def test_the_heart_is_spoken_of_where_no_finding_speaks_of_it():
    for i in range(60):
        patient = sample_patient(3, i)
        for visit in patient.visits:
            _, late = remarks(patient, visit, Draws(np.random.default_rng(i)))
            large = any(lesion.name == "cardiomegaly" for lesion in visit.lesions)
            assert any(key.startswith("heart_") for key in late) != large


def test_labels_say_how_the_film_was_taken():
    patient = sample_patient(3, 1)
    assert labels(patient).keys() == {"sex", "age", "view"}
    assert SPEC.findings[0] == "atelectasis"


def test_a_ct_is_of_a_chest_and_of_a_visit_that_was():
    with pytest.raises(UsageError, match="got visit 9"):
        Phantom("chest", 3).ct(0, 9)
    with pytest.raises(UsageError, match="no CT"):
        Phantom("fundus", 3).ct(0)
