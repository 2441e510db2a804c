"""Losses that hold learned prompts near an ensemble of written descriptions.

Source:
    arXiv 2411.15232, section 3 (SCCM and KDSP).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def context_mapping(learned_KE: Tensor, described_KNE: Tensor) -> Tensor:
    """Mean squared distance, by channel, of each class's learned vector from the mean of its descriptions.

    Args:
        learned_KE: unit vectors; `described_KNE` likewise, N descriptions a class.
    """
    return F.mse_loss(learned_KE, F.normalize(described_KNE.mean(1), dim=-1))


def typical(score_N: Tensor, threshold: float) -> Tensor:
    """Which scores lie within so many median absolute deviations of the median.

    Differs: the paper's code standardises these robust scores once more by mean and standard deviation, which undoes
    the median and the deviation.

    Example:
        >>> typical(torch.tensor([1.0, 2.0, 3.0, 4.0, 90.0]), 1.5).tolist()
        [False, True, True, True, False]
    """
    away_N = (score_N - score_N.quantile(0.5)).abs()
    return away_N <= threshold * away_N.quantile(0.5)


def selected_classes(image_BE: Tensor, described_KNE: Tensor, scale: Tensor, threshold: float | None) -> Tensor:
    """A unit vector (K, E) a class: the mean of its descriptions, without the places in the list that stand out.

    A place is judged for all classes together, by how near its descriptions come to the batch's images at best.

    Args:
        threshold: as for `typical`; None keeps all.
    """
    if threshold is None:
        return F.normalize(described_KNE.mean(1), dim=-1)
    score_N = (scale * torch.einsum("be,kne->bnk", image_BE, described_KNE)).amax(2).mean(0)
    return F.normalize(described_KNE[:, typical(score_N, threshold)].mean(1), dim=-1)


def distilled(student_BK: Tensor, teacher_BK: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the student's classes from the teacher's, in nats, over the number of logits."""
    student_BK, teacher_BK = student_BK.log_softmax(-1), teacher_BK.log_softmax(-1)
    return F.kl_div(student_BK, teacher_BK, log_target=True, reduction="sum") / student_BK.numel()
