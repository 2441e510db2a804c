"""Contrastive losses over image-text pairs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

LARGEST_LOG_SCALE = 4.6052


def info_nce(image_BE: Tensor, text_BE: Tensor, log_scale: Tensor, *, image_share: float = 0.5) -> Tensor:
    """Symmetric cross-entropy of matching each image to its text and each text to its image.

    Args:
        image_BE: unit vectors.
        text_BE: unit vectors, row by row the images' texts.
        log_scale: natural log of the inverse temperature; clamped to at most 100 times.
        image_share: weight of the way from image to text; the rest is for the way back.

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
    there, back = F.cross_entropy(logits_BB, target_B), F.cross_entropy(logits_BB.T, target_B)
    return image_share * there + (1 - image_share) * back


def soft_contrast(image_BE: Tensor, text_BE: Tensor, target_BB: Tensor, log_scale: Tensor) -> Tensor:
    """Symmetric cross-entropy in which several texts may be right for an image, and several images for a text.

    Args:
        image_BE: unit vectors; `text_BE` likewise.
        target_BB: how far an image and a text belong together, 0 or more, such as `same_label` gives; each row is
            divided by its sum for the way there, each column by its own for the way back.

    Returns:
        Scalar in nats, mean of both ways.

    Source:
        arXiv 2308.07898 (FLAIR), label-aware alignment; arXiv 2204.03610 (UniCL), equation 2. Both have the same
        targets; UniCL's is the sum of both ways, twice this value.

    Example:
        >>> same = torch.ones(2, 1)  # two identical pairs: log(2), whatever the scale
        >>> round(soft_contrast(same, same, torch.eye(2), torch.tensor(1.0)).item(), 4)
        0.6931
    """
    logits_BB = log_scale.clamp(max=LARGEST_LOG_SCALE).exp() * image_BE @ text_BE.T
    there_BB = target_BB / target_BB.sum(1, keepdim=True)
    back_BB = (target_BB / target_BB.sum(0, keepdim=True)).T
    return (F.cross_entropy(logits_BB, there_BB) + F.cross_entropy(logits_BB.T, back_BB)) / 2


def same_label(label_B: Tensor) -> Tensor:
    """One where two items carry the same label, else zero: targets of `soft_contrast`."""
    return (label_B[:, None] == label_B).float()


def matching_loss(image_BE: Tensor, text_BE: Tensor, log_scale: Tensor) -> Tensor:
    """Binary cross-entropy of whether a pair is one: each image with its own text, and with its neighbour's.

    Args:
        image_BE: unit vectors; `text_BE` likewise, row by row.

    Returns:
        Scalar in nats.

    Source:
        arXiv 2010.00747, section 3.4 (contrastive-binary).
    """
    scale = log_scale.clamp(max=LARGEST_LOG_SCALE).exp()
    own_B, other_B = (image_BE * text_BE).sum(-1), (image_BE * text_BE.roll(1, 0)).sum(-1)
    return (F.softplus(-scale * own_B).mean() + F.softplus(scale * other_B).mean()) / 2
