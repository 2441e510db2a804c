"""Contrastive losses against a plain sum."""

import torch
from torch.nn import functional as F

from polyclinic.objectives.contrast import info_nce, same_label, soft_contrast


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


def test_soft_targets_that_are_the_identity_are_info_nce() -> None:
    image, text = F.normalize(torch.randn(5, 8), dim=-1), F.normalize(torch.randn(5, 8), dim=-1)
    scale = torch.tensor(1.3)
    torch.testing.assert_close(soft_contrast(image, text, torch.eye(5), scale), info_nce(image, text, scale))


def test_shared_labels_are_a_mean_over_those_that_share() -> None:
    image, text = F.normalize(torch.randn(4, 8), dim=-1), F.normalize(torch.randn(4, 8), dim=-1)
    label = torch.tensor([0, 1, 0, 2])
    log = (image @ text.T).log_softmax(1), (text @ image.T).log_softmax(1)
    expected = [-torch.stack([way[i, label == label[i]].mean() for i in range(4)]).mean() for way in log]
    found = soft_contrast(image, text, same_label(label), torch.tensor(0.0))
    torch.testing.assert_close(found, sum(expected) / 2)
