import numpy as np
import pytest

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.fundus.domain import remarks, sample_patient
from polyclinic.phantom.fundus.eye import Eye
from polyclinic.phantom.fundus.findings import FIELD_MM
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.world import Phantom


@pytest.fixture(scope="module")
def studies():
    return [study for i in range(40) for study in Phantom("fundus", 3).studies(i)]


def middle(region):
    x0, y0, x1, y1 = region.box
    return (x0 + x1) / 2, (y0 + y1) / 2


def test_the_disc_lies_to_the_nose(studies):
    for study in studies:
        disc, macula = (next(r for r in study.regions if r.name == name) for name in ("optic disc", "macula"))
        assert (middle(disc)[0] > middle(macula)[0]) == (study.labels["eye"] == "right")
        pixels = study.images[0].pixels.astype(float).sum(0)
        assert pixels[disc.array].mean() > 1.2 * pixels[macula.array].mean()


def test_the_field_is_round_on_black(studies):
    for study in studies:
        pixels = study.images[0].pixels
        assert pixels[:, :8, :8].max() == pixels[:, -8:, -8:].max() == 0
        assert pixels[0].mean() > pixels[1].mean() > pixels[2].mean()


def test_lesions_lie_in_their_quadrant(studies):
    for study in studies:
        macula = next(region for region in study.regions if region.name == "macula")
        towards = 1 if study.labels["eye"] == "right" else -1
        for region in study.regions:
            if "side" in region.attributes:
                across, down = np.subtract(middle(region), middle(macula))
                assert (across * towards > 0) == (region.attributes["side"] == "nasal")
                assert (down < 0) == (region.attributes["zone"] == "superior")


def test_vessels_are_darker_than_what_is_beside_them(studies):
    for study in studies[:10]:
        vessels = next(region.array for region in study.regions if region.name == "vessels")
        green = study.images[0].pixels[1].astype(float)
        beside = np.roll(vessels, 3, 1) & ~vessels & (green > 0)
        assert green[vessels].mean() < green[beside].mean()


def test_the_same_vessels_at_every_visit_and_others_in_another_eye():
    one, again, other = (Eye.of(3, sample_patient(3, i), Dials(size=64)) for i in (1, 1, 2))
    assert np.array_equal(one.vessels[0], again.vessels[0])
    assert not np.array_equal(one.vessels[0], other.vessels[0])


def test_the_disc_is_normal_only_without_cupping():
    said = set()
    for i in range(200):
        patient = sample_patient(3, i)
        for visit in patient.visits:
            early, late = remarks(patient, visit, Draws(np.random.default_rng(i)))
            cupped = any(lesion.name == "cupping" for lesion in visit.lesions)
            said.add((cupped, bool(late)))
            assert set(early) <= {f"eye_{patient.person.own['eye']}"}
    assert said == {(True, False), (False, True), (False, False)}


def test_a_cup_is_as_wide_as_its_finding_says(studies):
    for study in studies:
        for region in study.regions:
            if region.name == "cupping":
                tall = (region.box[3] - region.box[1]) * FIELD_MM / 128
                assert tall == pytest.approx(region.attributes["size_mm"], abs=0.22)
