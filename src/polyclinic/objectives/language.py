"""Losses of language models."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def hidden_token_loss(logits_BLV: Tensor, ids_BL: Tensor, hidden_BL: Tensor) -> Tensor:
    """Cross-entropy in nats of guessing the tokens that were hidden; zero if none was.

    Args:
        logits_BLV: a score for every token of the vocabulary at every place.
        ids_BL: the tokens as they were.
        hidden_BL: which are asked for.

    Source:
        arXiv 1810.04805, section 3.1.
    """
    asked_MV = logits_BLV[hidden_BL]
    return F.cross_entropy(asked_MV, ids_BL[hidden_BL]) if len(asked_MV) else logits_BLV.sum() * 0
