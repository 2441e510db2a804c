"""Losses of label maps: against values by hand and MONAI, with pixels that nobody knows, over resolutions."""

import pytest
import torch

from polyclinic.objectives.labels import (
    cross_entropy,
    dice_loss,
    label_loss,
    over_scales,
    segmentation_loss,
    target_at,
    weighed_loss,
)
from polyclinic.objectives.masks import mask_loss

EVERY = torch.ones(2, 3, dtype=torch.bool)


@pytest.mark.parametrize("shape", [(6, 7), (4, 5, 6)])
def test_it_is_monais_where_every_class_is_shown(shape: tuple[int, ...]) -> None:
    monai = pytest.importorskip("monai.losses", reason="MONAI is not installed")
    torch.manual_seed(0)
    logits, label = torch.randn(2, 3, *shape), torch.randint(0, 3, (2, *shape))
    theirs = monai.DiceCELoss(
        include_background=False, to_onehot_y=True, softmax=True, batch=True, smooth_nr=1e-5, smooth_dr=1e-5
    )
    torch.testing.assert_close(label_loss(logits, label), theirs(logits, label[:, None]))


def test_unknown_pixels_count_for_nothing() -> None:
    torch.manual_seed(0)
    logits, label = torch.randn(1, 3, 4, 4), torch.randint(0, 3, (1, 4, 4))
    known = label.clone()
    known[:, 2:] = 255
    changed = logits.clone()
    changed[:, :, 2:] += 5 * torch.randn(1, 3, 2, 4)
    for loss in (label_loss(changed, known), cross_entropy(changed, known, EVERY)):
        assert loss.isfinite()
    torch.testing.assert_close(label_loss(changed, known), label_loss(logits[:, :, :2], label[:, :2]))
    torch.testing.assert_close(
        cross_entropy(changed, known, EVERY), cross_entropy(logits[:, :, :2], label[:, :2], EVERY)
    )
    assert label_loss(logits, torch.full_like(label, 255)) == 0


def test_classes_that_are_not_shown_are_left_out_of_dice() -> None:
    logits = torch.full((1, 3, 2, 2), -20.0)
    logits[:, 1] = 20.0
    assert label_loss(logits, torch.ones(1, 2, 2, dtype=torch.long)).item() == pytest.approx(0, abs=1e-4)


def test_dice_alone_is_what_the_whole_adds_to_cross_entropy() -> None:
    torch.manual_seed(0)
    logits, label, shares = torch.randn(2, 3, 4, 5), torch.randint(0, 3, (2, 4, 5)), torch.rand(2, 3, 4, 5)
    whole = cross_entropy(logits, label, EVERY) + dice_loss(logits, label, EVERY)
    torch.testing.assert_close(whole, label_loss(logits, label))
    masks = 4 * cross_entropy(logits, shares, EVERY) + dice_loss(logits, shares, EVERY)
    torch.testing.assert_close(masks, mask_loss(logits, shares, EVERY))
    shares[0, 0] = 0  # nothing to overlap with
    some = EVERY.clone()
    some[1] = False  # nobody looked
    alone = dice_loss(logits[:1, 1:], shares[:1, 1:], EVERY[:1, 1:])
    torch.testing.assert_close(dice_loss(logits, shares, some), alone)


@pytest.mark.parametrize(("cross", "overlap"), [(1.0, 0.0), (0.0, 1.0), (0.3, 0.7)])
def test_cross_entropy_has_its_weight_and_dice_the_rest(cross: float, overlap: float) -> None:
    torch.manual_seed(0)
    logits, target, known = torch.randn(2, 3, 4, 4), torch.randint(3, (2, 4, 4)), torch.ones(2, 3, dtype=torch.bool)
    found = weighed_loss(logits, target, known, cross)
    expected = cross * cross_entropy(logits, target, known) + overlap * dice_loss(logits, target, known)
    assert found["loss"].item() == pytest.approx(expected.item(), rel=1e-6)
    assert found.keys() == {"loss", "cross", "dice"}


def test_shares_take_the_loss_of_masks() -> None:
    logits, shares = torch.randn(2, 3, 4, 5, 6), torch.rand(2, 3, 4, 5, 6)
    torch.testing.assert_close(segmentation_loss(logits, shares, EVERY), mask_loss(logits, shares, EVERY))
    flat = mask_loss(logits.flatten(3), shares.flatten(3), EVERY)  # the number of dimensions does not matter
    torch.testing.assert_close(mask_loss(logits, shares, EVERY), flat)
    none = torch.zeros_like(EVERY)
    assert cross_entropy(logits, shares, none) == 0
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, shares)
    torch.testing.assert_close(cross_entropy(logits, shares, EVERY), expected)


def test_targets_at_coarser_resolutions() -> None:
    label = torch.tensor([[[1, 1, 2, 2], [1, 1, 2, 2]]])
    assert target_at(label, (1, 2)).tolist() == [[[1, 2]]]
    shares = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    assert target_at(shares, (1, 1)).item() == 0.25
    assert target_at(torch.rand(1, 2, 4, 4, 4), (2, 2, 2)).shape == (1, 2, 2, 2, 2)
    assert target_at(label, (2, 4)) is label


def test_scales_weigh_half_of_the_one_before() -> None:
    logits = [torch.full((1, 1, n, n), float(n)) for n in (8, 4, 2)]
    total = over_scales(logits, lambda each, target: each.mean() + 0 * target.mean(), torch.zeros(1, 1, 8, 8))
    assert total.item() == pytest.approx((8 * 4 + 4 * 2 + 2) / 7)
