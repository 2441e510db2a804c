"""Small models, models from folders, and writing with a grammar."""

from pathlib import Path

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from polyclinic.errors import CheckpointError
from polyclinic.parts.text.causal import decode_greedily, model_from_folder, small_model

END = 9


def everything(_: object) -> torch.Tensor:
    return torch.ones(10, dtype=torch.bool)


def test_writing_is_the_same_alone_and_in_company() -> None:
    torch.manual_seed(0)
    model = small_model(vocabulary=10, width=16, depth=2, heads=2, dropout=0.0).eval()
    table = model.get_input_embeddings()
    prompts = [table(torch.tensor(ids)) for ids in ([1, 2, 3], [4])]

    def write(chosen: list[torch.Tensor]) -> list[list[int]]:
        with torch.no_grad():
            prefix = torch.zeros(len(chosen), 2, 16)
            cache = model.model(inputs_embeds=prefix, use_cache=True).past_key_values
            seen = torch.ones(len(chosen), 2, dtype=torch.bool)
            return decode_greedily(model, cache, seen, chosen, embed=table, end=END, longest=6, allow=everything)[0]

    assert write(prompts) == [write(prompts[:1])[0], write(prompts[1:])[0]]


def test_only_what_is_allowed_is_written() -> None:
    model = small_model(vocabulary=10, width=16, depth=1, heads=2, dropout=0.0).eval()
    only = torch.zeros(10, dtype=torch.bool)
    only[7] = True
    with torch.no_grad():
        cache = model.model(inputs_embeds=torch.zeros(1, 1, 16), use_cache=True).past_key_values
        prompt = [model.get_input_embeddings()(torch.tensor([3]))]
        ids, sure = decode_greedily(
            model,
            cache,
            torch.ones(1, 1, dtype=torch.bool),
            prompt,
            embed=model.get_input_embeddings(),
            end=END,
            longest=3,
            allow=lambda _: only,
        )
    assert ids == [[7, 7, 7]]
    assert sure == [pytest.approx(1.0)]


@pytest.mark.parametrize("tied", [True, False])
def test_a_model_from_a_folder_learns_adapters_and_new_words(tmp_path: Path, *, tied: bool) -> None:
    shape = {"vocab_size": 40, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    Qwen2ForCausalLM(Qwen2Config(**shape, **heads, tie_word_embeddings=tied)).save_pretrained(tmp_path)
    model = model_from_folder(tmp_path, vocabulary=50, lora_rank=2, first_new=40)
    learned = [name for name, p in model.named_parameters() if p.requires_grad]
    assert len(model.get_input_embeddings().weight) == 50
    assert any("lora_A" in name for name in learned)
    assert sum("trainable_tokens_delta" in name for name in learned) == (1 if tied else 2)


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no causal language model"):
        model_from_folder(tmp_path, vocabulary=10, lora_rank=0, first_new=5)
