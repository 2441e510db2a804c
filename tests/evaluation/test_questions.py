import itertools

import numpy as np
import pytest

from polyclinic.curate.instructions import Survey
from polyclinic.evaluation.protocol import Context
from polyclinic.evaluation.questions import predict, score
from polyclinic.study import Image, Region, Study, Turn
from polyclinic.verbs import Answer

NUMBERS = itertools.count()


def row(reference, predicted, options=("yes", "no"), subject=None, **known):
    base = {
        "study": "s",
        "subject": subject or f"p{next(NUMBERS)}",
        "question": "Is it there?",
        "kind": "closed" if options else "open",
        "topic": None,
        "language": "en",
        "options": list(options),
        "reference": reference,
        "predicted": predicted,
        "confidence": 0.5,
        "baseline": None,
        "blind": None,
    }
    return base | known


def test_always_yes_is_one_half_however_rare_no_is():
    rows = [row("yes", "yes", subject=str(i)) for i in range(9)] + [row("no", "yes", subject="n")]
    scores = score(rows)
    assert scores["questions.closed.balanced_accuracy"].value == 0.5
    assert scores["questions.closed.accuracy"].value == 0.9


def test_languages_are_pooled():
    rows = [
        row("yes", "yes"),
        row("否", "否", ("是", "否"), language="zh"),
        row("نعم", "لا", ("نعم", "لا"), language="ar"),
        row("no", "no", ("no", "yes")),
    ]
    found = score(rows)["questions.closed.balanced_accuracy"]
    assert (found.value, found.n) == (0.75, 4)


def test_other_closed_questions_count_for_accuracy_only():
    scores = score([row("left", "left", ("left", "right")), row("left", "right", ("left", "right"))])
    assert scores["questions.closed.accuracy"].value == 0.5
    assert "questions.closed.balanced_accuracy" not in scores


def test_topics_and_findings_have_their_own_scores():
    rows = [
        row("yes", "yes", question="Is there a nodule?", topic="presence"),
        row("no", "no", question="Is there a nodule?", topic="presence"),
        row("no", "yes", question="Is there an effusion?", topic="presence"),
        row("4", "3", (), question="How many?", topic="Count"),
    ]
    scores = score(rows)
    assert scores["questions.presence.balanced_accuracy"].value == 0.75
    assert scores["questions.presence.nodule.balanced_accuracy"].value == 1
    assert scores["questions.presence.effusion.balanced_accuracy"].value == 0
    assert scores["questions.count.exact_match"].value == 0


def test_baseline_and_blind_are_scored_alike():
    rows = [row("yes", "yes", baseline="yes", blind="no"), row("no", "no", baseline="yes", blind="no")]
    found = score(rows)["questions.closed.balanced_accuracy"]
    assert (found.value, found.baseline, found.blind) == (1, 0.5, 0.5)


class Listener:
    def __init__(self):
        self.asks = []

    def answer(self, asks):
        self.asks += asks
        return [Answer("", 0.0) for _ in asks]


def test_what_the_system_is_asked():
    image = Image.from_array(np.zeros((4, 4), np.uint8), time_days=0.0)
    second = Image.from_array(np.ones((4, 4), np.uint8), time_days=0.0)
    place = Region("", box=(0.0, 0.0, 2.0, 2.0), image=1)
    before = Study("before", "p", images=(image,))
    study = Study(
        "now",
        "p",
        images=(image, second),
        prior="before",
        turns=(
            Turn("Has it grown?", "yes", "closed", prior=True),
            Turn("What is in this box?", "cell", regions=(place,), images=(1,)),
            Turn("Which?", "b", "closed", ("a", "b")),
        ),
    )
    listener = Listener()
    context = Context(Survey(), lambda s: before if s.prior else None, blind=False)
    predict(listener, [study], None, context)
    changed, boxed, chosen = listener.asks
    assert len(changed.study.prior_images) == 1
    assert changed.options == ("yes", "no")
    assert boxed.study.images == (second,)
    assert boxed.regions[0].image == 0
    assert boxed.options == ()
    assert chosen.options == ("a", "b")
    assert not chosen.study.prior_images


def test_a_question_without_its_prior_visit_is_left_out_by_name():
    study = Study("now", "p", turns=(Turn("Has it grown?", "yes", prior=True),))
    context = Context(Survey())
    assert predict(Listener(), [study], None, context) == []
    assert context.skipped == ["study now: 'Has it grown?' needs a prior visit that is not there"]


def test_the_blind_question_has_no_image():
    study = Study("s", "p", images=(Image.from_array(np.zeros((4, 4))),), turns=(Turn("?", "yes", "closed"),))
    listener = Listener()
    predict(listener, [study], None, Context(Survey()))
    assert [len(ask.study.images) for ask in listener.asks] == [1, 0]


@pytest.mark.parametrize("rows", [[], [row("a", "a", ())]])
def test_scores_without_items_are_not_there(rows):
    assert "questions.closed.accuracy" not in score(rows)
