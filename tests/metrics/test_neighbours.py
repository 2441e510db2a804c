import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.errors import ShapeError
from polyclinic.metrics.neighbours import nearest, nearest_vote


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 7))
def test_blocks_change_nothing(count, k, block):
    rng = np.random.default_rng(count)
    items, queries = rng.integers(0, 3, (count, 4)), rng.integers(0, 3, (3, 4))  # whole numbers: ties abound
    order = np.argsort(-(queries @ items.T), axis=1, kind="stable")[:, :k]
    places, found = nearest(items, queries, k, block=block)
    np.testing.assert_array_equal(places, order)
    np.testing.assert_array_equal(found, np.take_along_axis(queries @ items.T, order, 1))


def test_nearer_neighbours_weigh_more_and_silent_ones_do_not_vote():
    features = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    known = np.array([[1, np.nan, np.nan], [0, 1, np.nan], [0, 0, np.nan]])
    share = nearest_vote(features, known, np.array([[2.0, 0.0]]), k=2, temperature=0.2)[0]
    assert share[0] == pytest.approx(1 / (1 + np.exp(-1)))  # weights exp(0) and exp(-0.2 / 0.2)
    assert share[1] == 1
    assert np.isnan(share[2])


def test_other_widths_are_refused():
    with pytest.raises(ShapeError, match="one width"):
        nearest(np.ones((2, 3)), np.ones((2, 4)), 1)
