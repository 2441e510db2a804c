"""Losses of queries: the matched one alone, written out."""

import pytest
import torch
from torch.nn import functional as F

from polyclinic.objectives.masks import soft_dice_loss
from polyclinic.objectives.queries import matched, phrase_loss, query_costs

SHARE = 0.4


def made() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    target = (torch.rand(2, 4, 5) > 0.5).float()
    masks = torch.randn(2, 3, 4, 5)
    masks[0, 2], masks[1, 0] = 8 * target[0] - 4, 8 * target[1] - 4
    return masks.requires_grad_(), torch.randn(2, 3, requires_grad=True), target


def test_the_loss_is_that_of_the_query_that_fits() -> None:
    masks, like, target = made()
    assert matched(masks, like, target, SHARE).tolist() == [2, 0]
    drawn, means = phrase_loss(masks, like, target, torch.ones(2), SHARE)
    own = torch.stack([masks[0, 2], masks[1, 0]])
    cross = F.binary_cross_entropy_with_logits(own, target)
    torch.testing.assert_close(drawn, cross + soft_dice_loss(own[:, None], target[:, None]).mean())
    torch.testing.assert_close(means, -(like.log_softmax(1)[0, 2] + like.log_softmax(1)[1, 0]) / 2)
    (slope,) = torch.autograd.grad(drawn, masks)
    assert slope[0, :2].abs().sum() == 0
    assert slope[0, 2].abs().sum() > 0


def test_the_text_decides_between_masks_that_fit_alike() -> None:
    masks, like, target = torch.zeros(1, 2, 4, 5), torch.tensor([[0.0, 1.0]]), torch.ones(1, 4, 5)
    assert matched(masks, like, target, SHARE).item() == 1
    assert matched(masks, -like, target, SHARE).item() == 0
    assert query_costs(masks, target)[0, 0].item() == pytest.approx(0.6931 + 1 - 21 / 31, abs=1e-3)


def test_a_text_that_does_not_count_teaches_nothing() -> None:
    masks, like, target = made()
    first = phrase_loss(masks[:1], like[:1], target[:1], torch.ones(1), SHARE)
    both = phrase_loss(masks, like, target, torch.tensor([1.0, 0.0]), SHARE)
    torch.testing.assert_close(first, both)
    nothing = phrase_loss(masks, like, target, torch.zeros(2), SHARE)
    assert not any(nothing)
