"""The prompt ladder: a reader is told from one who guesses, rung by rung."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from polyclinic.curate.instructions import survey
from polyclinic.evaluation import prompt_ladder
from polyclinic.evaluation.protocol import Context
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Mask, Region, Study

STUDIES = [study for i in range(3) for study in Phantom("chest", 3, Dials(size=32)).studies(i)]


class Reader:
    """Draws the first name that it finds in a text; nothing where it finds none."""

    def segment(self, studies: Any, prompts: Any) -> Any:
        return [[self.one(study, text) for text in asked] for study, asked in zip(studies, prompts, strict=True)]

    def one(self, study: Study, text: str) -> Region:
        found = [region for region in study.regions if region.mask is not None and region.name in text]
        mask = np.logical_or.reduce([r.array for r in found if r.name == found[0].name] or [np.zeros((32, 32), bool)])
        return Region(text, mask=Mask.from_array(mask))


class Guesser(Reader):
    """Draws the heart whatever is said."""

    def one(self, study: Study, text: str) -> Region:
        return super().one(study, "heart")


def rows_of(system: Any) -> tuple[list[Any], Context]:
    context = Context(known=survey(STUDIES))
    return prompt_ladder.predict(system, STUDIES, None, context), context


def test_a_reader_gains_by_the_name_and_loses_by_a_wrong_one() -> None:
    scores = prompt_ladder.score(rows_of(Reader())[0])
    assert scores["prompt_ladder.empty.dice"].value == 0
    assert scores["prompt_ladder.name.dice"].value == 1
    assert scores["prompt_ladder.gain"].value == 1
    reliance = scores["prompt_ladder.reliance"].value
    assert reliance is not None
    assert reliance > 0.7
    assert scores["prompt_ladder.place.dice"].value == pytest.approx(1, abs=0.05)
    assert scores["prompt_ladder.left_lung.gain"].value == 1


def test_one_who_does_not_read_gains_nothing() -> None:
    rows, _ = rows_of(Guesser())
    scores = prompt_ladder.score(rows)
    assert scores["prompt_ladder.gain"].value == scores["prompt_ladder.reliance"].value == 0
    assert scores["prompt_ladder.name.dice"].value == scores["prompt_ladder.meaning.dice"].value
    heart = scores["prompt_ladder.heart.gain"]
    assert heart.n == sum(row["name"] == "heart" for row in rows)


def test_a_name_alone_on_an_image_has_no_wrong_one() -> None:
    (study,) = STUDIES[:1]
    alone = dataclasses.replace(study, regions=tuple(r for r in study.regions if r.name == "heart"))
    ((_, name, texts),) = prompt_ladder.items_of(alone)
    assert name == "heart"
    assert "wrong" not in texts
    assert texts["empty"] == " "
    rows = [{"study": "s", "subject": "p", "name": name, "dice": {"empty": 0.2, "name": 0.5}}]
    assert np.isnan(prompt_ladder.use_of(rows).wrong).all()


def test_fixed_lists_are_left_out() -> None:
    class Fixed(Reader):
        """Knows two names."""

        only_masks = ("heart", "spine")

    rows, context = rows_of(Fixed())
    assert rows == []
    assert "reads no text" in context.skipped[0]
    assert prompt_ladder.score([]) == {}
