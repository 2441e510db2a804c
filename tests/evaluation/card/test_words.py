import pytest

from polyclinic.evaluation.card.words import escape, is_main, lower_is_better, verdict
from polyclinic.verbs import Score


@pytest.mark.parametrize(
    ("name", "score", "expected"),
    [
        ("segmentation.organs.dice", Score(0.9, 0.8, 0.95, 9, 0.7), "better"),
        ("segmentation.organs.dice", Score(0.9, 0.6, 0.95, 9, 0.7), "even"),
        ("segmentation.organs.dice", Score(0.5, 0.4, 0.6, 9, 0.7), "worse"),
        ("find.count_error", Score(1.0, 0.9, 1.1, 9, 2.0), "better"),
        ("find.count_error", Score(3.0, 2.9, 3.1, 9, 2.0), "worse"),
        ("find.count_error", Score(3.0, 2.9, 3.1, 9, None), ""),
        ("find.count_error", Score(3.0, None, None, 1, 2.0), ""),
    ],
)
def test_verdict(name, score, expected):
    assert verdict(name, score)[0] == expected


@pytest.mark.parametrize(
    ("name", "main"),
    [
        ("questions.closed.balanced_accuracy", True),
        ("questions.presence.nodule.balanced_accuracy", False),
        ("reports.bleu4", True),
        ("reports.nodule.finding_f1", False),
        ("segmentation.organs.dice", True),
        ("segmentation.organs.heart.dice", False),
        ("classification.auroc", True),
        ("classification.nodule.auroc", False),
        ("find.count_error", True),
    ],
)
def test_main_scores_are_over_all_names(name, main):
    assert is_main(name) is main


def test_errors_are_better_when_lower():
    assert lower_is_better("segmentation.organs.hd95_px")
    assert not lower_is_better("segmentation.organs.dice")


def test_escape():
    assert escape("<a href='x'>\"") == "&lt;a href=&#x27;x&#x27;&gt;&quot;"
