import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from polyclinic.metrics.texts import bleu_of_sums, bleu_parts, exact_match, rouge_l, token_f1, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Left lung, clear.", ["left", "lung", "clear"]),
        ("1.5 cm", ["1.5", "cm"]),
        ("X-ray", ["x", "ray"]),
        ("右肺 5 mm结节。", ["右", "肺", "5", "mm", "结", "节"]),
        ("نَعَم، واضح", ["نعم", "واضح"]),
        ("ＡＢＣ", ["abc"]),
        ("", []),
    ],
)
def test_tokens(text, expected):
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("reference", "prediction", "match", "f1"),
    [
        ("left lung", "The left lung.", 1, 1),
        ("left lung", "lung left", 0, 1),
        ("a b c d", "x b c", 0, 2 * 2 / 6),
        ("左肺", "右肺", 0, 0.5),
        ("no no", "no", 0, 2 / 3),
        ("yes", "", 0, 0),
        ("", "", 1, 1),
    ],
)
def test_match_and_f1(reference, prediction, match, f1):
    assert exact_match(reference, prediction) == match
    assert token_f1(reference, prediction) == pytest.approx(f1)


PAIRS = [
    ("No pleural effusion or pneumothorax is seen.", "No pleural effusion is seen."),
    ("The heart is of normal size today.", "The heart is of normal size."),
    ("There is a nodule in the left upper zone.", "A nodule lies in the left upper zone."),
]


def test_bleu_of_summed_parts_is_the_librarys():
    ours = bleu_of_sums(np.sum([bleu_parts(r, p) for r, p in PAIRS], axis=0)[None])[0]
    theirs = sacrebleu.corpus_bleu([p.lower() for _, p in PAIRS], [[r.lower() for r, _ in PAIRS]], smooth_method="none")
    assert ours == pytest.approx(theirs.score / 100)


@pytest.mark.parametrize(
    ("reference", "prediction", "language", "expected"),
    [
        ("one two three four five", "one two three four five", "en", 1.0),
        ("one two three four five", "six seven", "en", 0.0),
        ("one two three four five", "", "en", 0.0),
        ("右肺上叶结节", "右肺上叶结节", "zh", 1.0),
        # 8 words against 9: precisions 8/8, 7/7 .. and a brevity penalty of exp(1 - 9/8)
        ("a b c d e f g h i", "a b c d e f g h", "en", float(np.exp(1 - 9 / 8))),
    ],
)
def test_bleu_golden(reference, prediction, language, expected):
    assert bleu_of_sums(bleu_parts(reference, prediction, language)[None])[0] == pytest.approx(expected)


def test_rouge_l_golden():
    # longest common subsequence "nodule left zone": 3 of 4 words on either side
    assert rouge_l("nodule in left zone", "nodule at left zone") == pytest.approx(0.75)
    assert rouge_l("左肺结节", "左肺结节") == 1.0
    assert rouge_l("رئة يسرى", "رئة يمنى") == pytest.approx(0.5)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=20), st.text(max_size=20))
def test_scores_are_shares_and_f1_is_symmetric(one, other):
    assert 0 <= token_f1(one, other) <= 1
    assert token_f1(one, other) == pytest.approx(token_f1(other, one))
    assert token_f1(one, one) == exact_match(one, one) == 1
