"""Contrastive losses against a plain sum."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.errors import ShapeError
from polyclinic.objectives.contrast import info_nce, matching_loss, one_way, same_label, soft_contrast


def plain(image: Tensor, text: Tensor, log_scale: Tensor, share: float) -> Tensor:
    logits, own = log_scale.exp() * image @ text.T, torch.arange(len(image))
    return share * F.cross_entropy(logits, own) + (1 - share) * F.cross_entropy(logits.T, own)


def vectors(batch: int, seed: int = 0, kind: torch.dtype = torch.float64) -> list[Tensor]:
    torch.manual_seed(seed)
    return [F.normalize(torch.randn(batch, 5, dtype=kind), dim=-1) for _ in range(2)]


@pytest.mark.parametrize("stripe", [1, 14, 21, 49, 1000])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.75])
def test_value_and_gradient_in_stripes_are_those_of_the_plain_loss(stripe: int, share: float) -> None:
    ours, theirs = (
        [part.requires_grad_() for part in (*vectors(7), torch.tensor(2.3, dtype=torch.float64))] for _ in range(2)
    )
    loss, expected = info_nce(*ours, image_share=share, stripe=stripe), plain(*theirs, share)
    torch.testing.assert_close(loss, expected)
    (3 * loss).backward()
    (3 * expected).backward()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize("stripe", [1, 14, 1000])
def test_one_way_against_cross_entropy_of_its_rows(stripe: int) -> None:
    ours, theirs = (
        [part.requires_grad_() for part in (*vectors(7), torch.tensor(9.0, dtype=torch.float64))] for _ in range(2)
    )
    query, key, scale = ours
    loss = one_way(query[2:5], key, scale, 2, stripe=stripe)
    query, key, scale = theirs
    expected = F.cross_entropy(scale * query[2:5] @ key.T, torch.arange(2, 5))
    torch.testing.assert_close(loss, expected)
    loss.backward()
    expected.backward()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_half_precision_is_summed_in_single() -> None:
    image, text = (each.bfloat16().requires_grad_() for each in vectors(9))
    scale = torch.tensor(2.0)
    with torch.autocast("cpu", torch.bfloat16):
        loss = info_nce(image, text, scale, stripe=18)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, plain(image.float(), text.float(), scale, 0.5))
    loss.backward()
    assert image.grad is not None
    assert image.grad.dtype == torch.bfloat16


def test_the_largest_scale_stays_finite() -> None:
    image, _ = vectors(9, kind=torch.float32)
    for text in (image, -image):
        one = image.clone().requires_grad_()
        loss = info_nce(one, text, torch.tensor(9.0), stripe=18)
        loss.backward()
        assert torch.isfinite(loss)
        assert torch.isfinite(one.grad).all()


@pytest.mark.parametrize("loss", [info_nce, matching_loss])
def test_batches_that_differ(loss: object) -> None:
    with pytest.raises(ShapeError, match=r"\(2, 4\) and \(3, 4\)"):
        loss(torch.ones(2, 4), torch.ones(3, 4), torch.tensor(1.0))  # type: ignore[operator]


def test_targets_that_do_not_fit() -> None:
    with pytest.raises(ShapeError, match="target"):
        soft_contrast(torch.ones(2, 4), torch.ones(2, 4), torch.eye(3), torch.tensor(1.0))


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
