"""Resampling: planes stay planes, means stay means, labels go by majority."""

import numpy as np
import pytest
import torch

from polyclinic.bodies.segmenter.resampling import label_map, resized, shares


def test_resampling_keeps_a_plane_and_the_mean() -> None:
    """A ramp stays a ramp inside, in each axis, and shrinking averages."""
    z, y, x = torch.meshgrid(*(torch.arange(n, dtype=torch.float32) for n in (6, 8, 10)), indexing="ij")
    ramp = (100 * z + 10 * y + x)[None]
    made = resized(ramp, (12, 16, 20))[0]
    steps = [made[5:7, 8, 8].diff(), made[5, 7:9, 8].diff(), made[5, 8, 7:9].diff()]
    torch.testing.assert_close(torch.cat(steps), torch.tensor([50.0, 5.0, 0.5]))
    assert resized(ramp, (3, 4, 5)).mean() == pytest.approx(ramp.mean().item())
    assert resized(ramp, (6, 8, 10)) is ramp


def test_a_label_is_what_covers_most() -> None:
    cover = {1: np.array([200, 130, 100, 0]), 2: np.array([55, 125, 100, 140])}
    made = label_map(((k, np.asarray(v, np.uint8)) for k, v in cover.items()), (4,))
    assert made.tolist() == [1, 1, 0, 2]
    assert shares(np.array([[True, False], [True, False]]), (1, 2)).tolist() == [[255, 0]]
