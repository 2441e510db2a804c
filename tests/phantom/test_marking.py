"""Levels: the tick tells where, what is drawn lies there and far away, and nothing else changes."""

import numpy as np
import pytest

from polyclinic.errors import UsageError
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.marking import Edge, all_levelled, levelled
from polyclinic.phantom.world import Phantom
from polyclinic.study import Study

LUNGS = ("left lung", "right lung")
STUDIES = [study for i in range(12) for study in Phantom("chest", 3, Dials(size=64)).studies(i)]


def tick(study: Study, edge: Edge) -> np.ndarray:
    """Rows or columns where the edge is white."""
    pixels = study.images[0].pixels[0]
    return np.flatnonzero((pixels[:, 0] if edge == "left" else pixels[-1]) > 0)


@pytest.mark.parametrize("edge", ["left", "bottom"])
def test_what_is_drawn_is_the_organ_at_the_tick_and_far_from_it(edge: Edge) -> None:
    made = all_levelled(STUDIES, LUNGS, "lung at the tick", edge)
    for before, after in zip(STUDIES, made, strict=True):
        lungs = np.logical_or.reduce([region.array for region in before.regions if region.name in LUNGS])
        (region,) = after.regions
        rows, columns = np.nonzero(region.array)
        at = tick(after, edge)
        assert len(at) == 8
        assert set(rows if edge == "left" else columns) <= set(at)
        assert (columns if edge == "left" else 63 - rows).min() >= 32
        assert (lungs | ~region.array).all()
        band = lungs[at, 32:] if edge == "left" else lungs[:32, at]
        assert band.sum() == region.array.sum() >= 6


def test_ticks_are_all_along_the_edge_and_change_nothing_else() -> None:
    made = all_levelled(STUDIES, LUNGS, "it")
    assert len({int(tick(study, "left")[0]) for study in made}) > 6
    for before, after in zip(STUDIES, made, strict=True):
        assert np.array_equal(before.images[0].pixels[..., 4:], after.images[0].pixels[..., 4:])
        assert {*np.unique(after.images[0].pixels[..., :4])} == {0, before.images[0].pixels.max()}
        assert not after.findings
        assert levelled(before, LUNGS, "it").images[0].pixels.tobytes() == after.images[0].pixels.tobytes()


def test_what_has_no_level_is_refused() -> None:
    with pytest.raises(UsageError, match="left kidney"):
        levelled(STUDIES[0], ("left kidney",), "it")
    with pytest.raises(UsageError, match="far enough"):
        levelled(STUDIES[0], ("right lung",), "it")  # on a film it is on the left
