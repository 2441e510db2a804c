import numpy as np
import pytest

from polyclinic.phantom.brain.domain import sample_patient
from polyclinic.phantom.brain.head import Head
from polyclinic.phantom.brain.tissues import SEQUENCES
from polyclinic.phantom.dials import Dials

DIALS = Dials(size=64, noise=0.0)


@pytest.fixture(scope="module")
def heads():
    return [Head.of(3, sample_patient(3, i), DIALS) for i in range(6)]


def signal(head, sequence, name):
    return head.signals[SEQUENCES.index(sequence)][head.structures[name]].mean()


def test_fluid_is_dark_in_flair_and_t1_and_bright_in_t2(heads):
    for head in heads:
        assert signal(head, "T2", "ventricles") > 1.3 * signal(head, "T2", "white matter")
        for sequence in ("FLAIR", "T1", "T1c"):
            assert signal(head, sequence, "ventricles") < 0.6 * signal(head, sequence, "white matter")


def test_grey_and_white_matter_change_places_between_t1_and_t2(heads):
    for head in heads:
        assert signal(head, "T1", "white matter") > signal(head, "T1", "grey matter")
        assert signal(head, "T2", "white matter") < signal(head, "T2", "grey matter")


def test_structures_do_not_overlap_and_have_their_size(heads):
    for head in heads:
        assert np.sum(list(head.structures.values()), axis=0).max() == 1
        litres = {name: mask.sum() * np.prod(head.grid.spacing_mm) / 1e6 for name, mask in head.structures.items()}
        assert 0.012 < litres["ventricles"] < 0.09
        assert 0.07 < litres["cerebellum"] < 0.2
        assert 0.7 < litres["grey matter"] + litres["white matter"] < 1.4


def test_a_head_is_about_the_same_on_both_sides_and_lies_within_the_picture(heads):
    for head in heads:
        skull = head.structures["skull"]
        assert not skull[:, [0, -1]].any()
        assert not skull[:, :, [0, -1]].any()
        left, right = skull[:, :, 32:].sum(), skull[:, :, :32].sum()
        assert left == pytest.approx(right, rel=0.12)


def test_the_same_head_at_any_size():
    small, large = (Head.of(3, sample_patient(3, 1), Dials(size=size)) for size in (64, 128))
    for name in ("ventricles", "skull", "cerebellum"):
        volumes = [h.structures[name].sum() * np.prod(h.grid.spacing_mm) for h in (small, large)]
        assert volumes[0] == pytest.approx(volumes[1], rel=0.1)
    assert small.places == large.places


def test_the_old_have_wider_ventricles():
    wide = {"young": [], "old": []}
    for i in range(16):
        patient = sample_patient(3, i)
        age = "old" if patient.person.age_years > 55 else "young"
        wide[age].append(Head.of(3, patient, DIALS).structures["ventricles"].sum())
    assert np.mean(wide["old"]) > 1.1 * np.mean(wide["young"])
