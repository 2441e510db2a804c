"""Losses of dense box maps against values worked out by hand."""

import numpy as np
import pytest
import torch

from polyclinic.objectives.boxes import centre_loss, centre_targets, edge_loss


def test_the_heat_map_peaks_at_centres() -> None:
    heat = centre_targets(np.array([[2, 4, 6, 8], [10, 10, 16, 16]], np.float32), 16, 16)
    assert heat.max() == 1.0
    assert [tuple(at) for at in np.argwhere(heat == 1.0)] == [(6, 4), (13, 13)]
    assert heat[6, 5] == pytest.approx(np.exp(-0.5 * (1 / (4 / 6)) ** 2), rel=1e-5)


def test_no_boxes_no_heat() -> None:
    assert centre_targets(np.zeros((0, 4), np.float32), 4, 4).sum() == 0


def test_centre_loss_by_hand() -> None:
    logits, heat = torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 0.0]]]])
    expected = (0.25 * np.log(2) + 0.25 * np.log(2)) / 2  # one hit and one miss, divided by 1 + one centre
    known = torch.ones(1, 1, dtype=torch.bool)
    assert centre_loss(logits, heat, known).item() == pytest.approx(expected, rel=1e-5)
    assert centre_loss(logits, heat, ~known).item() == 0.0


@pytest.mark.parametrize(
    ("box", "target", "expected"),
    [
        ([0.0, 0, 2, 2], [0.0, 0, 2, 2], 0.0),
        ([0.0, 0, 2, 2], [1.0, 0, 3, 2], 1 - 1 / 3),
        ([0.0, 0, 1, 1], [2.0, 0, 3, 1], 1 + 1 / 3),
    ],
    ids=["same", "half beside", "apart"],
)
def test_edge_loss_by_hand(box: list[float], target: list[float], expected: float) -> None:
    assert edge_loss(torch.tensor([box]), torch.tensor([target])).item() == pytest.approx(expected, abs=1e-5)


def test_no_pairs_cost_nothing() -> None:
    empty = torch.zeros(0, 4, requires_grad=True)
    edge_loss(empty, empty.detach()).backward()
