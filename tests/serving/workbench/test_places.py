"""What an answer speaks of, and where that is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.serving.workbench.places import places, spoken_of
from polyclinic.study import Image, Mask, Region, Study

STUDY = Study("s", "s", images=(Image.from_array(np.zeros((8, 8), np.uint8)),))


class Finds:
    """Two boxes for any phrase, one of them unlikely."""

    def find(self, studies: Sequence[Study], phrases: Sequence[str]) -> list[list[Region]]:
        return [[Region(phrase, box=(0, 0, 2, 2), score=score) for score in (0.9, 0.1)] for phrase in phrases]


class Draws:
    """A corner for `nodule`, nothing for other names."""

    def segment(self, studies: Sequence[Study], prompts: Sequence[Sequence[str | Region]]) -> list[list[Region]]:
        def mask(name: str) -> Mask:
            plane = np.zeros((8, 8), bool)
            plane[:3, :2] = name == "nodule"
            return Mask.from_array(plane)

        return [[Region(str(name), mask=mask(str(name))) for name in asked] for asked in prompts]


class Says:
    """Neither draws nor finds."""


def loaded(system: type) -> LoadingModel:
    model = LoadingModel("m", system)
    model._there.wait(5)
    return model


@pytest.mark.parametrize(
    ("question", "answer", "names"),
    [
        ("Is there an effusion?", "Yes.", ["effusion"]),
        ("Is there an effusion?", "no", []),
        ("What is seen?", "A nodule in the left lung. No mass.", ["nodule", "left lung"]),
        ("有胸腔积液吗？", "有", ["effusion"]),
    ],
)
def test_an_answer_speaks_of_what_it_does_not_deny(question: str, answer: str, names: list[str]) -> None:
    language = "zh" if answer == "有" else "en"
    assert spoken_of(question, answer, ["left lung", "mass", "nodule"], language) == names


def test_masks_come_with_their_boxes_and_empty_ones_are_left_out() -> None:
    (region,) = places(loaded(Draws), STUDY, ["nodule", "mass"])
    assert (region.name, region.box) == ("nodule", (0.0, 0.0, 2.0, 3.0))


def test_a_model_that_draws_nothing_is_asked_for_boxes() -> None:
    found = places(loaded(Finds), STUDY, ["mass", "nodule"])
    assert [(region.name, region.score) for region in found] == [("mass", 0.9), ("nodule", 0.9)]


def test_a_model_that_cannot_point_points_at_nothing() -> None:
    assert places(loaded(Says), STUDY, ["mass"]) == []
    assert places(loaded(Draws), STUDY, []) == []
