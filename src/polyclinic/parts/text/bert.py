"""BERT as an encoder of texts, small or from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from polyclinic.errors import CheckpointError
from polyclinic.parts.features import Features, TokenBatch
from polyclinic.parts.text.pooling import Pooling, first_token


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
        return self._features(texts, input_ids=texts.ids_BL)

    def from_embeddings(self, embeddings_BLE: Tensor, mask_BL: Tensor) -> Features:
        """Features of word embeddings, some of which may be no word's, such as learned context.

        Positions are added here. The poolings that look at words find each token to be one of its own.

        Args:
            embeddings_BLE: rows of `bert.embeddings.word_embeddings`, or vectors in their place.
            mask_BL: true where one is real.
        """
        word_BL = torch.arange(mask_BL.shape[1], device=mask_BL.device).expand_as(mask_BL).masked_fill(~mask_BL, -1)
        texts = TokenBatch(torch.zeros_like(word_BL), mask_BL, word_BL)
        return self._features(texts, inputs_embeds=embeddings_BLE)

    def _features(self, texts: TokenBatch, **inputs: Tensor) -> Features:
        out = self.bert(
            **inputs,
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
    )
    config._attn_implementation = "eager" if attention else "sdpa"
    return BertModel(config, add_pooling_layer=False)


def bert_from_folder(folder: Path, *, attention: bool = False) -> Any:
    """A BERT from a local folder of transformers: safetensors only, and no code from the folder.

    Args:
        attention: as for `small_bert`.

    Raises:
        CheckpointError: no such model there.
    """
    from transformers import BertModel

    try:
        return BertModel.from_pretrained(
            str(folder),
            add_pooling_layer=False,
            local_files_only=True,
            use_safetensors=True,
            attn_implementation="eager" if attention else "sdpa",
        )
    except Exception as error:  # the library meets damaged files with exceptions of many classes
        raise CheckpointError(
            f"{folder} holds no usable BERT: {error}", hint="It needs config.json and model.safetensors."
        ) from error
