import numpy as np
import pytest

from polyclinic.phantom.abdomen.domain import KINDS, labels, sample_patient
from polyclinic.phantom.abdomen.places import PLACES, candidate, reach_mm
from polyclinic.phantom.abdomen.tissues import TUMOURS
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.world import Phantom

SIZE = 64


@pytest.fixture(scope="module")
def studies():
    return [study for i in range(30) for study in Phantom("abdomen", 3, Dials(size=SIZE)).studies(i)]


def test_eight_organs_have_tumours_and_every_place_has_its_lesions():
    assert len(TUMOURS) == 8
    assert {kind.name for kind in KINDS} == {*TUMOURS, "cyst"}
    used = {"-".join(part for part in place if part) for kind in KINDS for place in kind.places}
    assert used == PLACES.keys()


def test_the_image_is_of_the_modality_that_the_labels_name(studies):
    seen = set()
    for study in studies:
        (image,) = study.images
        assert image.modality == study.labels["modality"].upper()
        assert image.pixels.shape == (1, SIZE // 2, SIZE, SIZE)
        assert (image.pixels.min() < -500) == (image.modality == "CT")
        seen.add(image.modality)
    assert seen == {"CT", "MR"}


def test_lesions_lie_on_their_side(studies):
    for study in studies:
        for region in study.regions:
            if region.kind == "finding" and region.attributes.get("zone") not in {"lobe", None}:
                if "side" in region.attributes:
                    left = (region.box[0] + region.box[3]) / 2 > SIZE / 2
                    assert left == (region.attributes["side"] == "left")


def test_tumours_of_solid_organs_touch_their_organ(studies):
    touching = []
    for study in studies:
        organs = {region.name: region.array for region in study.regions if region.kind == "organ"}
        for region in study.regions:
            organ = region.name.removesuffix(" tumour")
            if region.kind == "finding" and organ in organs:
                touching.append((organs[organ] & region.array).any())
    assert len(touching) > 10
    assert np.mean(touching) > 0.95


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_places_are_near_their_middle(kind):
    for side, zone in kind.places:
        lesion = Lesion(1, kind.name, side, zone, 30.0, "small", 0.8, None)
        middle, spread = PLACES[lesion.place]
        assert candidate(lesion, [0.5, 0.5, 0.5]) == pytest.approx(middle)
        assert np.subtract(candidate(lesion, [1.0, 1.0, 1.0]), middle) == pytest.approx(spread)
        assert reach_mm(lesion) > 15.0


def test_a_patient_keeps_the_modality():
    for i in range(6):
        patient = sample_patient(3, i)
        assert labels(patient)["modality"] in {"ct", "mr"}
