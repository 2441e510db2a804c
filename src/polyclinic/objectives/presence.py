"""What a patch shows at all, told from the masks over it, and the loss of telling it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def shown(target: Tensor, classes: int) -> Tensor:
    """Which classes have a pixel in each item, (B, K).

    Args:
        target: labels (B, ...) from 1 on, or shares (B, K, ...) of masks that may overlap, of which half is a pixel.

    Example:
        >>> shown(torch.tensor([[[0, 2], [2, 0]]]), 2).tolist()
        [[False, True]]
    """
    if target.is_floating_point():
        return target.flatten(2).amax(-1) >= 0.5
    label_BN = target.flatten(1)
    return torch.stack([(label_BN == k + 1).any(-1) for k in range(classes)], 1)


def presence_loss(logits_BK: Tensor, target: Tensor, known_BK: Tensor) -> Tensor:
    """Binary cross-entropy in nats over the classes that are known; zero if none is."""
    there_BK = shown(target, logits_BK.shape[1]).to(logits_BK.dtype)
    each_BK = F.binary_cross_entropy_with_logits(logits_BK, there_BK, reduction="none")
    return (each_BK * known_BK).sum() / known_BK.sum().clamp(min=1)
