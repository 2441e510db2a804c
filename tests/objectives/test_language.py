"""Guessing hidden tokens."""

import math

import torch

from polyclinic.objectives.language import hidden_token_loss


def test_only_hidden_tokens_are_asked_for() -> None:
    logits = torch.zeros(1, 3, 4)
    logits[0, 0, 1] = 100  # right, and hidden
    logits[0, 2, 0] = 100  # wrong, and not asked for
    ids = torch.tensor([[1, 2, 3]])
    assert hidden_token_loss(logits, ids, torch.tensor([[True, False, False]])).item() == 0
    found = hidden_token_loss(logits, ids, torch.tensor([[True, True, False]])).item()
    assert math.isclose(found, math.log(4) / 2, rel_tol=1e-6)
    assert hidden_token_loss(logits, ids, torch.zeros(1, 3, dtype=torch.bool)).item() == 0
