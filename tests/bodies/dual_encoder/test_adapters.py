"""Adapters for few labels."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.bodies.dual_encoder.adapters import clip_adapter, tip_adapter


def clusters(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Unit vectors around three axes of eight, and which axis each is of."""
    drawn = torch.Generator().manual_seed(seed)
    label_N = torch.arange(count) % 3
    return F.normalize(torch.eye(8)[label_N] + 0.25 * torch.randn(count, 8, generator=drawn), dim=-1), label_N


WRONG = torch.eye(8)[[1, 2, 0]]  # names that fit the wrong clusters, so that zero-shot is at fault
KNOWN, LABELS = clusters(12, 0)
ASKED, TRUTH = clusters(60, 1)


def accuracy(logits_MK: Tensor) -> float:
    return (logits_MK.argmax(1) == TRUTH).float().mean().item()


def test_tip_adapter_by_hand() -> None:
    """Equation 5: the cosine with names, and exp(-5 (1 - cosine)) of the image that is known."""
    key, asked = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.6, 0.8]])
    names = torch.eye(2)
    logits = tip_adapter(key, torch.tensor([1]), names, asked, scale=2.0)
    expected = torch.tensor([[1.2, 1.6 + float(torch.exp(torch.tensor(-5 * (1 - 0.6))))]])
    torch.testing.assert_close(logits, expected)


@pytest.mark.parametrize("learn", [False, True])
def test_labels_outweigh_names_that_are_wrong(learn: bool) -> None:
    assert accuracy(ASKED @ WRONG.T) < 0.2
    assert accuracy(tip_adapter(KNOWN, LABELS, WRONG, ASKED, scale=0.1, learn=learn)) > 0.9


def test_clip_adapter_moves_images_towards_their_names() -> None:
    """Names between the clusters: as they are, two fit equally well."""
    between_KE = F.normalize(torch.eye(8)[:3] + torch.eye(8)[[1, 2, 0]] * 0.9, dim=-1)
    before = F.cross_entropy(10 * ASKED @ between_KE.T, TRUTH)
    after = F.cross_entropy(clip_adapter(KNOWN, LABELS, between_KE, ASKED, scale=10.0), TRUTH)
    assert after < before - 0.005


def test_learning_moves_keys_and_nothing_else() -> None:
    before = KNOWN.clone()
    plain, learned = (tip_adapter(KNOWN, LABELS, WRONG, ASKED, scale=1.0, learn=learn) for learn in (False, True))
    assert torch.equal(before, KNOWN)
    assert not torch.allclose(plain, learned)
    loss = [F.cross_entropy(logits, TRUTH).item() for logits in (plain, learned)]
    assert loss[1] < loss[0]


def test_the_seed_alone_decides() -> None:
    first, again, other = (clip_adapter(KNOWN, LABELS, WRONG, ASKED, scale=30.0, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
