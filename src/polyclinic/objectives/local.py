"""Losses between the places of images and the words of texts."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def token_alignment(
    query_BQE: Tensor, key_BNE: Tensor, weight_BQ: Tensor, *, mask_BQ: Tensor, mask_BN: Tensor, temperature: float
) -> Tensor:
    """Each query token finds itself among its own item's tokens by what it attends to on the other side.

    Called once with words as queries and places as keys, and once the other way round.

    Args:
        query_BQE: unit vectors of one side; `key_BNE` of the other.
        weight_BQ: how much a query counts, summing to one an item, such as `clipped_weights` gives.
        mask_BQ: which queries are real; `mask_BN` which keys. Each item has at least one key.
        temperature: of the attention and of the contrast.

    Returns:
        Scalar in nats, mean over the batch and over both ways of the contrast.

    Source:
        arXiv 2210.06044, section 3.3.
    """
    absent_B1N, absent_B1Q = ~mask_BN[:, None], ~mask_BQ[:, None]
    attention_BQN = (query_BQE @ key_BNE.mT / temperature).masked_fill(absent_B1N, float("-inf")).softmax(-1)
    crossed_BQE = F.normalize(attention_BQN @ key_BNE, dim=-1)
    logits_BQQ = query_BQE @ crossed_BQE.mT / temperature
    low = torch.finfo(logits_BQQ.dtype).min
    there_BQ = logits_BQQ.masked_fill(absent_B1Q, low).logsumexp(2)
    back_BQ = logits_BQQ.masked_fill(absent_B1Q.mT, low).logsumexp(1)
    miss_BQ = (there_BQ + back_BQ) / 2 - logits_BQQ.diagonal(dim1=1, dim2=2)
    return (miss_BQ.masked_fill(~mask_BQ, 0) * weight_BQ).sum() / len(query_BQE)


def clipped_weights(attention_BN: Tensor, mask_BN: Tensor, *, low: float = 0.1, high: float = 0.9) -> Tensor:
    """Attention as weights that sum to one an item: clipped to its quantiles among the real tokens, without gradient.

    An item without real tokens gets zeros.

    Source:
        arXiv 2210.06044, section 3.3, and the paper's code for the quantiles.
    """
    real_BN = attention_BN.detach().float().masked_fill(~mask_BN, float("nan"))
    ends_2B1 = real_BN.nanquantile(torch.tensor([low, high], device=real_BN.device), dim=1, keepdim=True)
    kept_BN = real_BN.clamp(ends_2B1[0], ends_2B1[1]).nan_to_num(0.0)
    return kept_BN / kept_BN.sum(1, keepdim=True).clamp(min=1e-12)


def word_contrast(
    place_BNE: Tensor,
    word_BLE: Tensor,
    mask_BL: Tensor,
    *,
    attention_scale: float = 4.0,
    word_scale: float = 5.0,
    contrast_scale: float = 10.0,
) -> Tensor:
    """Images and texts matched by how well each word meets what it attends to in the image, across the batch.

    Args:
        place_BNE: vectors of the images' places; `word_BLE` of the texts' words, of any length.
        mask_BL: which words are real; at least one a text.

    Returns:
        Scalar in nats: the sum of both ways. Memory grows as B * B * L * N.

    Source:
        GLoRIA (Huang et al., ICCV 2021), local contrastive loss. Differs: padding words take no part in
        the softmax over words.
    """
    affinity_BBLN = torch.einsum("jle,ine->ijln", word_BLE, place_BNE)
    by_word_BBLN = affinity_BBLN.masked_fill(~mask_BL[None, :, :, None], float("-inf")).softmax(2)
    attention_BBLN = (attention_scale * by_word_BBLN).softmax(3)
    seen_BBLE = torch.einsum("ijln,ine->ijle", attention_BBLN, place_BNE)
    met_BBL = word_scale * F.cosine_similarity(seen_BBLE, word_BLE[None], dim=-1)
    logits_BB = contrast_scale * met_BBL.masked_fill(~mask_BL[None], float("-inf")).logsumexp(2)
    own_B = torch.arange(len(place_BNE), device=place_BNE.device)
    return F.cross_entropy(logits_BB, own_B) + F.cross_entropy(logits_BB.T, own_B)


def concept_contrast(place_BNE: Tensor, concept_ME: Tensor, own_BM: Tensor, log_scale: Tensor, bias: Tensor) -> Tensor:
    """Whether a concept is of an image, judged by the place that meets it best: binary cross-entropy over all pairs.

    Args:
        place_BNE: unit vectors of the images' places; `concept_ME` of all the batch's concepts, as from `span_means`.
        own_BM: whether an image's text names a concept, as from `named_by`.
        log_scale: natural log of the inverse temperature; `bias` is added to every similarity.

    Returns:
        Scalar in nats: the sum over pairs, divided by the concepts; zero without any.

    Source:
        arXiv 2501.15579, patch-concept alignment.
    """
    cosine_BM = (place_BNE @ concept_ME.T).amax(1)
    logits_BM = log_scale.exp() * cosine_BM + bias
    return F.softplus(torch.where(own_BM, -logits_BM, logits_BM)).sum() / max(len(concept_ME), 1)


def named_by(owner_M: Tensor, kind_M: Tensor, rows: int) -> Tensor:
    """Which of a batch's texts (B, M) name each concept: its own, and all that name one of its kind.

    Args:
        owner_M: which text a mention stands in; `kind_M` which concept it is of.

    Example:
        >>> named_by(torch.tensor([0, 1, 1]), torch.tensor([7, 7, 8]), 2).int().tolist()
        [[1, 1, 0], [1, 1, 1]]
    """
    stands_BM = owner_M == torch.arange(rows, device=owner_M.device)[:, None]
    same_MM = kind_M[:, None] == kind_M
    named_BM: Tensor = stands_BM.float() @ same_MM.float() > 0
    return named_BM


def span_means(token_BLE: Tensor, span_M3: Tensor) -> Tensor:
    """Mean vector (M, E) of each stretch of tokens.

    Args:
        span_M3: row of the batch, first token, and the one after the last; not empty.
    """
    sums_BLE = F.pad(token_BLE.cumsum(1), (0, 0, 1, 0))
    row_M, start_M, stop_M = span_M3.unbind(1)
    return (sums_BLE[row_M, stop_M] - sums_BLE[row_M, start_M]) / (stop_M - start_M)[:, None]
