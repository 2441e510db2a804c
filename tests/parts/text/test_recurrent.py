"""Encoders that read in order."""

import pytest
import torch
from torch import nn

from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.recurrent import ConvTextEncoder, RecurrentTextEncoder

ENCODERS = [
    ConvTextEncoder(vocabulary=20, width_embedding=6, width=8, window=3),
    RecurrentTextEncoder(vocabulary=20, width_embedding=6, width=8),
]


def texts(*rows: list[int]) -> TokenBatch:
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    return TokenBatch(ids, ids > 0, torch.where(ids > 0, 0, -1))


@pytest.mark.parametrize("encoder", ENCODERS)
def test_shapes_order_gradients_and_a_text_alone(encoder: nn.Module) -> None:
    batch = encoder(texts([1, 2, 3, 4, 5], [4, 5, 6], [6, 5, 4]))
    assert batch.pooled_BE.shape == (3, encoder.width_out)
    assert batch.tokens_BNE.shape == (3, 5, encoder.width_tokens)
    torch.testing.assert_close(encoder(texts([4, 5, 6])).pooled_BE[0], batch.pooled_BE[1])
    assert not torch.allclose(batch.pooled_BE[1], batch.pooled_BE[2])
    batch.pooled_BE.square().sum().backward()
    assert all(parameter.grad is not None for parameter in encoder.parameters())
