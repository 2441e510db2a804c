"""Losses of queries that look for one object: which is held against it, its mask, and that the text means it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.objectives.masks import soft_dice_loss


def query_costs(masks_NQYX: Tensor, target_NYX: Tensor) -> Tensor:
    """Cross-entropy plus one minus Dice of every query's mask (N, Q).

    Args:
        masks_NQYX: logits.
        target_NYX: shares of foreground.
    """
    target_NQYX = target_NYX[:, None].expand_as(masks_NQYX)
    cross_NQYX = F.binary_cross_entropy_with_logits(masks_NQYX, target_NQYX, reduction="none")
    return cross_NQYX.mean((2, 3)) + soft_dice_loss(masks_NQYX, target_NQYX)


@torch.no_grad()
def matched(masks_NQYX: Tensor, like_NQ: Tensor, target_NYX: Tensor, share: float) -> Tensor:
    """The query (N,) that fits the object best: with one object a text, this is what Hungarian matching finds.

    Args:
        like_NQ: logits of which query the text means; `share` is their weight beside the masks'.
    """
    return (query_costs(masks_NQYX, target_NYX) - share * like_NQ.log_softmax(1)).argmin(1)


def phrase_loss(
    masks_NQYX: Tensor, like_NQ: Tensor, target_NYX: Tensor, counts_N: Tensor, share: float
) -> tuple[Tensor, Tensor]:
    """Loss of the matched query's mask, and cross-entropy of picking that query by the text.

    Args:
        like_NQ, share: as for `matched`.
        counts_N: 1 for a text that counts, 0 for one that does not.

    Source:
        arXiv 2112.01527, section 3.3 (matching); arXiv 2304.06718 (which query a text means).
    """
    query_N = matched(masks_NQYX, like_NQ, target_NYX, share)
    mask_N = query_costs(masks_NQYX, target_NYX).gather(1, query_N[:, None])[:, 0]
    means_N = F.cross_entropy(like_NQ, query_N, reduction="none")
    count = counts_N.sum().clamp(min=1)
    return (mask_N * counts_N).sum() / count, (means_N * counts_N).sum() / count
