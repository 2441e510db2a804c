"""Contrastive losses against a plain sum."""

import torch
from torch.nn import functional as F

from polyclinic.objectives.contrast import info_nce


def test_against_a_plain_sum() -> None:
    torch.manual_seed(0)
    image, text = F.normalize(torch.randn(5, 8), dim=-1), F.normalize(torch.randn(5, 8), dim=-1)
    scale = torch.tensor(1.3)
    similarity = scale.exp() * image @ text.T
    expected = sum(
        -(similarity[i, i] - similarity[i].logsumexp(0)) - (similarity[i, i] - similarity[:, i].logsumexp(0))
        for i in range(5)
    )
    torch.testing.assert_close(info_nce(image, text, scale), expected / 10)


def test_the_scale_is_bounded() -> None:
    image, text = F.normalize(torch.randn(3, 4), dim=-1), F.normalize(torch.randn(3, 4), dim=-1)
    torch.testing.assert_close(info_nce(image, text, torch.tensor(9.0)), info_nce(image, text, torch.tensor(4.6052)))


def test_one_pair_has_nothing_to_tell_apart() -> None:
    assert info_nce(torch.ones(1, 4), torch.ones(1, 4), torch.tensor(1.0)).item() == 0
