"""Base to new: the halves compete apart, and what is learned of one is asked of both."""

import numpy as np
import pytest

from polyclinic.curate.instructions import Survey
from polyclinic.evaluation.base_to_new import predict, score
from polyclinic.evaluation.protocol import Context
from polyclinic.study import Image, Study

VALUES = ("a", "b", "c", "d")


def studies(prefix: str, each: int) -> list[Study]:
    """So many subjects of each value."""
    pixels = np.zeros((1, 4, 4), np.uint8)
    return [
        Study(f"{prefix}{value}{i}", f"{prefix}{value}{i}", images=(Image(pixels),), labels={"class": value})
        for value in VALUES
        for i in range(each)
    ]


class Leaning:
    """Every image has much in common with the text of one base value, and something of its own."""

    def embed_images(self, some):
        own = np.eye(4, 32, dtype=np.float32)[[VALUES.index(study.labels["class"]) for study in some]]
        return 0.6 * own + 0.8 * np.eye(32, dtype=np.float32)[31]

    def embed_texts(self, texts):
        known = np.eye(4, 32, dtype=np.float32)
        known[0, 31] = 1
        return known[[VALUES.index(text) for text in texts]]


def test_what_is_learned_parts_base_values_and_leaves_new_ones() -> None:
    context = Context(Survey(labels={"class": VALUES}), train=studies("t", 16))
    rows = predict(Leaning(), studies("s", 5), None, context)
    scores = score(rows)
    assert scores["base_to_new.class.base_balanced_accuracy_untrained"].value == 0.5
    assert scores["base_to_new.class.base_balanced_accuracy"].value == 1
    assert scores["base_to_new.class.new_balanced_accuracy_untrained"].value == 1
    assert scores["base_to_new.class.new_balanced_accuracy"].value == 1
    assert scores["base_to_new.class.harmonic_mean"].value == 1
    assert scores["base_to_new.class.harmonic_mean"].baseline == 0.5


def test_the_harmonic_mean_is_that_of_both_halves() -> None:
    rows = [
        {"study": str(i), "subject": str(i), "label": "class", "half": half, "reference": value, **guess}
        for i, (half, value, found) in enumerate([("base", "a", "a"), ("base", "b", "a"), ("new", "c", "c")])
        for guess in ({"predicted": found, "zero_shot": "b"},)
    ]
    scores = score(rows)
    assert scores["base_to_new.class.base_balanced_accuracy"].value == 0.5
    assert scores["base_to_new.class.harmonic_mean"].value == pytest.approx(2 * 0.5 / 1.5, abs=1e-6)


def test_too_few_values_or_subjects_are_noted() -> None:
    context = Context(Survey(labels={"class": VALUES}), train=studies("t", 15))
    assert not predict(Leaning(), studies("s", 1), None, context)
    assert "16 subjects" in context.skipped[-1]
