import pytest

from polyclinic.evaluation.card.cases import answer_score, box_f1, chosen, ranked, report_f1


def question(study, right, subject=None):
    return {
        "study": study,
        "subject": subject or study,
        "kind": "closed",
        "reference": "yes",
        "predicted": "yes" if right else "no",
    }


def test_the_worst_come_first():
    rows = {"questions": [question("a", True), question("b", False), question("c", True), question("c", False)]}
    assert [(case.study, case.error) for case in ranked(rows)] == [("b", 1.0), ("c", 0.5), ("a", 0.0)]


def test_a_subject_is_shown_once_and_nothing_twice():
    rows = {"questions": [question(f"s{i}", i % 2 == 0, f"p{i // 2}") for i in range(40)]}
    shown = [case.study for _, case in chosen(ranked(rows))]
    assert len(shown) == len(set(shown)) == 7
    assert len({case.subject for _, case in chosen(ranked(rows))}) == 7
    assert [why for why, _ in chosen(ranked({"questions": [question("a", True)]}))] == ["worst, number 1"]


@pytest.mark.parametrize(
    ("reference", "predicted", "scores", "expected"),
    [
        ([[0, 0, 4, 4]], [[0, 0, 4, 4]], [0.9], 1.0),
        ([[0, 0, 4, 4]], [[0, 0, 4, 4]], [0.4], 0.0),
        ([[0, 0, 4, 4]], [[0, 0, 4, 4], [8, 8, 9, 9]], [0.9, 0.8], 2 / 3),
        ([], [], [], 1.0),
        ([], [[0, 0, 1, 1]], [0.9], 0.0),
    ],
)
def test_box_agreement(reference, predicted, scores, expected):
    assert box_f1({"reference": reference, "predicted": predicted, "scores": scores}) == pytest.approx(expected)


def test_report_agreement():
    row = {"language": "en", "reference": "There is a nodule.", "predicted": "There is a nodule and an effusion."}
    assert report_f1(row) == pytest.approx(2 / 3)
    assert report_f1(row | {"reference": "No nodule.", "predicted": "No nodule."}) == 1


def test_open_answers_are_partly_right():
    assert answer_score({"kind": "open", "reference": "left upper", "predicted": "left"}) == pytest.approx(2 / 3)
