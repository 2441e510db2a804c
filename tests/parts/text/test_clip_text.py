"""The causal encoder of texts."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.errors import ShapeError
from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.clip_text import CausalTextEncoder
from polyclinic.parts.vision.attention import QuickGELU


def encoder(**more: int) -> CausalTextEncoder:
    torch.manual_seed(0)
    size = {"vocabulary": 20, "width": 16, "depth": 2, "heads": 2, "longest": 6} | more
    return CausalTextEncoder(**size, activation=QuickGELU())


def texts(*rows: list[int]) -> TokenBatch:
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    return TokenBatch(ids, ids > 0, torch.where(ids > 0, 0, -1))


def test_no_token_sees_those_behind_it_and_the_last_stands_for_the_text() -> None:
    made = encoder()
    one, other = made(texts([1, 2, 3, 4])), made(texts([1, 2, 5, 4]))
    torch.testing.assert_close(one.tokens_BNE[:, :2], other.tokens_BNE[:, :2])
    assert not torch.allclose(one.tokens_BNE[:, 2], other.tokens_BNE[:, 2])
    assert not torch.allclose(one.pooled_BE, other.pooled_BE)
    torch.testing.assert_close(one.pooled_BE, one.tokens_BNE[:, 3])


def test_a_text_alone_gradients_and_embeddings() -> None:
    made = encoder()
    batch = texts([1, 2, 3, 4, 5, 6], [4, 5, 6])
    both = made(batch)
    torch.testing.assert_close(made(texts([4, 5, 6])).pooled_BE[0], both.pooled_BE[1])
    torch.testing.assert_close(
        made.from_embeddings(made.embedding(batch.ids_BL), batch.mask_BL).pooled_BE, both.pooled_BE
    )
    both.pooled_BE.square().sum().backward()
    assert all(parameter.grad is not None for parameter in made.parameters())


def test_one_block_written_out() -> None:
    made = encoder(depth=1)
    block, batch = made.blocks[0], texts([3, 1, 2])
    x_LE = made.embedding.weight[[3, 1, 2]] + made.positions_LE[:3]
    qkv_L3HE = block.attention.qkv(block.attention_norm(x_LE)).reshape(3, 3, 2, 8)
    seen: list[Tensor] = []
    for head in range(2):
        query, key, value = qkv_L3HE[:, :, head].unbind(1)
        weight = (query @ key.T / 8**0.5).masked_fill(torch.ones(3, 3).triu(1).bool(), -torch.inf).softmax(-1)
        seen.append(weight @ value)
    x_LE = x_LE + block.attention.out(torch.cat(seen, -1))
    inner = block.mlp[0](F.layer_norm(x_LE, (16,), block.mlp_norm.weight, block.mlp_norm.bias))
    x_LE = x_LE + block.mlp[2](inner * torch.sigmoid(1.702 * inner))
    torch.testing.assert_close(made(batch).pooled_BE[0], made.norm(x_LE)[2])


def test_too_many_tokens() -> None:
    with pytest.raises(ShapeError, match="at most 6"):
        encoder()(texts([1] * 7))
