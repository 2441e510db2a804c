"""The ways in which something is said of a Study."""

import numpy as np
import pytest

from polyclinic.bodies.dual_encoder.speaking import one_sentence, one_text, sentences, shuffled, whole
from polyclinic.study import Report, Study

STUDY = Study(
    id="s", subject="p", images=(), report=Report({"findings": "A mass. No effusion.", "impression": "Mass."})
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A 3.5 cm mass. No effusion!", ["A 3.5 cm mass.", "No effusion!"]),
        ("肺部清晰。没有积液。", ["肺部清晰。", "没有积液。"]),
        ("هل توجد كتلة؟ لا توجد.", ["هل توجد كتلة؟", "لا توجد."]),
        ("1. 2. Clear lungs.", ["Clear lungs."]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_each_way_draws_from_what_is_written() -> None:
    rng = np.random.default_rng(0)
    assert whole(STUDY, rng) == "A mass. No effusion. Mass."
    assert {one_sentence(STUDY, rng) for _ in range(40)} == {"A mass.", "No effusion.", "Mass."}
    assert {one_text(STUDY, rng) for _ in range(40)} == {"A mass. No effusion.", "Mass."}
    orders = {shuffled(STUDY, rng) for _ in range(60)}
    assert len(orders) == 6
    assert {tuple(sorted(sentences(order))) for order in orders} == {("A mass.", "Mass.", "No effusion.")}


def test_nothing_written_is_an_empty_text() -> None:
    silent = Study(id="s", subject="p", images=())
    rng = np.random.default_rng(0)
    assert [speak(silent, rng) for speak in (whole, one_sentence, one_text, shuffled)] == [""] * 4
