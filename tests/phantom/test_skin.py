import numpy as np
import pytest

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.skin.domain import KINDS, renderer, sample_patient
from polyclinic.phantom.skin.findings import EDGES, FIELD_MM, PIGMENT, SECOND
from polyclinic.phantom.skin.surface import TONES
from polyclinic.phantom.world import Phantom


@pytest.fixture(scope="module")
def studies():
    return [study for i in range(60) for study in Phantom("skin", 3).studies(i)]


def lesions(studies, name):
    for study in studies:
        for region in study.regions:
            if region.name == name:
                yield study, region


def inside_and_around(study, region):
    pixels = study.images[0].pixels.astype(float)
    x0, y0, x1, y1 = map(int, region.box)
    ring = np.zeros(region.array.shape, bool)
    ring[max(0, y0 - 6) : y1 + 6, max(0, x0 - 6) : x1 + 6] = True
    for other in study.regions:
        ring &= ~other.array
    return pixels[:, region.array].mean(1), pixels[:, ring].mean(1)


def test_every_attribute_has_its_look():
    by_name = {kind.name: kind for kind in KINDS}
    assert set(by_name["melanoma"].attributes["colour"]) == SECOND.keys()
    assert {*by_name["naevus"].attributes["colour"], *by_name["keratosis"].attributes["colour"]} == PIGMENT.keys()
    assert {margin for kind in KINDS for margin in kind.margins} == EDGES.keys()


def test_pigment_is_darker_and_blood_is_redder_than_the_skin_around(studies):
    for name in ("melanoma", "naevus", "keratosis"):
        darker = [np.less(*map(np.sum, inside_and_around(*pair))) for pair in lesions(studies, name)]
        assert np.mean(darker) > 0.9, name
    for study, region in lesions(studies, "haemangioma"):
        within, around = inside_and_around(study, region)
        assert within[1] / within[0] < around[1] / around[0]


def test_a_lesion_is_as_wide_as_its_size_says(studies):
    for name in ("naevus", "haemangioma"):
        for _, region in lesions(studies, name):
            x0, y0, x1, y1 = region.box
            if min(x0, y0) > 0 and max(x1, y1) < 128:
                assert max(x1 - x0, y1 - y0) * FIELD_MM / 128 == pytest.approx(region.attributes["size_mm"], rel=0.3)


def test_the_tone_of_the_skin_shows():
    bright = {tone: [] for tone in TONES}
    for i in range(40):
        patient = sample_patient(3, i)
        if not patient.visits[0].lesions:
            seen = renderer(3, patient, Dials(size=32))(patient.visits[0])
            bright[patient.person.own["tone"]].append(seen.images[0].pixels.mean())
    assert np.mean(bright["light"]) > np.mean(bright["medium"]) > np.mean(bright["dark"])


def test_hairs_lie_otherwise_at_each_visit_and_lesions_do_not():
    index = next(i for i in range(60) if len(sample_patient(3, i).visits) > 1 and sample_patient(3, i).worst)
    patient = sample_patient(3, index)
    draw = renderer(3, patient, Dials(size=64, noise=0.0))
    assert not np.array_equal(*(draw(visit).images[0].pixels for visit in patient.visits[:2]))
