"""Positions of grids."""

import math

import torch

from polyclinic.parts.vision.positions import sinusoids


def test_each_axis_has_its_channels() -> None:
    places = sinusoids((2, 3, 4), 12).reshape(2, 3, 4, 12)
    assert torch.equal(places[0, 0, 0], torch.tensor([0.0, 1.0] * 6))
    assert torch.equal(places[1, 2, 3, :4], places[1, 0, 0, :4])
    assert torch.equal(places[1, 2, 3, 4:8], places[0, 2, 0, 4:8])
    expected = [math.sin(3), math.cos(3), math.sin(3 / 100), math.cos(3 / 100)]
    torch.testing.assert_close(places[0, 0, 3, 8:], torch.tensor(expected))


def test_what_is_over_is_cut_off() -> None:
    assert sinusoids((2, 2, 2), 16).shape == (8, 16)
    assert len({tuple(place) for place in sinusoids((3, 5), 8).tolist()}) == 15
