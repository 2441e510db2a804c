"""What patches show, by hand."""

import math

import pytest
import torch

from polyclinic.objectives.presence import presence_loss, shown


def test_labels_and_shares_tell_the_same() -> None:
    label = torch.tensor([[[0, 1], [0, 255]], [[0, 0], [3, 0]]])
    assert shown(label, 3).tolist() == [[True, False, False], [False, False, True]]
    share = torch.stack([(label == k).float() for k in (1, 2, 3)], 1)
    assert torch.equal(shown(share, 3), shown(label, 3))
    assert not shown(share * 0.4, 3).any()


def test_only_what_is_known_counts() -> None:
    logits = torch.tensor([[0.0, 2.0, -50.0]])
    label = torch.tensor([[[2, 0]]])
    known = torch.tensor([[True, True, False]])
    expected = (math.log(2) + math.log1p(math.exp(-2))) / 2
    assert presence_loss(logits, label, known).item() == pytest.approx(expected)
    assert presence_loss(logits, label, torch.zeros_like(known)).item() == 0
