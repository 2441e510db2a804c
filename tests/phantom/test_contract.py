"""What every domain of the phantom keeps to, whatever it shows."""

import re
import time

import numpy as np
import pytest

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import domain_names, load_domain
from polyclinic.phantom.language import ask_questions
from polyclinic.phantom.language.lexicon import lexicon
from polyclinic.phantom.picture import box_of
from polyclinic.phantom.world import Phantom
from polyclinic.study import LANGUAGES, Study

DOMAINS = domain_names()
SIZE, PATIENTS = 64, 24
every_domain = pytest.mark.parametrize("domain", DOMAINS)


def world(domain, seed=3, size=SIZE, **dials):
    return Phantom(domain, seed, Dials(size=size, **dials))


def visits_of(domain, patients, seed=3, dials=None):
    bring = load_domain(domain)
    return [visit for i in range(patients) for visit in bring.sample_patient(seed, i, dials).visits]


@pytest.fixture(scope="module")
def studies():
    """Visits with their Studies, by domain, each made once."""
    known = {}

    def of(domain):
        if domain not in known:
            made = world(domain)
            known[domain] = [
                pair for i in range(PATIENTS) for pair in zip(made.patient(i).visits, made.studies(i), strict=True)
            ]
        return known[domain]

    return of


def test_there_are_domains():
    assert len(DOMAINS) >= 11


@every_domain
def test_the_same_arguments_give_the_same_bytes(domain, studies):
    for study in world(domain).studies(5):
        known = next(made for _, made in studies(domain) if made.id == study.id)
        assert study.to_json() == known.to_json()
        assert all(
            one.pixels.tobytes() == two.pixels.tobytes() for one, two in zip(study.images, known.images, strict=True)
        )
    other = world(domain, seed=4).studies(5)[0]
    assert not np.array_equal(other.images[0].pixels, world(domain).studies(5)[0].images[0].pixels)


@every_domain
def test_a_study_says_what_it_is(domain, studies):
    for visit, study in studies(domain):
        assert study.source.name == f"phantom {domain}"
        assert study.domain == domain
        assert study.report.text
        assert {"site", "scanner"} <= study.labels.keys()
        assert tuple(finding.name for finding in study.findings) == load_domain(domain).SPEC.findings
        assert study.images[0].time_days == visit.time_days
        assert Study.from_json(study.to_json()).regions == study.regions
    assert sum(bool(study.turns) for _, study in studies(domain)) > 0.9 * len(studies(domain))


@every_domain
def test_masks_lie_in_the_image_and_boxes_around_them(domain, studies):
    for _, study in studies(domain):
        for region in study.regions:
            shape = study.images[region.image].pixels.shape[1:]
            assert region.array.shape == shape
            assert box_of(region.array) == region.box


@every_domain
def test_nearly_every_lesion_has_its_region_and_no_other_is_there(domain, studies):
    seen = lesions = 0
    for visit, study in studies(domain):
        keys = [region.attributes["key"] for region in study.regions if region.kind == "finding"]
        assert set(keys) <= {lesion.key for lesion in visit.lesions}
        assert len(set(keys)) == len(keys)
        seen += len(keys)
        lesions += len(visit.lesions)
    assert seen >= 0.93 * lesions > 20


@every_domain
@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_say_what_is_found(domain, language):
    told = world(domain, size=32, languages=(language,))
    for i in range(12):
        for study in told.studies(i):
            said = read(study.report.sections["findings"], domain, language)
            for finding in study.findings:
                if finding.present is False:
                    assert said.get(finding.name, False) is False, study.report.text
                else:
                    assert said[finding.name] is finding.present, study.report.text


def read(text, domain, language):
    """Finding -> what the sentences state, by the language's own patterns."""
    lex = lexicon(language, domain)
    report = lex.report
    tests = [(key, value) for key, value in (("absent", False), ("gone", False), ("unsure", None))]
    said = {}
    for sentence in re.split(re.escape(lex.stop) + r"\s*", text.lower()):
        value = next((v for key, v in tests if any(like(p).fullmatch(sentence) for p in report[key])), True)
        names = [(noun.lower(), name) for name, term in lex.terms.items() for noun in nouns(term)]
        rest = sentence
        for noun, name in sorted(names, key=lambda item: -len(item[0])):
            if noun in rest:
                rest = rest.replace(noun, "_")
                said[name] = value if said.get(name) is not True else True
    return said


def nouns(term):
    return [noun.text for noun in term.nouns] + list(term.plural)


def like(pattern):
    return re.compile("".join(".+" if part.startswith("{") else re.escape(part.lower()) for part in parts(pattern)))


def parts(pattern):
    return [part for part in re.split(r"(\{\w+\})", pattern) if part]


