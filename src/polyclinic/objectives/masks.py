"""Losses of masks, with masks that may be absent or unknown."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def mask_loss(logits_BQYX: Tensor, target_BQYX: Tensor, known_BQ: Tensor) -> Tensor:
    """Cross-entropy plus Dice, averaged over the known masks; Dice only where the target has foreground.

    Args:
        logits_BQYX: mask logits.
        target_BQYX: shares of foreground, 0 to 1.
        known_BQ: which masks have a reference; the others count for nothing.

    Returns:
        Scalar; zero if none is known.

    Source:
        arXiv 1809.10486, section 2.2. Differs: Dice is per mask, and left out for empty targets.

    Example:
        >>> import torch
        >>> blank = torch.zeros(1, 1, 2, 2)
        >>> round(mask_loss(blank, blank, torch.ones(1, 1, dtype=torch.bool)).item(), 4)  # 4 log(2)
        2.7726
    """
    cross_BQ = F.binary_cross_entropy_with_logits(logits_BQYX, target_BQYX, reduction="none").mean((-1, -2))
    has_BQ = (target_BQYX.amax((-1, -2)) > 0).to(cross_BQ.dtype)
    loss_BQ = 4.0 * cross_BQ + has_BQ * soft_dice_loss(logits_BQYX, target_BQYX)
    return (loss_BQ * known_BQ).sum() / known_BQ.sum().clamp(min=1)


def soft_dice_loss(logits_BQYX: Tensor, target_BQYX: Tensor) -> Tensor:
    """One minus soft Dice of each mask, (B, Q)."""
    guess_BQYX = logits_BQYX.sigmoid()
    shared_BQ = (guess_BQYX * target_BQYX).sum((-1, -2))
    total_BQ = guess_BQYX.sum((-1, -2)) + target_BQYX.sum((-1, -2))
    return 1 - (2 * shared_BQ + 1) / (total_BQ + 1)
