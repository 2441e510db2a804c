"""Bags of regions."""

import torch
from torch.nn import functional as F

from polyclinic.objectives.regions import bag_contrast


def test_the_best_real_region_stands_for_the_image() -> None:
    cosine = torch.tensor([[[0.1], [0.7], [0.9]], [[0.2], [0.3], [0.0]]], requires_grad=True)
    mask = torch.tensor([[True, True, False], [True, True, True]])
    loss = bag_contrast(cosine, mask, torch.tensor([[True], [False]]), temperature=1.0)
    torch.testing.assert_close(loss, F.softplus(torch.tensor(0.3 - 0.7)))
    loss.backward()
    assert cosine.grad is not None
    assert (cosine.grad[:, :, 0] != 0).tolist() == [[False, True, False], [False, True, False]]


def test_what_all_or_none_have_tells_nothing() -> None:
    cosine = torch.rand(2, 3, 2, requires_grad=True)
    loss = bag_contrast(cosine, torch.ones(2, 3, dtype=torch.bool), torch.tensor([[True, False]] * 2))
    loss.backward()
    assert loss.item() == 0
    assert cosine.grad is not None
    assert not cosine.grad.any()
