"""Losses of segmentation in any number of dimensions: label maps, masks that overlap, and several resolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.objectives.masks import mask_loss, soft_dice_loss

IGNORED = 255  # label of a pixel that nothing is known of
SMOOTH = 1e-5


def cross_entropy(logits_BKX: Tensor, target: Tensor, known_BK: Tensor) -> Tensor:
    """Mean cross-entropy over the pixels of which something is known.

    Args:
        target: labels (B, [z,] y, x), 255 where nobody knows, or shares (B, K, [z,] y, x) of masks that may overlap.
        known_BK: which masks have a reference; labels do not ask for it.
    """
    if target.is_floating_point():
        each_BKX = F.binary_cross_entropy_with_logits(logits_BKX, target, reduction="none")
        mean_BK = each_BKX.flatten(2).mean(-1)
        return (mean_BK * known_BK).sum() / known_BK.sum().clamp(min=1)
    return _of_labels(logits_BKX, target)


def dice_loss(logits_BKX: Tensor, target: Tensor, known_BK: Tensor) -> Tensor:
    """One minus Dice alone, over the classes that are there: of labels over the whole batch, of masks each by itself.

    Args:
        target: labels (B, [z,] y, x), 255 where nobody knows, or shares (B, K, [z,] y, x) of masks that may overlap.
        known_BK: which masks have a reference; labels do not ask for it.

    Example:
        >>> even, every = torch.zeros(1, 2, 1, 2), torch.ones(1, 2, dtype=torch.bool)
        >>> round(dice_loss(even, torch.tensor([[[0, 1]]]), every).item(), 4)  # 1 - 2 * 0.5 / 2
        0.5
    """
    if target.is_floating_point():
        counted_BK = known_BK * (target.flatten(2).amax(-1) > 0)
        each_BK = soft_dice_loss(logits_BKX.flatten(2), target.flatten(2))
        return (each_BK * counted_BK).sum() / counted_BK.sum().clamp(min=1)
    valid_BX = target != IGNORED
    return _batch_dice(logits_BKX, target.where(valid_BX, 0), valid_BX)


def _of_labels(logits_BKX: Tensor, label_BX: Tensor) -> Tensor:
    count = (label_BX != IGNORED).sum().clamp(min=1)
    return F.cross_entropy(logits_BKX, label_BX, ignore_index=IGNORED, reduction="sum") / count


def label_loss(logits_BKX: Tensor, label_BX: Tensor) -> Tensor:
    """Cross-entropy plus Dice over the classes of a label map.

    Args:
        logits_BKX: of background (0) and the classes, (B, K, [z,] y, x).
        label_BX: the label of each pixel; 255 where nobody knows.

    Source:
        arXiv 1809.10486, section 2.2; Dice over the whole batch as in arXiv 1904.08128. Differs: classes that the
        batch does not show are left out of Dice, and so is the background.

    Example:
        >>> even = torch.zeros(1, 2, 1, 2)
        >>> round(label_loss(even, torch.tensor([[[0, 1]]])).item(), 4)  # log(2) + 1 - 2 * 0.5 / 2
        1.1931
    """
    every_BK = torch.ones(logits_BKX.shape[:2], dtype=torch.bool, device=logits_BKX.device)
    return _of_labels(logits_BKX, label_BX) + dice_loss(logits_BKX, label_BX, every_BK)


def _batch_dice(logits_BKX: Tensor, label_BX: Tensor, valid_BX: Tensor) -> Tensor:
    guess_BKX = logits_BKX.softmax(1) * valid_BX[:, None]
    truth_BKX = F.one_hot(label_BX, logits_BKX.shape[1]).movedim(-1, 1) * valid_BX[:, None]
    axes = (0, *range(2, logits_BKX.ndim))
    shared_K = (guess_BKX * truth_BKX).sum(axes)[1:]
    guess_K, truth_K = guess_BKX.sum(axes)[1:], truth_BKX.sum(axes)[1:]
    dice_K = (2 * shared_K + SMOOTH) / (guess_K + truth_K + SMOOTH)
    shown_K = (truth_K > 0).to(dice_K.dtype)
    return ((1 - dice_K) * shown_K).sum() / shown_K.sum().clamp(min=1)


def target_at(target: Tensor, shape: Sequence[int]) -> Tensor:
    """A target at a coarser resolution: the mean of shares (B, K, ...), the nearest of labels (B, ...)."""
    if tuple(target.shape[-len(shape) :]) == tuple(shape):
        return target
    if target.is_floating_point():
        pool: Any = F.adaptive_avg_pool2d if len(shape) == 2 else F.adaptive_avg_pool3d
        pooled: Tensor = pool(target, tuple(shape))
        return pooled
    nearest: Tensor = F.interpolate(target[:, None].float(), tuple(shape), mode="nearest")[:, 0].long()
    return nearest


def over_scales(logits: Sequence[Tensor], loss: Callable[[Tensor, Tensor], Tensor], target: Tensor) -> Tensor:
    """Deep supervision: each resolution's loss against the target at that resolution, halved from one to the next.

    Args:
        logits: (B, K, [z,] y, x), the finest first.

    Source:
        arXiv 1904.08128, online methods: weights 1, 1/2, 1/4 ..., summing to one.
    """
    weights = torch.tensor([0.5**k for k in range(len(logits))])
    losses = [loss(each, target_at(target, each.shape[2:])) for each in logits]
    return sum(
        (w * each for w, each in zip((weights / weights.sum()).tolist(), losses, strict=True)), logits[0].new_zeros(())
    )


def segmentation_loss(logits_BKX: Tensor, target: Tensor, known_BK: Tensor) -> Tensor:
    """`mask_loss` for shares (B, K, ...), `label_loss` for labels (B, ...)."""
    if target.is_floating_point():
        return mask_loss(logits_BKX, target, known_BK)
    return label_loss(logits_BKX, target)


def weighed_loss(logits_BKX: Tensor, target: Tensor, known_BK: Tensor, cross: float) -> dict[str, Tensor]:
    """Cross-entropy with a weight, and Dice with the rest of one, beside their sum (`loss`)."""
    parts = {
        "cross": cross_entropy(logits_BKX, target, known_BK),
        "dice": dice_loss(logits_BKX, target, known_BK),
    }
    return {"loss": cross * parts["cross"] + (1 - cross) * parts["dice"], **parts}
