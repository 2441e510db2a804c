"""Mask losses against values worked out by hand."""

import pytest
import torch

from polyclinic.objectives.masks import mask_loss, soft_dice_loss

YES = torch.ones(1, 1, dtype=torch.bool)


def test_a_perfect_mask_costs_little() -> None:
    target = torch.zeros(1, 1, 4, 4)
    target[..., :2] = 1
    assert mask_loss((target - 0.5) * 60, target, YES).item() < 1e-4


def test_dice_by_hand() -> None:
    logits = torch.tensor([[[[100.0, -100.0]]]])
    target = torch.tensor([[[[1.0, 1.0]]]])
    assert soft_dice_loss(logits, target).item() == pytest.approx(1 - 3 / 4)


def test_unknown_masks_count_for_nothing() -> None:
    logits = torch.randn(2, 2, 4, 4, requires_grad=True)
    known = torch.tensor([[True, False], [False, False]])
    mask_loss(logits, torch.ones(2, 2, 4, 4), known).backward()
    assert (logits.grad.abs().sum((-1, -2)) > 0).tolist() == known.tolist()


def test_an_empty_target_has_no_dice_term() -> None:
    logits = torch.full((1, 1, 2, 2), -20.0)
    assert mask_loss(logits, torch.zeros(1, 1, 2, 2), YES).item() < 1e-6


def test_no_queries() -> None:
    assert mask_loss(torch.zeros(2, 0, 4, 4), torch.zeros(2, 0, 4, 4), torch.zeros(2, 0, dtype=torch.bool)).item() == 0
