"""The plan: spacing, patch and pooling from typical shapes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.bodies.segmenter.plan import Wanted, coarsened, patch_size, plan_of_size, pooling_of, target_spacing


def test_thick_slices_are_not_thrown_away_and_not_pooled_first() -> None:
    """0.5 x 0.5 x 5 mm: the coarse axis gets its 10th percentile, and rests while the plane is halved three times."""
    spacings = np.array([[5.0, 0.5, 0.5]] * 9 + [[2.0, 0.5, 0.5]])
    assert target_spacing(spacings) == (pytest.approx(4.7), 0.5, 0.5)
    levels, patch = pooling_of((10, 64, 64), (5.0, 0.5, 0.5), 4)
    assert levels == ((1, 2, 2), (1, 2, 2), (1, 2, 2), (2, 2, 2))
    assert patch == (10, 64, 64)


@given(
    st.tuples(*[st.integers(4, 300)] * 3),
    st.tuples(*[st.floats(0.3, 8.0)] * 3),
    st.integers(8, 64),
    st.integers(0, 5),
)
def test_a_patch_is_within_its_budget_and_its_levels_divide_it(
    shape: tuple[int, ...], spacing: tuple[float, ...], side: int, poolings: int
) -> None:
    patch = patch_size(spacing, np.array(shape) * spacing, Wanted(side, poolings, 3))
    assert np.prod(patch) <= side**3
    assert all(1 <= p <= n for p, n in zip(patch, shape, strict=True))
    levels, rounded = pooling_of(patch, spacing, poolings)
    factors = np.prod(np.array(levels, int).reshape(-1, 3), axis=0)
    assert not np.any(np.array(rounded) % factors)
    assert np.all(np.array(rounded) - np.array(patch) < factors)


def test_a_plan_of_a_size_has_it() -> None:
    plan = plan_of_size(channels=3, classes=5, wanted=Wanted(64, 4))
    assert (plan.width_in, plan.width_out, plan.patch, len(plan.pooling)) == (3, 5, (64, 64), 4)


def test_the_resolution_falls_until_a_patch_covers_enough() -> None:
    """Of 256 cubic voxels a patch of 32 is to cover an eighth: 64 along each axis, so four times the spacing."""
    extent_mm, wanted = np.array([256.0] * 3), Wanted(32, 3, 3, covers=1 / 8)
    spacing = coarsened((1.0, 1.0, 1.0), extent_mm, wanted)
    assert spacing == pytest.approx((4.0, 4.0, 4.0), rel=0.06)
    assert coarsened((1.0, 1.0, 1.0), extent_mm, Wanted(32, 3, 3)) == (1.0, 1.0, 1.0)
    coarse_z = coarsened((5.0, 1.0, 1.0), extent_mm, wanted)
    assert coarse_z[0] == 5.0  # the finest axes give way first
    assert coarse_z[1] > 2.0
