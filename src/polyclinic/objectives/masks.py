"""Losses of masks, with masks that may be absent or unknown."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def mask_loss(logits_BQX: Tensor, target_BQX: Tensor, known_BQ: Tensor) -> Tensor:
    """Cross-entropy plus Dice, averaged over the known masks; Dice only where the target has foreground.

    Args:
        logits_BQX: mask logits, (B, Q, [z,] y, x).
        target_BQX: shares of foreground, 0 to 1.
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
    logits_BQN, target_BQN = logits_BQX.flatten(2), target_BQX.flatten(2)
    cross_BQ = F.binary_cross_entropy_with_logits(logits_BQN, target_BQN, reduction="none").mean(-1)
    has_BQ = (target_BQN.amax(-1) > 0).to(cross_BQ.dtype)
    loss_BQ = 4.0 * cross_BQ + has_BQ * soft_dice_loss(logits_BQN, target_BQN)
    return (loss_BQ * known_BQ).sum() / known_BQ.sum().clamp(min=1)


def soft_dice_loss(logits_BQX: Tensor, target_BQX: Tensor) -> Tensor:
    """One minus soft Dice of each mask, (B, Q)."""
    guess_BQN, target_BQN = logits_BQX.sigmoid().flatten(2), target_BQX.flatten(2)
    shared_BQ = (guess_BQN * target_BQN).sum(-1)
    total_BQ = guess_BQN.sum(-1) + target_BQN.sum(-1)
    return 1 - (2 * shared_BQ + 1) / (total_BQ + 1)
