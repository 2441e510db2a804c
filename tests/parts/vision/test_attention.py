"""Attention into one vector."""

import torch

from polyclinic.parts.vision.attention import AttentionPool


def test_attention_pooling_of_equal_tokens_weighs_them_equally() -> None:
    pool = AttentionPool(width=8, heads=2, hidden=16, activation=torch.nn.GELU(), norm=torch.nn.LayerNorm(8))
    _, weight_BN = pool(torch.ones(1, 4, 8))
    torch.testing.assert_close(weight_BN, torch.full((1, 4), 0.25))
