"""Max-margin ranking of true pairs above wrong ones."""

from __future__ import annotations

from enum import Enum

import torch
from torch import Tensor


class Negatives(Enum):
    """Which wrong partners of the batch a true pair is compared with."""

    ALL = "all"
    RANDOM = "random"
    HARDEST = "hardest"


def ranking_loss(
    image_BE: Tensor,
    text_BE: Tensor,
    owner_B: Tensor,
    *,
    margin: float,
    text_share: float = 0.5,
    negatives: Negatives = Negatives.ALL,
    generator: torch.Generator | None = None,
) -> Tensor:
    """By how much wrong partners come closer to a true pair than the margin allows.

    Args:
        image_BE: unit vectors; `text_BE` likewise, row by row the images' texts.
        owner_B: which image a row is of: texts of the same image are no wrong partners of it.
        margin: least lead in cosine of the true pair.
        text_share: weight of wrong texts (1: those only); the rest is for wrong images (0: those only).
        negatives: which wrong partners count; a true pair without any counts as zero.
        generator: draws the random ones, on the vectors' device.

    Returns:
        Scalar: summed over the wrong partners, averaged over the true pairs.

    Source:
        arXiv 1601.03478 (global ranking objective); hardest: arXiv 1707.05612, equation 6.

    Example:
        >>> one = torch.eye(2)  # true pairs lead by 1
        >>> ranking_loss(one, one, torch.tensor([0, 1]), margin=1.5).item()
        0.5
    """
    score_BB = image_BE @ text_BE.T
    own_B, wrong_BB = score_BB.diagonal(), owner_B[:, None] != owner_B
    texts_B = _chosen((margin - own_B[:, None] + score_BB).clamp(min=0), wrong_BB, negatives, generator)
    images_B = _chosen((margin - own_B[:, None] + score_BB.T).clamp(min=0), wrong_BB, negatives, generator)
    return (text_share * texts_B + (1 - text_share) * images_B).mean()


def _chosen(cost_BB: Tensor, wrong_BB: Tensor, negatives: Negatives, generator: torch.Generator | None) -> Tensor:
    cost_BB = cost_BB * wrong_BB
    if negatives is Negatives.ALL:
        return cost_BB.sum(1)
    if negatives is Negatives.HARDEST:
        return cost_BB.amax(1)
    draw_BB = torch.rand(cost_BB.shape, generator=generator, device=cost_BB.device).masked_fill(~wrong_BB, -1)
    return cost_BB.gather(1, draw_BB.argmax(1, keepdim=True))[:, 0]
