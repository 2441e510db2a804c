"""A causal transformer whose end token stands for the text, as CLIP reads texts."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from polyclinic.errors import ShapeError
from polyclinic.parts.features import Features, TokenBatch
from polyclinic.parts.vision.vit import ViTBlock

EPS = 1e-5


class CausalTextEncoder(nn.Module):
    """Token embeddings, learned positions, and blocks in which no token looks at those behind it.

    What is pooled is the last real token, which is the end mark. It sees the whole text; padding stands behind it and
    is seen by no real token, so that a text is the same in any batch and short batches need not be padded in full.

    Args:
        heads: that look side by side in each of `depth` blocks.
        longest: most tokens of a text.
        activation: within the feed-forward layers.

    Source:
        arXiv 2103.00020, section 2.4; first weights as in its released code.
    """

    def __init__(
        self, *, vocabulary: int, width: int, depth: int, heads: int, longest: int, activation: nn.Module
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions_LE = nn.Parameter(torch.empty(longest, width))
        self.blocks = nn.ModuleList(
            ViTBlock(width=width, heads=heads, hidden=4 * width, activation=activation, eps=EPS) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width, EPS)
        self.width_out = self.width_tokens = width
        self._start()

    def _start(self) -> None:
        width, depth = self.width_out, len(self.blocks)
        nn.init.normal_(self.embedding.weight, std=0.02)
        nn.init.normal_(self.positions_LE, std=0.01)
        for block in self.blocks:
            nn.init.normal_(block.attention.qkv.weight, std=width**-0.5)
            nn.init.normal_(block.mlp[0].weight, std=(2 * width) ** -0.5)
            # Both ways out add to the shortcut, once a block each.
            for way_out in (block.attention.out, block.mlp[2]):
                nn.init.normal_(way_out.weight, std=(2 * width * depth) ** -0.5)

    def forward(self, texts: TokenBatch) -> Features:
        """Features of texts."""
        return self.from_embeddings(self.embedding(texts.ids_BL), texts.mask_BL)

    def from_embeddings(self, embeddings_BLE: Tensor, mask_BL: Tensor) -> Features:
        """Features of token embeddings, some of which may be no token's, such as learned context.

        Args:
            mask_BL: true where one is real.

        Raises:
            ShapeError: more tokens than there are positions.
        """
        length, longest = mask_BL.shape[1], len(self.positions_LE)
        if length > longest:
            raise ShapeError(f"expected at most {longest} tokens a text, got {length}", hint="cut them to `longest`")
        x_BLE = embeddings_BLE + self.positions_LE[:length]
        for block in self.blocks:
            x_BLE = block(x_BLE, causal=True)
        x_BLE = self.norm(x_BLE)
        last_B = mask_BL.sum(1).sub(1).clamp(min=0)
        return Features(x_BLE[torch.arange(len(x_BLE), device=x_BLE.device), last_B], x_BLE)
