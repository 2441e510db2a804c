import numpy as np
import pytest
from sklearn.metrics import f1_score

from polyclinic.curate.instructions import Survey
from polyclinic.errors import UsageError
from polyclinic.evaluation.protocol import Context
from polyclinic.evaluation.reports import finding_parts, predict, score
from polyclinic.study import Image, Report, Study


def row(reference, predicted, subject, **known):
    base = {"study": subject, "subject": subject, "language": "en", "baseline": None, "blind": None}
    return base | {"reference": reference, "predicted": predicted} | known


def test_findings_by_hand():
    rows = [
        row("There is a nodule.", "There is a nodule and an effusion.", "a"),  # one right, one wrong
        row("There is an effusion.", "No effusion.", "b"),  # one missed
        row("No nodule.", "No nodule.", "c"),  # nothing to find
    ]
    scores = score(rows)
    assert scores["reports.finding_f1"].value == pytest.approx(2 / (2 + 1 + 1))
    assert scores["reports.nodule.finding_f1"].value == 1
    assert scores["reports.effusion.finding_f1"].value == 0


def test_wording_and_its_baselines():
    text = "The heart is of normal size."
    found = score([row(text, text, "a", baseline="Nothing.", blind=text), row(text, text, "b", baseline="", blind="")])
    assert found["reports.bleu4"].value == 1
    assert found["reports.bleu4"].baseline == 0
    assert found["reports.rouge_l"].blind == 0.5


def test_parts_leave_out_what_either_side_hedges():
    names = ["mass", "nodule", "effusion"]
    parts = finding_parts({"mass": True, "nodule": None}, {"mass": True, "nodule": True, "effusion": True}, names)
    assert parts.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_agreement_with_scikit_learn():
    rng = np.random.default_rng(0)
    names = ["mass", "nodule", "effusion"]
    truth, guess = rng.integers(0, 2, (2, 40, 3)).astype(bool)
    parts = [
        finding_parts(dict(zip(names, t, strict=True)), dict(zip(names, g, strict=True)), names)
        for t, g in zip(truth, guess, strict=True)
    ]
    right, extra, missed = sum(parts).sum(0)
    assert 2 * right / (2 * right + extra + missed) == pytest.approx(f1_score(truth, guess, average="micro"))


class Writer:
    def __init__(self):
        self.asked = []

    def report(self, studies, language="en"):
        self.asked += [(study.id, language, len(study.prior_images)) for study in studies]
        return [Report({"findings": f"about {study.id}"}, language) for study in studies]


def test_a_language_that_the_system_does_not_write_is_left_out_by_name():
    class Monoglot(Writer):
        def report(self, studies, language="en"):
            if language != "en":
                raise UsageError(f"no reports in {language!r}")
            return super().report(studies, language)

    studies = [Study(code, code, report=Report({"findings": "rien"}, code)) for code in ("en", "fr")]
    context = Context(Survey(), blind=False)
    rows = predict(Monoglot(), studies, None, context)
    assert [r["study"] for r in rows] == ["en"]
    assert context.skipped == ["reports: no reports in 'fr'"]
    assert "reports.rouge_l" in score([r | {"language": "fr"} for r in rows])


def test_each_report_is_asked_in_its_language_with_the_prior_visit():
    image = (Image.from_array(np.zeros((4, 4)), time_days=0.0),)
    before = Study("b", "p", images=image)
    studies = [
        Study("x", "p", images=image, report=Report({"findings": "未见结节"}, "zh"), prior="b"),
        Study("y", "q", images=image, captions=("a caption",)),
        Study("z", "r", images=image),
    ]
    writer = Writer()
    context = Context(Survey(), lambda s: before if s.prior else None, blind=False)
    rows = predict(writer, studies, None, context)
    assert sorted(writer.asked) == [("x", "zh", 1), ("y", "en", 0)]
    assert [(r["study"], r["reference"], r["predicted"]) for r in rows] == [
        ("x", "未见结节", "about x"),
        ("y", "a caption", "about y"),
    ]
