"""The ladder of texts: each rung adds one thing, read off the masks."""

from itertools import pairwise

import numpy as np
import pytest

from polyclinic.curate.ladder import RUNGS, ladder, number_word, place_words, size_word, ways
from polyclinic.errors import UsageError
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Mask, Region, Study


def square(rows: slice, columns: slice, depth: int | None = None) -> np.ndarray:
    mask = np.zeros((30, 30), bool)
    mask[rows, columns] = True
    return mask if depth is None else np.stack([mask] * depth)


def two() -> Study:
    masks = (square(slice(0, 3), slice(24, 30)), square(slice(6, 9), slice(24, 30)))
    regions = [Region("cyst", mask=Mask.from_array(m), attributes={"margin": "smooth", "key": 3}) for m in masks]
    return Study("s", "p", regions=(*regions, Region("liver", mask=Mask.from_array(~masks[0]))))


def test_each_rung_adds_one_thing() -> None:
    texts = ladder(two(), "cyst")
    assert len(texts) == len(RUNGS)
    assert texts == [
        "",
        "cyst",
        "medium cyst",
        "two medium cyst",
        "two medium cyst in the upper right",
        "two medium cyst in the upper right, smooth",
        "two medium cyst in the upper right, smooth: round sac full of clear fluid",
    ]
    for before, after in pairwise(texts[1:]):
        assert before in after


def test_words_follow_the_mask() -> None:
    assert [size_word(square(slice(0, n), slice(0, n))) for n in (3, 6, 20)] == ["small", "medium", "large"]
    assert [number_word(n) for n in (1, 5, 6)] == ["one", "five", "many"]
    assert place_words(square(slice(10, 20), slice(10, 20))) == "centre"
    assert place_words(square(slice(25, 30), slice(0, 4))) == "lower left"
    assert place_words(square(slice(12, 18), slice(0, 4), depth=5)) == "middle left"


def test_a_rung_can_be_said_by_other_names() -> None:
    assert ways(two(), "cyst", 4) == [
        f"two medium {name} in the upper right" for name in ("cyst", "fluid collection", "fluid-filled sac")
    ]
    assert set(ways(two(), "cyst", 0)) == {""}


def test_what_is_not_drawn_has_no_ladder() -> None:
    with pytest.raises(UsageError, match="no mask of 'spleen'"):
        ladder(two(), "spleen")


def test_every_region_of_a_phantom_has_one() -> None:
    for study in Phantom("chest", 3, Dials(size=32)).studies(0):
        for name in {region.name for region in study.regions if region.mask}:
            assert name in ladder(study, name)[-1]
