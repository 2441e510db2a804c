"""Queries that look at an image: each becomes a mask, by comparison with every place of a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from polyclinic.parts.vision.attention import feed_forward


class Sight(NamedTuple):
    """The places of one map that queries look at.

    Args:
        key_BNE: what a place is found by: its tokens with their positions.
        value_BNE: what is learned from it.
    """

    key_BNE: Tensor
    value_BNE: Tensor


class Beside(NamedTuple):
    """What stands beside the queries where they look at each other, such as the words of a text.

    Args:
        tokens_BLE: of the queries' width.
        missing_BL: true where a token is padding.
    """

    tokens_BLE: Tensor
    missing_BL: Tensor


# Queries, and which of the maps they are about to look at -> places (B, Q, N) that each may not see.
Hide = Callable[[Tensor, int], Tensor]


class QueryLayer(nn.Module):
    """The queries look at places, then at each other and what stands beside them, then think; normed before each part.

    Args:
        width: of queries and places; `heads` look side by side.
        hidden: width inside the feed-forward layer.
        among: whether they look at each other; if not, what comes of one does not depend on the rest.

    Source:
        arXiv 1706.03762, section 3.1, in the order of arXiv 2112.01527, section 3.2.1. Differs: no dropout.
    """

    def __init__(self, *, width: int, heads: int, hidden: int, among: bool) -> None:
        super().__init__()
        self.see_norm, self.think_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.see = nn.MultiheadAttention(width, heads, batch_first=True)
        self.among_norm = nn.LayerNorm(width) if among else None
        self.among = nn.MultiheadAttention(width, heads, batch_first=True) if among else None
        self.think = feed_forward(width, hidden, nn.ReLU())
        self.heads = heads

    def forward(
        self, query_BQE: Tensor, sight: Sight, hidden_BQN: Tensor | None = None, beside: Beside | None = None
    ) -> Tensor:
        """The same shape.

        Args:
            hidden_BQN: true where a query may not see a place; one from which all is hidden sees all.
            beside: what queries that look at each other see too.
        """
        if hidden_BQN is not None:
            blind_BQ1 = hidden_BQN.all(-1, keepdim=True)
            hidden_BQN = (hidden_BQN & ~blind_BQ1).repeat_interleave(self.heads, 0)
        normed_BQE = self.see_norm(query_BQE)
        seen_BQE, _ = self.see(normed_BQE, *sight, attn_mask=hidden_BQN, need_weights=False)
        query_BQE = query_BQE + seen_BQE
        if self.among is not None and self.among_norm is not None:
            query_BQE = query_BQE + self._heard(self.among, self.among_norm(query_BQE), beside)
        return query_BQE + self.think(self.think_norm(query_BQE))

    @staticmethod
    def _heard(attention: nn.MultiheadAttention, query_BQE: Tensor, beside: Beside | None) -> Tensor:
        if beside is None:
            heard_BQE, _ = attention(query_BQE, query_BQE, query_BQE, need_weights=False)
            return heard_BQE
        all_BNE = torch.cat([query_BQE, beside.tokens_BLE], 1)
        missing_BN = torch.cat([beside.missing_BL.new_zeros(query_BQE.shape[:2]), beside.missing_BL], 1)
        heard_BQE, _ = attention(query_BQE, all_BNE, all_BNE, key_padding_mask=missing_BN, need_weights=False)
        return heard_BQE


class QueryDecoder(nn.Module):
    """Layers of queries that look at maps in turn; what each query has found may say where it looks next.

    Args:
        layers: in order; the first looks at the first map, the next at the next, and so on around.
        width: of the queries.

    Source:
        arXiv 2112.01527, section 3.2 (masked attention, maps in turn).
    """

    def __init__(self, *, layers: Sequence[QueryLayer], width: int) -> None:
        super().__init__()
        self.layers, self.norm = nn.ModuleList(layers), nn.LayerNorm(width)

    def forward(
        self, query_BQE: Tensor, sights: Sequence[Sight], hide: Hide | None = None, beside: Beside | None = None
    ) -> list[Tensor]:
        """Normed queries before the first layer and after each one.

        Args:
            hide: from normed queries and the number of the map that is next, to places that each may not see.
            beside: as for `QueryLayer`; it is the same before each layer.
        """
        normed = [self.norm(query_BQE)]
        for number, layer in enumerate(self.layers):
            level = number % len(sights)
            hidden_BQN = None if hide is None else hide(normed[-1], level)
            query_BQE = layer(query_BQE, sights[level], hidden_BQN, beside)
            normed.append(self.norm(query_BQE))
        return normed


def compared(vectors_BQC: Tensor, map_BCX: Tensor) -> Tensor:
    """Mask logits (B, Q, [z,] y, x): the dot product of each vector with every place of a map.

    Source:
        arXiv 2107.06278, section 3.2.
    """
    return (vectors_BQC @ map_BCX.flatten(2)).reshape(*vectors_BQC.shape[:2], *map_BCX.shape[2:])
