"""RoIAlign on maps whose values are known by hand."""

import pytest
import torch

from polyclinic.errors import ShapeError
from polyclinic.parts.vision.roi import roi_align


def test_a_ramp_gives_the_cells_centres_and_each_box_its_own_item() -> None:
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    maps = torch.cat([ramp, 100 + ramp.transpose(2, 3)])
    boxes = torch.tensor([[4.0, 8.0, 20.0, 24.0]] * 2)
    under = roi_align(maps, boxes, torch.tensor([1, 0]), stride=4, size=2, samples=2)
    # Columns 2 to 6 of the map in two cells: centres at 3 and 5, and a place's value holds at its own half.
    assert under[1, 0].tolist() == [[2.5, 4.5], [2.5, 4.5]]
    assert under[0, 0].tolist() == [[101.5, 101.5], [103.5, 103.5]]


def test_gradients_agree_with_finite_differences() -> None:
    maps = torch.randn(2, 2, 5, 6, dtype=torch.float64, requires_grad=True)
    boxes = torch.tensor([[0.3, 1.1, 3.7, 4.2], [1.0, 0.0, 5.0, 6.0]], dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda m: roi_align(m, boxes, torch.tensor([0, 1]), stride=1, size=2, samples=2), maps
    )


def test_boxes_without_items_are_refused() -> None:
    with pytest.raises(ShapeError):
        roi_align(torch.zeros(1, 1, 4, 4), torch.zeros(2, 4), torch.tensor([0]), stride=1, size=2, samples=2)
