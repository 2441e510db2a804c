import numpy as np
import pytest

from polyclinic.phantom.brain.domain import labels, sample_patient
from polyclinic.phantom.brain.places import LOBES
from polyclinic.phantom.brain.tissues import PROTOCOLS, SEQUENCES, TISSUES
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom

SIZE = 64


@pytest.fixture(scope="module")
def studies():
    return [study for i in range(30) for study in Phantom("brain", 3, Dials(size=SIZE)).studies(i)]


def test_an_image_is_there_for_each_sequence_that_the_labels_name(studies):
    seen = set()
    for study in studies:
        taken = tuple(name for name in SEQUENCES if study.labels[name])
        assert tuple(image.channels[0] for image in study.images) == taken
        assert taken[0] == "FLAIR"
        assert {image.modality for image in study.images} == {"MR"}
        assert {image.affine for image in study.images} == {study.images[0].affine}
        seen.add(taken)
    assert seen == set(PROTOCOLS.values())


def test_lesions_lie_on_their_side(studies):
    for study in studies:
        for region in study.regions:
            if region.kind == "finding":
                left = (region.box[0] + region.box[3]) / 2 > SIZE / 2
                assert left == (region.attributes["side"] == "left")


def test_frontal_is_before_occipital_and_parietal_above_temporal(studies):
    middles = {zone: [] for zone in LOBES}
    for study in studies:
        for region in study.regions:
            if region.kind == "finding":
                middle = np.reshape(region.box, (2, 3)).mean(0)
                middles[region.attributes["zone"]].append((middle[2], middle[1]))
    mean = {zone: np.mean(held, axis=0) for zone, held in middles.items() if held}
    assert mean["frontal"][1] < mean["occipital"][1] - 10
    assert mean["parietal"][0] > mean["temporal"][0] + 2


def test_parts_belong_to_their_lesion(studies):
    parts = 0
    for study in studies:
        whole = {r.attributes["key"]: r.array for r in study.regions if r.kind == "finding"}
        for region in study.regions:
            if region.kind == "part" and region.name != "oedema":
                parts += 1
                assert not (region.array & ~whole[region.attributes["lesion"]]).any()
    assert parts > 5


def test_a_large_glioma_costs_time():
    ends = {True: [], False: []}
    for i in range(160):
        last = Phantom("brain", 3, Dials(size=32)).studies(i)[-1]
        sizes = {finding.name: finding.attributes.get("size_mm", 0.0) for finding in last.findings}
        if sizes["glioma"] > 35 or not any(sizes.values()):
            ends[sizes["glioma"] > 0].append(last.outcome.event)
    assert min(map(len, ends.values())) > 10
    assert np.mean(ends[True]) > np.mean(ends[False]) + 0.2


def test_the_labels_are_those_of_the_protocol():
    for i in range(8):
        patient = sample_patient(3, i)
        known = labels(patient)
        assert {name for name in SEQUENCES if known[name]} == set(PROTOCOLS[patient.person.own["protocol"]])
    assert all(len(signals) == len(SEQUENCES) for signals in TISSUES.values())