@every_domain
def test_answers_agree_with_the_findings(domain, studies):
    lex = lexicon("en", domain)
    topics = set()
    for visit, study in studies(domain):
        present = {finding.name: finding.present for finding in study.findings}
        sure = [name for name, there in present.items() if there]
        for turn in study.turns:
            topics.add(turn.topic)
            if turn.topic == "presence":
                asked = [(name, negated) for name in present for text, negated in lex.terms[name].presence
                         if text == turn.question]  # fmt: skip
                name, negated = asked[0]
                assert turn.answer == ("yes" if present[name] != negated else "no")
            if turn.topic == "which":
                assert turn.answer == (lex.join([lex.terms[n].name for n in sure], "and") if sure else "no finding")
            if turn.question in lex.ask["kinds"]:
                assert turn.answer == str(len(sure))
            if turn.topic == "change":
                changes = {lesion.change for lesion in (*visit.lesions, *visit.resolved)}
                assert turn.answer in {lex.changes[change] for change in changes}
    assert {"presence", "which", "count", "size", "change", "region"} <= topics


@every_domain
def test_languages_ask_and_tell_the_same(domain):
    made = {language: world(domain, languages=(language,)).studies(2) for language in LANGUAGES}
    for english, *others in zip(*made.values(), strict=True):
        for other in others:
            assert [turn.topic for turn in other.turns] == [turn.topic for turn in english.turns]
            assert other.findings == english.findings
            assert other.report.text != english.report.text
        assert [study.report.language for study in (english, *others)] == list(LANGUAGES)


@every_domain
def test_change_is_the_change_of_size(domain):
    bring = load_domain(domain)
    seen = set()
    for i in range(150):
        patient = bring.sample_patient(3, i)
        for before, after in zip(patient.visits, patient.visits[1:], strict=False):
            was = {lesion.key: lesion for lesion in before.lesions}
            for lesion in after.lesions:
                seen.add(lesion.change)
                grown = lesion.size_mm - was[lesion.key].size_mm if lesion.key in was else None
                expected = "new" if grown is None else "worse" if grown > 0 else "better" if grown < 0 else "same"
                assert lesion.change == expected
            assert {lesion.key for lesion in after.resolved} == was.keys() - {item.key for item in after.lesions}
    assert {"new", "worse", "same"} <= seen


@every_domain
def test_prevalence_is_what_the_table_says_and_questions_are_balanced_by_it(domain):
    spec, answers = load_domain(domain).SPEC, []
    visits = visits_of(domain, 2500, seed=13)
    for name in spec.findings:
        share = np.mean([any(item.name == name and item.certain for item in visit.lesions) for visit in visits])
        assert share == pytest.approx(spec.prevalence[name], abs=0.03), name
    for number, visit in enumerate(visits[:900]):
        turns = ask_questions(spec, visit, (), SIZE, "en", np.random.default_rng(number))
        answers += [turn.answer == "yes" for turn in turns if turn.topic == "presence"]
    assert np.mean(answers) == pytest.approx(0.5, abs=0.03)


@every_domain
def test_contrast_makes_lesions_stand_out(domain):
    drawn = {
        contrast: [s for i in range(8) for s in world(domain, contrast=contrast, noise=0.0).studies(i)]
        for contrast in (0.0, 0.4, 1.0)
    }
    seen = {0.4: 0.0, 1.0: 0.0}
    for nothing, *others in zip(*drawn.values(), strict=True):
        for contrast, study in zip(seen, others, strict=True):
            away = study.images[0].pixels.astype(float) - nothing.images[0].pixels
            seen[contrast] += sum(np.abs(away[:, region.array]).mean() for region in study.regions
                                  if region.kind == "finding")  # fmt: skip
    assert seen[1.0] > 1.4 * seen[0.4] > 0.0


@every_domain
def test_the_confounder_ties_the_site_to_its_finding(domain):
    bring, name = load_domain(domain), load_domain(domain).SPEC.confounded
    ill = 0
    for i in range(200):
        patient = bring.sample_patient(1, i, Dials(confounder=1.0))
        there = any(lesion.name == name for lesion in patient.visits[0].lesions)
        ill += there
        assert (patient.person.site == 0) == there
        assert patient.visits == bring.sample_patient(1, i).visits
    assert ill > 10


@every_domain
def test_a_shift_moves_pixels_and_no_truth(domain):
    for plain, moved in zip(world(domain).studies(2), world(domain, shift=1.0).studies(2), strict=True):
        assert plain.findings == moved.findings
        one, two = (study.images[0].pixels.astype(float).mean((1, 2)) for study in (plain, moved))
        assert np.abs(one - two).max() > 0.01 * one.max()


@every_domain
def test_noise_is_a_dial(domain):
    rough, smooth = (world(domain, noise=noise).studies(2)[0].images[0].pixels.astype(float) for noise in (1.0, 0.0))
    assert np.abs(np.diff(rough, axis=-1)).mean() > np.abs(np.diff(smooth, axis=-1)).mean()


@pytest.mark.slow
@every_domain
def test_a_core_makes_100_studies_a_second_and_2_of_volumes(domain):
    made, rates = Phantom(domain, 9), []
    least = 2 if made.studies(0)[0].images[0].pixels.ndim == 4 else 100
    list(map(made.studies, range(3)))
    for start in range(3, 53, 10):
        began = time.process_time()
        count = sum(len(made.studies(i)) for i in range(start, start + 10))
        rates.append(count / (time.process_time() - began))
    assert max(rates) >= least
