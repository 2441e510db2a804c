"""BERT as an encoder of texts, small or from a folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from polyclinic.parts.features import Features, TokenBatch

Layers = tuple[Tensor, ...]
Pooling = Callable[[Layers, TokenBatch], tuple[Tensor, Tensor]]


def first_token(layers: Layers, texts: TokenBatch) -> tuple[Tensor, Tensor]:
    """The last layer: its first token stands for the text."""
    return layers[-1][:, 0], layers[-1]


def largest_token(layers: Layers, texts: TokenBatch) -> tuple[Tensor, Tensor]:
    """The last layer: the largest value of each channel over the tokens that are real."""
    padding_BL1 = ~texts.mask_BL[:, :, None]
    return layers[-1].masked_fill(padding_BL1, float("-inf")).amax(1), layers[-1]


class BertEncoder(nn.Module):
    """A BERT.

    Args:
        bert: a `transformers.BertModel` without pooler; `small_bert` makes one.
        pool: hidden states of all layers (the embeddings first) and the texts -> pooled (B, E), tokens (B, N, E).
        attention: whether to hand on how the first token attends in the last layer, mean over the heads.
    """

    def __init__(self, *, bert: Any, pool: Pooling = first_token, attention: bool = False) -> None:
        super().__init__()
        self.bert, self.pool, self.attention = bert, pool, attention
        self.width_out: int = bert.config.hidden_size
        self.width_tokens = self.width_out

    def freeze(self, layers: int) -> None:
        """Let the embeddings and the first so many layers rest for good; 0 lets all learn."""
        if layers:
            for part in (self.bert.embeddings, *self.bert.encoder.layer[:layers]):
                part.requires_grad_(False)

    def forward(self, texts: TokenBatch) -> Features:
        """Features of texts."""
        out = self.bert(
            input_ids=texts.ids_BL,
            attention_mask=texts.mask_BL.long(),
            output_hidden_states=True,
            output_attentions=self.attention,
        )
        pooled_BE, tokens_BNE = self.pool(out.hidden_states, texts)
        attention_BN = out.attentions[-1].mean(1)[:, 0] if self.attention else None
        return Features(pooled_BE, tokens_BNE, attention_BN=attention_BN)


def small_bert(*, vocabulary: int, width: int, depth: int, heads: int, longest: int, attention: bool = False) -> Any:
    """A fresh BERT of any size.

    Args:
        longest: most tokens of a text.
        attention: whether it can hand on its attention, which takes the slow way through it.

    Source:
        arXiv 1810.04805, section 3. Differs: no dropout.
    """
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=depth,
        num_attention_heads=heads,
        intermediate_size=4 * width,
        max_position_embeddings=longest,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager" if attention else "sdpa",
    )
    return BertModel(config, add_pooling_layer=False)
