"""A memory that is a matrix: each token writes its value under its key, gates say how long that is kept (mLSTM)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

CHUNK = 64
EPS = 1e-6


def matrix_memory(
    query_BHLD: Tensor, key_BHLD: Tensor, value_BHLD: Tensor, write_BHL: Tensor, keep_BHL: Tensor, chunk: int = CHUNK
) -> Tensor:
    """What each token reads: M_t = f M_{t-1} + i v k', n_t = f n_{t-1} + i k, h_t = M q / max(|n . q|, 1).

    Here i = exp(write), f = sigmoid(keep), and k is divided by the root of its width. Tokens of a chunk look at each
    other as in attention, and at everything before it through its matrix, so the cost grows with the length. All is
    scaled by exp(-m), m the largest logarithm so far, so that no exponential leaves the range of numbers.

    Args:
        chunk: tokens that look at each other; the result does not depend on it.

    Source:
        arXiv 2405.04517, equations 19 to 27 and appendix A.3, with the denominator's 1e-6 of its code. Differs: in
        chunks, where the paper's parallel form takes all tokens at once.

    Example:
        >>> one = torch.ones(1, 1, 2, 1)
        >>> value = torch.tensor([2.0, 5.0]).reshape(1, 1, 2, 1)
        >>> h = matrix_memory(one, one, value, 0 * one[..., 0], 0 * one[..., 0])  # 2, then (2 / 2 + 5) / (1 / 2 + 1)
        >>> [round(each, 3) for each in h.flatten().tolist()]
        [2.0, 4.0]
    """
    key_BHLD = key_BHLD * key_BHLD.shape[-1] ** -0.5
    memory_BHDD = query_BHLD.new_zeros(*query_BHLD.shape[:2], key_BHLD.shape[3], value_BHLD.shape[3])
    count_BHD = query_BHLD.new_zeros(*query_BHLD.shape[:2], key_BHLD.shape[3])
    most_BH = query_BHLD.new_full(query_BHLD.shape[:2], -torch.inf)
    all_tokens = (query_BHLD, key_BHLD, value_BHLD, write_BHL, F.logsigmoid(keep_BHL))
    tokens = [torch.split(each, chunk, 2) for each in all_tokens]
    read = []
    for query, key, value, write, keep in zip(*tokens, strict=True):
        kept_BHL = keep.cumsum(-1)
        own_BHLL = _log_weights(kept_BHL, write)
        old_BHL = kept_BHL + most_BH[..., None]
        most_BHL = torch.maximum(own_BHLL.amax(-1), old_BHL).detach()
        seen_BHLL = (query @ key.transpose(-1, -2)) * (own_BHLL - most_BHL[..., None]).exp()
        query_BHLD = query * (old_BHL - most_BHL).exp()[..., None]
        total_BHL = seen_BHLL.sum(-1) + (query_BHLD * count_BHD[:, :, None]).sum(-1)
        scale_BHL = torch.maximum(total_BHL.abs(), (-most_BHL).exp()) + EPS
        read.append((seen_BHLL @ value + query_BHLD @ memory_BHDD) / scale_BHL[..., None])
        last_BH = most_BHL[..., -1]
        stay_BH = (old_BHL[..., -1] - last_BH).exp()
        key_BHDL = (key * (own_BHLL[..., -1, :] - last_BH[..., None]).exp()[..., None]).transpose(-1, -2)
        memory_BHDD = stay_BH[..., None, None] * memory_BHDD + key_BHDL @ value
        count_BHD = stay_BH[..., None] * count_BHD + key_BHDL.sum(-1)
        most_BH = last_BH
    return torch.cat(read, 2)


def _log_weights(kept_BHL: Tensor, write_BHL: Tensor) -> Tensor:
    """Logarithm of what is left at each token of what each token of the chunk wrote, (B, H, L, L)."""
    weight_BHLL = kept_BHL[..., None] - kept_BHL[..., None, :] + write_BHL[..., None, :]
    later_LL = torch.ones(weight_BHLL.shape[-2:], dtype=torch.bool, device=kept_BHL.device).triu(1)
    return weight_BHLL.masked_fill(later_LL, -torch.inf)
