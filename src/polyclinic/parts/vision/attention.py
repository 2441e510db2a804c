"""Attention among the places of an image, and into one vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class QuickGELU(nn.Module):
    """The sigmoid approximation of GELU with which OpenAI's CLIP was trained (arXiv 1606.08415, section 2)."""

    def forward(self, x: Tensor) -> Tensor:
        """Product of x and sigmoid(1.702 x)."""
        return x * torch.sigmoid(1.702 * x)


def feed_forward(width: int, hidden: int, activation: nn.Module) -> nn.Sequential:
    """Two linear layers around an activation, each place by itself."""
    return nn.Sequential(nn.Linear(width, hidden), activation, nn.Linear(hidden, width))


class SelfAttention(nn.Module):
    """Every token looks at every token.

    Args:
        width: of the tokens; a multiple of `heads`.
        heads: that look side by side.
        bias: whether queries, keys and values have one.
    """

    def __init__(self, *, width: int, heads: int, bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=bias)
        self.out = nn.Linear(width, width)

    def forward(self, x_BNE: Tensor, bias_BHNN: Tensor | None = None, *, causal: bool = False) -> Tensor:
        """The same shape.

        Args:
            bias_BHNN: it, or what broadcasts to it, is added before the softmax.
            causal: whether no token looks at those behind it; then without bias.
        """
        query, key, value = self._split(x_BNE)
        seen_BHND = F.scaled_dot_product_attention(query, key, value, attn_mask=bias_BHNN, is_causal=causal)
        return self.out(seen_BHND.transpose(1, 2).flatten(2))

    def of_first(self, x_BNE: Tensor) -> Tensor:
        """How much the first token attends to each other one, (B, N - 1): mean over heads, summing to one."""
        query, key, _ = self._split(x_BNE)
        logits_BHN = (query[:, :, :1] @ key[:, :, 1:].transpose(-1, -2))[:, :, 0] * query.shape[-1] ** -0.5
        # Renormalised over the others within each head, so that the first token's look at itself counts nothing.
        return logits_BHN.softmax(-1).mean(1)

    def _split(self, x_BNE: Tensor) -> tuple[Tensor, ...]:
        return self.qkv(x_BNE).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)


class AttentionPool(nn.Module):
    """One learned query looks at all tokens; a feed-forward layer follows.

    Args:
        width: of the tokens; `heads` look side by side.
        hidden: width inside the feed-forward layer.
        activation: within it.
        norm: before it.

    Source:
        arXiv 2106.04560, appendix (the multihead attention pooling head), as arXiv 2303.15343 uses it.
    """

    def __init__(self, *, width: int, heads: int, hidden: int, activation: nn.Module, norm: nn.Module) -> None:
        super().__init__()
        self.heads = heads
        self.latent = nn.Parameter(torch.randn(width) * width**-0.5)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        self.norm = norm
        self.mlp = feed_forward(width, hidden, activation)

    def forward(self, tokens_BNE: Tensor) -> tuple[Tensor, Tensor]:
        """The pooled vector (B, E), and how much each token counted (B, N), summing to one."""
        query_HD = self.query(self.latent).unflatten(0, (self.heads, -1))
        key, value = self.key_value(tokens_BNE).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        logits_BHN = torch.einsum("hd,bhnd->bhn", query_HD, key) * query_HD.shape[-1] ** -0.5
        weight_BHN = logits_BHN.softmax(-1)
        pooled_BE = self.out(torch.einsum("bhn,bhnd->bhd", weight_BHN, value).flatten(1))
        return pooled_BE + self.mlp(self.norm(pooled_BE)), weight_BHN.mean(1)
