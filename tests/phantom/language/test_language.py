"""Reports and questions tell the truth of a patient, in three languages, and questions give nothing away."""

from collections import defaultdict

import numpy as np
import pytest

from polyclinic.metrics.finding_labels import label_report
from polyclinic.phantom.chest.latents import FINDINGS
from polyclinic.phantom.chest.patients import sample_patient
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import load_domain
from polyclinic.phantom.language import ask_questions, write_report
from polyclinic.phantom.language.facts import __doc__ as facts
from polyclinic.phantom.language.lexicon import __doc__ as lexicon
from polyclinic.phantom.language.questions import __doc__ as questions
from polyclinic.phantom.language.report import __doc__ as report
from polyclinic.phantom.latents import Visit

DIALS = Dials()
CHEST = load_domain("chest")
VISITS = [
    (patient, visit) for i in range(150) for patient in [sample_patient(11, i, DIALS)] for visit in patient.visits
]


def truth(visit: Visit) -> dict[str, bool | None]:
    said: dict[str, bool | None] = dict.fromkeys(FINDINGS, False)
    for lesion in visit.lesions:
        said[lesion.name] = True if lesion.certain or said[lesion.name] is True else None
    return said


def test_every_module_says_what_it_is() -> None:
    assert all((facts, lexicon, questions, report))


@pytest.mark.parametrize("language", ["en", "zh", "ar"])
def test_reports_tell_the_truth(language: str) -> None:
    right = total = 0
    for number, (patient, visit) in enumerate(VISITS):
        text = write_report(CHEST, patient, visit, language, np.random.default_rng(number)).text
        said = label_report(text, language)
        for name, value in truth(visit).items():
            right += (said.get(name, False) is value) or (value is None and said.get(name) in (None, True))
            total += 1
    assert right / total >= 0.98


def test_presence_questions_give_nothing_away() -> None:
    answers: dict[str, int] = defaultdict(int)
    for i in range(1500):
        patient = sample_patient(13, i, DIALS)
        for visit in patient.visits:
            for turn in ask_questions(CHEST.SPEC, visit, (), 128, "en", np.random.default_rng((i, visit.index))):
                if turn.topic == "presence":
                    assert turn.options == ("yes", "no")
                    answers[turn.answer] += 1
    share = answers["yes"] / sum(answers.values())
    assert share == pytest.approx(0.5, abs=0.02)


def test_the_same_arguments_give_the_same_words() -> None:
    patient, visit = VISITS[3]
    for language in ("en", "zh", "ar"):
        one, two = (write_report(CHEST, patient, visit, language, np.random.default_rng(1)) for _ in range(2))
        assert one == two
