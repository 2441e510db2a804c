import numpy as np
import pytest

from polyclinic.errors import UsageError
from polyclinic.phantom.chest.latents import FINDINGS
from polyclinic.phantom.chest.patients import chest_width_mm
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom


@pytest.fixture(scope="module")
def world():
    return Phantom("chest", 3)


@pytest.fixture(scope="module")
def studies(world):
    return [study for i in range(60) for study in world.studies(i)]


def test_a_study_is_complete(studies):
    for study in studies:
        film = study.images[0]
        assert film.pixels.shape == (1, 128, 128)
        assert film.pixels.dtype == np.uint8
        assert (film.modality, film.spacing_mm) == ("DX", (2.9688, 2.9688))
        assert tuple(finding.name for finding in study.findings) == FINDINGS
        assert study.report is not None
        assert study.turns
        assert study.outcome is not None
        assert study.outcome.time_days >= 1
        assert study.labels.keys() == {"sex", "age", "view", "site", "scanner"}


def test_the_record_survives_json(studies):
    study = studies[0]
    again = type(study).from_json(study.to_json())
    assert (again.findings, again.turns, again.regions) == (study.findings, study.turns, study.regions)


def test_visits_are_chained_by_prior(world):
    index = next(i for i in range(60) if len(world.patient(i).visits) > 2)
    first, second, third = world.studies(index)[:3]
    assert (first.prior, second.prior, third.prior) == (None, first.id, second.id)
    assert first.id == f"chest-3-{index:06d}-v1"
    assert first.images[0].time_days == 0 < second.images[0].time_days < third.images[0].time_days


def test_the_same_patient_gives_the_same_pixels_whatever_else_is_drawn(world, studies):
    again = Phantom("chest", 3).studies(7)[0]
    known = next(study for study in studies if study.id == again.id)
    assert np.array_equal(again.images[0].pixels, known.images[0].pixels)
    assert again.to_json() == known.to_json()
    other = Phantom("chest", 4).studies(7)[0]
    assert not np.array_equal(other.images[0].pixels, known.images[0].pixels)


def test_truth_agrees_between_latents_and_findings(world):
    for i in range(40):
        for visit, study in zip(world.patient(i).visits, world.studies(i), strict=True):
            for finding in study.findings:
                sure = [item for item in visit.lesions if item.name == finding.name and item.certain]
                unsure = [item for item in visit.lesions if item.name == finding.name and not item.certain]
                assert finding.present is (True if sure else None if unsure else False)
                assert (finding.change == "resolved") == (
                    finding.present is False and any(item.name == finding.name for item in visit.resolved)
                )


def test_findings_overlap_in_some_studies(studies):
    def overlap(one, two):
        return (one.array & two.array).any()

    shared = 0
    for study in studies:
        places = [region for region in study.regions if region.kind == "finding"]
        shared += any(overlap(one, two) for i, one in enumerate(places) for two in places[:i])
    assert shared / len(studies) > 0.1


def test_anatomy_varies_from_patient_to_patient(world, studies):
    people = {study.subject: study for study in studies}.values()
    lungs = [float(study.regions[0].array.sum() + study.regions[1].array.sum()) for study in people]
    assert np.std(lungs) / np.mean(lungs) > 0.08
    hearts = {(p.person.cardiothoracic_ratio, chest_width_mm(p.person)) for p in map(world.patient, range(60))}
    assert len(hearts) > 55


def test_without_variety_everyone_is_average():
    world = Phantom("chest", 3, Dials(anatomy=0.0, noise=0.0, prevalence=0.0))
    habits = [world.patient(i).person for i in range(20)]
    assert len({(h.build, h.inspiration, h.cardiothoracic_ratio, h.aorta) for h in habits}) == 1


def test_noise_is_a_dial():
    rough, smooth = (
        Phantom("chest", 3, Dials(noise=noise)).studies(2)[0].images[0].pixels[0].astype(float) for noise in (1.0, 0.0)
    )
    grain = np.abs(np.diff(rough, axis=1)).mean() - np.abs(np.diff(smooth, axis=1)).mean()
    assert grain > 0.5


def test_a_confounding_site_and_a_shift_change_the_film_only():
    plain, shifted = (Phantom("chest", 3, Dials(shift=shift)).studies(2)[0] for shift in (0.0, 1.0))
    assert plain.findings == shifted.findings
    assert shifted.images[0].pixels.mean() != pytest.approx(plain.images[0].pixels.mean(), abs=3)


def test_languages_are_drawn_by_weight():
    world = Phantom("chest", 3, Dials(size=32, languages=("en", "zh", "ar")))
    spoken = [study.report.language for i in range(150) for study in world.studies(i)]
    share = {language: spoken.count(language) / len(spoken) for language in ("en", "zh", "ar")}
    assert share["en"] == pytest.approx(0.6, abs=0.1)
    assert share["zh"] == pytest.approx(0.2, abs=0.08)


def test_a_lateral_view_comes_second_and_leaves_the_frontal_as_it_was(world):
    both = Phantom("chest", 3, Dials(views=("frontal", "lateral"))).studies(0)[0]
    assert [image.view for image in both.images] == ["PA", "LL"]
    assert np.array_equal(both.images[0].pixels, world.studies(0)[0].images[0].pixels)
    assert all(region.image == 0 for region in both.regions)


def test_the_outcome_follows_the_morphology():
    world = Phantom("chest", 3, Dials(size=32))
    deaths = {True: [], False: []}
    for i in range(400):
        patient = world.patient(i)
        grave = any(item.name == "mass" and item.size_mm > 45 for item in patient.visits[-1].lesions)
        deaths[grave].append(world.studies(i)[-1].outcome.event)
    assert np.mean(deaths[True]) > np.mean(deaths[False]) + 0.1


def test_an_unknown_domain_is_refused():
    with pytest.raises(UsageError, match="no phantom of 'knee'"):
        Phantom("knee", 1)
