"""Marked pictures: the mark tells which organ is meant, and nothing else does."""

import numpy as np
import pytest

from polyclinic.errors import UsageError
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.marking import Corner, all_marked, marked
from polyclinic.phantom.world import Phantom
from polyclinic.study import Study

LUNGS = ("left lung", "right lung")
STUDIES = [study for i in range(12) for study in Phantom("chest", 3, Dials(size=64)).studies(i)]


def plate(study: Study) -> np.ndarray:
    return study.images[0].pixels[0, :8, :8]


def test_the_mark_tells_the_organ() -> None:
    made = all_marked(STUDIES, LUNGS, "marked lung")
    truth = [{r.name: r.array for r in study.regions} for study in STUDIES]
    lying = [bool(plate(study)[3, 0] > 0) for study in made]
    assert 0 < sum(lying) < len(made)
    for study, masks, right in zip(made, truth, lying, strict=True):
        (region,) = study.regions
        assert (region.name, region.kind) == ("marked lung", "organ")
        assert np.array_equal(region.array, masks["right lung" if right else "left lung"])


def test_both_marks_are_equally_bright_and_change_nothing_else() -> None:
    made = [marked(study, LUNGS, "it") for study in STUDIES]
    assert {int((plate(study) > 0).sum()) for study in made} == {4 * 8}
    for before, after in zip(STUDIES, made, strict=True):
        changed = before.images[0].pixels != after.images[0].pixels
        assert not changed[:, 8:].any()
        assert not changed[:, :, 8:].any()
        assert after.images[0].pixels.max() == before.images[0].pixels.max()
        assert not after.findings
        assert marked(before, LUNGS, "it").images[0].pixels.tobytes() == after.images[0].pixels.tobytes()


@pytest.mark.parametrize(("corner", "corners"), [("first", 1), ("last", 1), ("any", 4)])
def test_the_mark_is_where_it_is_asked_for(corner: Corner, corners: int) -> None:
    seen = set()
    for before in STUDIES:
        after = marked(before, LUNGS, "it", corner)
        rows, columns = np.nonzero((before.images[0].pixels != after.images[0].pixels)[0])
        seen.add((bool(rows.mean() > 32), bool(columns.mean() > 32)))
    assert len(seen) == corners
    assert corner == "any" or seen == {(corner == "last",) * 2}


def test_what_cannot_be_marked_is_refused() -> None:
    with pytest.raises(UsageError, match="left kidney"):
        marked(STUDIES[0], ("left kidney", "right lung"), "it")
