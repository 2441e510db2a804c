"""Contrast over bags of regions, of which it is not known which one shows an attribute."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def bag_contrast(cosine_BRK: Tensor, mask_BR: Tensor, present_BK: Tensor, *, temperature: float = 0.07) -> Tensor:
    """Each image that has an attribute against those that have it not, by the region that meets it best.

    Args:
        cosine_BRK: similarity of regions with attributes.
        mask_BR: which regions are real; at least one an image.
        present_BK: which attributes an image has.

    Returns:
        Scalar in nats, mean over the attributes that images have; zero without any.

    Source:
        arXiv 2308.11194, section 3.2. Differs: other images with the attribute are left out, where the paper's code
        lets each count as one in the sum.
    """
    low = torch.finfo(cosine_BRK.dtype).min
    best_BK = cosine_BRK.masked_fill(~mask_BR[:, :, None], low).amax(1) / temperature
    others_K = best_BK.masked_fill(present_BK, low / 4).logsumexp(0)
    return (F.softplus(others_K - best_BK) * present_BK).sum() / present_BK.sum().clamp(min=1)
