"""The gauge of whether a text matters tells who reads from who does not."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from polyclinic.errors import ShapeError
from polyclinic.metrics.text_use import TextUse, exchanged, text_use

TEXTS = ["left", "right", "left", "both"]
SUBJECTS = ["a", "b", "c", "d"]


def reader(said: Sequence[str]) -> list[float]:
    """Full marks for the right text, half for none, nothing for a wrong one."""
    return [1.0 if s == t else 0.5 if not s else 0.0 for s, t in zip(said, TEXTS, strict=True)]


def test_a_reader_gains_and_relies() -> None:
    use = text_use(reader, TEXTS)
    assert use.gain(SUBJECTS).value == 0.5
    assert use.reliance(SUBJECTS).value == 1.0


def test_who_does_not_read_gains_nothing() -> None:
    use = text_use(lambda said: [0.25, 0.5, 0.75, 1.0], TEXTS)
    assert use.right.tolist() == use.empty.tolist() == use.wrong.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert use.gain(SUBJECTS).value == use.reliance(SUBJECTS).high == 0.0


def test_wrong_texts_may_be_given() -> None:
    asked: list[list[str]] = []

    def score(said: Sequence[str]) -> NDArray[Any]:
        asked.append(list(said))
        return np.zeros(2)

    text_use(score, ["liver", "spleen"], wrong=["aorta", "bladder"])
    assert asked == [["liver", "spleen"], ["", ""], ["aorta", "bladder"]]


def test_items_without_a_score_are_left_out() -> None:
    nan = float("nan")
    use = TextUse(np.array([1.0, nan, 0.5]), np.array([0.5, 0.5, nan]), np.array([0.0, 0.0, 0.0]))
    assert use.gain(["a", "b", "c"]).value == 0.5
    assert use.reliance(["a", "b", "c"]).value == 0.75


def test_the_interval_counts_subjects_and_not_items() -> None:
    use = TextUse(np.array([1.0, 1.0, 0.0, 0.0]), np.zeros(4), np.zeros(4))
    pairs, singles = use.gain(["a", "a", "b", "b"]), use.gain(list("abcd"))
    assert (pairs.low, pairs.high) == (0.0, 1.0)
    assert pairs.value == singles.value == 0.5


@pytest.mark.parametrize("made", [[0.0], np.zeros((4, 1)), 1.0])
def test_a_number_for_each_text_is_wanted(made: Any) -> None:
    with pytest.raises(ShapeError, match="each of 4 texts"):
        text_use(lambda said: made, TEXTS)


@given(st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=8))
def test_each_gets_a_text_of_another(texts: list[str]) -> None:
    others = exchanged(texts)
    assert len(others) == len(texts)
    assert set(others) <= set(texts)
    if len(set(texts)) > 1:
        assert all(other != own for other, own in zip(others, texts, strict=True))
    else:
        assert others == texts
