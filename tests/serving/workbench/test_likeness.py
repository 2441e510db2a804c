from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from polyclinic.errors import ReadError, UsageError
from polyclinic.serving.workbench.likeness import Likeness
from polyclinic.study import Image, Study
from polyclinic.verbs import Vectors


class Angles:
    """The vector of a Study lies at the angle that its id says; `broken` has no readable image."""

    def embed_images(self, studies: Sequence[Study]) -> Vectors:
        if any(study.id == "broken" for study in studies):
            raise ReadError("damaged")
        angles = np.array([float(study.id) for study in studies], np.float32)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError


def studies(*ids: str) -> list[Study]:
    return [Study(ident, "s", images=(Image("x"),) if ident != "none" else ()) for ident in ids]


def test_the_nearest_come_first_and_what_cannot_be_read_is_left_out() -> None:
    likeness = Likeness(studies("0.5", "none", "0.1", "broken", "3.0"))
    likeness.work(Angles())
    found = likeness.nearest(np.array([1.0, 0.0], np.float32), 2)
    assert [number for number, _ in found] == [2, 0]
    assert found[0][1] == pytest.approx(np.cos(0.1))
    assert likeness.share == 1.0


def test_what_may_not_be_looked_at_has_no_vector() -> None:
    def allowed(study: Study) -> Study:
        if study.id == "0.1":
            raise ReadError("a link that leads out")
        return study

    likeness = Likeness(studies("0.5", "0.1"), allowed)
    likeness.work(Angles())
    assert [number for number, _ in likeness.nearest(np.array([1.0, 0.0], np.float32), 9)] == [0]
    assert likeness.share == 1.0


def test_what_was_done_is_not_done_again() -> None:
    likeness = Likeness(studies(*(f"{i / 100}" for i in range(70))))
    likeness.work(Angles())
    likeness.work(Angles())
    assert len(likeness.nearest(np.array([1.0, 0.0], np.float32), 999)) == 70


def test_before_the_first_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(UsageError, match="no study is embedded"):
        Likeness(studies("0.1")).nearest(np.array([1.0, 0.0], np.float32), 1)
