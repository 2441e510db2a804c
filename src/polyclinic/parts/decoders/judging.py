"""Whether an object is there at all: numbers of its mask against what masks of its class had in training."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

KEPT, FEWEST, LEAST_SPREAD = 0.995, 5.0, 1e-6


class BetaMemory(nn.Module):
    """What masks of each modality and class looked like: fading moments of numbers between 0 and 1.

    Args:
        statistics: numbers of each mask.
    """

    moments_MKS3: Tensor

    def __init__(self, *, modalities: int, classes: int, statistics: int) -> None:
        super().__init__()
        self.register_buffer("moments_MKS3", torch.zeros(modalities, classes, statistics, 3))

    def note(self, modality_N: Tensor, class_N: Tensor, values_NS: Tensor) -> None:
        """Count numbers in, older ones a little less than before."""
        powers_NS3 = torch.stack([torch.ones_like(values_NS), values_NS, values_NS.square()], -1)
        for modality, number, powers_S3 in zip(modality_N.tolist(), class_N.tolist(), powers_NS3, strict=True):
            self.moments_MKS3[modality, number] = KEPT * self.moments_MKS3[modality, number] + powers_S3

    def betas(self, modality: int, number: int) -> NDArray[np.float64] | None:
        """Both parameters of a Beta distribution for each number (S, 2), by moments; None where too few were seen.

        A class that the modality never had is known from the others: its masks should look as they did there.
        """
        moments_KS3 = self.moments_MKS3[modality].double().cpu()
        if float(moments_KS3[number, 0, 0]) < FEWEST:
            moments_KS3 = self.moments_MKS3.double().cpu().sum(0)
        count_S, sum_S, square_S = moments_KS3[number].unbind(-1)
        if float(count_S[0]) < FEWEST:
            return None
        mean_S = sum_S / count_S
        spread_S = (square_S / count_S - mean_S.square()).clamp(min=LEAST_SPREAD)
        both_S = mean_S * (1 - mean_S) / spread_S - 1
        parameters_S2 = torch.stack([mean_S * both_S, (1 - mean_S) * both_S], -1).clamp(min=LEAST_SPREAD)
        made: NDArray[np.float64] = parameters_S2.numpy()
        return made


def agreement(values_S: NDArray[np.float64], betas_S2: NDArray[np.float64]) -> float:
    """How well numbers agree with Beta distributions: the geometric mean of their p-values.

    Each is that of a Kolmogorov-Smirnov test of one number, twice the smaller tail.

    Source:
        arXiv 2405.12971, methods (detecting invalid descriptions).

    Example:
        >>> round(agreement(np.array([0.5, 0.1]), np.ones((2, 2))), 4)  # sqrt(1 * 0.2)
        0.4472
    """
    from scipy.special import betainc

    below_S = betainc(betas_S2[:, 0], betas_S2[:, 1], values_S)
    p_S = 2 * np.minimum(below_S, 1 - below_S)
    return float(np.prod(p_S) ** (1 / len(p_S)))
