"""Questions: closed by their answers, and by their own alternatives."""

from __future__ import annotations

import pytest

from polyclinic.layouts.turns import alternatives, turn


@pytest.mark.parametrize(
    ("question", "answer", "options"),
    [
        ("Is the lesion solid or cystic?", "cystic", ("solid", "cystic")),
        ("Is the lesion solid or cystic?", "solid", ("solid", "cystic")),
        ("Is this a CT or an MRI?", "ct", ("ct", "mri")),
        ("Is this a T1 weighted or T2 weighted image?", "t2 weighted", ("t1 weighted", "t2 weighted")),
        ("Is the mass on the left or right side?", "left", ("left", "right")),
        ("Where is the mass?", "left", ()),
        ("Is it red or blue?", "green", ()),
        ("Is it one or one?", "one", ()),
    ],
)
def test_alternatives(question: str, answer: str, options: tuple[str, ...]) -> None:
    assert alternatives(question, answer) == options


def test_yes_and_no_are_closed_whatever_the_source_says() -> None:
    made = turn("Is there an effusion?", "Yes", kind="OPEN", topic="PRES")
    assert (made.answer, made.kind, made.options, made.topic) == ("yes", "closed", ("yes", "no"), "PRES")


def test_the_answer_of_a_closed_question_is_among_its_options() -> None:
    made = turn("Axial or coronal?", "Axial", kind="CLOSED")
    assert (made.answer, made.options) == ("axial", ("axial", "coronal"))


def test_a_closed_question_of_unknown_options_is_open() -> None:
    made = turn("Which side?", "Left", kind="CLOSED")
    assert (made.answer, made.kind, made.options) == ("Left", "open", ())


def test_an_or_in_an_open_question_changes_nothing() -> None:
    assert turn("Is it solid or cystic?", "cystic", kind="OPEN").kind == "open"


def test_unknown_languages_become_english() -> None:
    assert turn("Q", "A", language="xx").language == "en"
    assert turn("Q", "A", language="zh").language == "zh"
