"""Contrastive losses over image-text pairs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

LARGEST_LOG_SCALE = 4.6052


def info_nce(image_BE: Tensor, text_BE: Tensor, log_scale: Tensor) -> Tensor:
    """Symmetric cross-entropy of matching each image to its text and each text to its image.

    Args:
        image_BE: unit vectors.
        text_BE: unit vectors, row by row the images' texts.
        log_scale: natural log of the inverse temperature; clamped to at most 100 times.

    Returns:
        Scalar in nats; zero for fewer than two pairs.

    Source:
        arXiv 2103.00020, figure 3.

    Example:
        >>> same = torch.ones(2, 1)  # two identical pairs: log(2), whatever the scale
        >>> round(info_nce(same, same, torch.tensor(1.0)).item(), 4)
        0.6931
    """
    if len(image_BE) < 2:
        return image_BE.sum() * 0 + text_BE.sum() * 0
    logits_BB = log_scale.clamp(max=LARGEST_LOG_SCALE).exp() * image_BE @ text_BE.T
    target_B = torch.arange(len(image_BE), device=image_BE.device)
    return (F.cross_entropy(logits_BB, target_B) + F.cross_entropy(logits_BB.T, target_B)) / 2
