"""Places that become several."""

import torch
from torch import nn

from polyclinic.parts.vision.expand import PatchExpand


def test_a_place_becomes_its_own_square() -> None:
    torch.manual_seed(0)
    x = torch.zeros(1, 3, 3, 4)
    x[0, 1, 2] = torch.randn(4)
    made = PatchExpand(width=4, factor=2, width_out=3)(x)
    assert made.shape == (1, 6, 6, 3)
    filled = made.abs().amax(-1)[0].nonzero()
    assert filled.tolist() == [[2, 4], [2, 5], [3, 4], [3, 5]]


def test_a_square_is_filled_row_by_row() -> None:
    expand = PatchExpand(width=4, factor=2, width_out=2)
    with torch.no_grad():
        expand.expand.weight.copy_(torch.arange(8.0)[:, None] * torch.tensor([1.0, 0, 0, 0]))
    expand.norm = nn.Identity()  # type: ignore[assignment]
    y = expand(torch.tensor([[[[1.0, 0, 0, 0], [10.0, 0, 0, 0]]]]))
    assert y[0, :, :, 0].tolist() == [[0, 2, 0, 20], [4, 6, 40, 60]]
