"""Causal language models: a small one made here, or any Hugging Face one from a folder, with LoRA."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from polyclinic.errors import CheckpointError, UnsupportedError

Allow = Callable[[Sequence[int]], Tensor]
INITIAL = 0.1  # as wide as one over the root of a small model's width: at 0.02 words would whisper beside images


def small_model(*, vocabulary: int, width: int, depth: int, heads: int, dropout: float) -> Any:
    """A Llama-shaped model with tied embeddings.

    Source:
        arXiv 2302.13971, section 2.2.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            intermediate_size=3 * width,
            num_hidden_layers=depth,
            num_attention_heads=heads,
            max_position_embeddings=2048,
            attention_dropout=dropout,
            tie_word_embeddings=True,
            initializer_range=INITIAL,
            pad_token_id=None,
            bos_token_id=None,
            eos_token_id=None,
        )
    )
    return model


def model_from_folder(folder: Path, *, vocabulary: int, lora_rank: int, first_new: int) -> Any:
    """A pretrained causal model, its embeddings grown to `vocabulary`, frozen but for LoRA and the new rows.

    Args:
        lora_rank: 0 trains every weight.
        first_new: id of the first row that is not pretrained.

    Raises:
        CheckpointError: the folder holds no model that can be read without running its code.
        UnsupportedError: LoRA was asked for and peft is not installed.
    """
    from transformers import AutoModelForCausalLM

    try:
        model = AutoModelForCausalLM.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
        )
    except Exception as error:  # the library meets damaged files with exceptions of many classes
        raise CheckpointError(f"{folder} holds no causal language model: {error}") from error
    rows: Any = model.get_input_embeddings().weight
    if vocabulary > len(rows):
        model.resize_token_embeddings(vocabulary, mean_resizing=False)
    return _with_lora(model, lora_rank, range(first_new, vocabulary)) if lora_rank else model


def _with_lora(model: Any, rank: int, new_rows: range) -> Any:
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise UnsupportedError("LoRA needs peft", hint="pip install peft") from error
    tables = [model.get_input_embeddings(), model.get_output_embeddings()]
    names = [name.rsplit(".", 1)[-1] for name, module in model.named_modules() if any(module is t for t in tables)]
    names = names[:1] if model.config.tie_word_embeddings else names
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.05,
        target_modules="all-linear",
        trainable_token_indices={name: list(new_rows) for name in names} if new_rows else None,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def decode_greedily(
    model: Any,
    cache: Any,
    prefix_mask_BN: Tensor,
    prompts: Sequence[Tensor],
    *,
    embed: Callable[[Tensor], Tensor],
    end: int,
    longest: int,
    allow: Allow,
) -> tuple[list[list[int]], list[float]]:
    """Continue each prompt after its row of a cached prefix, one token at a time, all rows at once.

    Args:
        cache: key-value cache of the prefix, one row a prompt.
        prefix_mask_BN: which prefix tokens count.
        prompts: embeddings (L, E) of each prompt; padded on the left here.
        embed: ids (B, 1) just written -> embeddings (B, 1, E).
        end: id that ends a row.
        allow: marks the ids that may follow what a row has written.

    Returns:
        The ids written by each row without the end, and the mean probability of the tokens chosen.
    """
    words_BLE, real_BL = _left_padded(prompts)
    mask_BN = torch.cat([prefix_mask_BN, real_BL], dim=1)
    position_BL = prefix_mask_BN.shape[1] + (real_BL.long().cumsum(1) - 1).clamp(min=0)
    written: list[list[int]] = [[] for _ in prompts]
    certainty: list[list[float]] = [[] for _ in prompts]
    for _ in range(longest):
        out = model(
            inputs_embeds=words_BLE,
            attention_mask=mask_BN.long(),
            position_ids=position_BL,
            past_key_values=cache,
            use_cache=True,
        )
        allowed_BV = torch.stack([allow(ids) for ids in written]).to(mask_BN.device)
        logits_BV = out.logits[:, -1, : allowed_BV.shape[1]].float().masked_fill(~allowed_BV, float("-inf"))
        best_B, ids_B = logits_BV.softmax(-1).max(-1)
        for row, (token, p) in enumerate(zip(ids_B.tolist(), best_B.tolist(), strict=True)):
            if not written[row] or written[row][-1] != end:
                written[row].append(token)
                certainty[row].append(p)
        if all(row[-1] == end for row in written):
            break
        words_BLE = embed(ids_B[:, None])
        mask_BN = torch.cat([mask_BN, torch.ones_like(mask_BN[:, :1])], dim=1)
        position_BL = position_BL[:, -1:] + 1
    means = [sum(p) / len(p) for p in certainty]
    return [row[:-1] if row[-1] == end else row for row in written], means


def _left_padded(prompts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Embeddings (B, L, E) with the real ones on the right, and which are real."""
    length = max(map(len, prompts))
    words_BLE = prompts[0].new_zeros(len(prompts), length, prompts[0].shape[1])
    real_BL = torch.zeros(len(prompts), length, dtype=torch.bool, device=words_BLE.device)
    for row, prompt in enumerate(prompts):
        words_BLE[row, length - len(prompt) :] = prompt
        real_BL[row, length - len(prompt) :] = True
    return words_BLE, real_BL
