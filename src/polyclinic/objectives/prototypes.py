"""Soft assignments to prototypes, shared out evenly, and predicted from the other side."""

from __future__ import annotations

import math

import torch
from torch import Tensor


@torch.no_grad()
def sinkhorn(score_BK: Tensor, *, epsilon: float = 0.05, rounds: int = 3) -> Tensor:
    """Codes (B, K), each row a distribution, such that each prototype gets about the same share of the batch.

    Computed with logarithms, so that no score is too large.

    Source:
        arXiv 2006.09882, appendix A.

    Example:
        >>> sinkhorn(torch.tensor([[9.0, 0.0], [9.0, 0.0]]))  # both want the first: shared out
        tensor([[0.5000, 0.5000],
                [0.5000, 0.5000]])
    """
    log_BK = score_BK.float() / epsilon
    for _ in range(rounds):
        log_BK = log_BK - log_BK.logsumexp(0) - math.log(log_BK.shape[1])
        log_BK = log_BK - log_BK.logsumexp(1, keepdim=True) - math.log(len(log_BK))
    return log_BK.softmax(1)


def swapped_prediction(
    image_BK: Tensor, text_BK: Tensor, *, temperature: float = 0.2, epsilon: float = 0.05, rounds: int = 3
) -> Tensor:
    """Cross-entropy of predicting each side's code from the other side.

    Args:
        image_BK: cosines of images with the prototypes; `text_BK` of their texts.

    Returns:
        Scalar in nats, mean of both ways.

    Source:
        arXiv 2210.06044, section 3.4.
    """
    image_code_BK, text_code_BK = (sinkhorn(s, epsilon=epsilon, rounds=rounds) for s in (image_BK, text_BK))
    image_log_BK, text_log_BK = ((s / temperature).log_softmax(1) for s in (image_BK, text_BK))
    return -((image_code_BK * text_log_BK).sum(1) + (text_code_BK * image_log_BK).sum(1)).mean() / 2
