"""Attention to a shrunken copy of the map."""

from typing import Any

import torch
from torch.nn import functional as F

from polyclinic.parts.vision.reduced import ReducedAttention


def test_with_blocks_of_one_place_it_is_ordinary_attention() -> None:
    torch.manual_seed(0)
    attention = ReducedAttention(width=8, heads=2, ratio=1)
    reduce: Any = attention.reduce
    with torch.no_grad():
        reduce.weight.copy_(torch.eye(8)[:, :, None, None])
        reduce.bias.zero_()
    x = torch.randn(2, 3, 3, 8, requires_grad=True)
    tokens = x.flatten(1, 2)
    theirs = []
    for item in tokens:
        query = attention.query(item)
        key, value = attention.key_value(F.layer_norm(item, (8,))).chunk(2, dim=1)
        heads = [
            (query[:, part] @ key[:, part].T / 2).softmax(1) @ value[:, part] for part in (slice(0, 4), slice(4, 8))
        ]
        theirs.append(attention.out(torch.cat(heads, 1)))
    ours, reference = attention(x), torch.stack(theirs).reshape(x.shape)
    torch.testing.assert_close(ours, reference, atol=1e-5, rtol=1e-5)
    mine, plain = (torch.autograd.grad(each.square().sum(), x)[0] for each in (ours, reference))
    torch.testing.assert_close(mine, plain, atol=1e-5, rtol=1e-5)


def test_keys_are_blocks() -> None:
    attention = ReducedAttention(width=4, heads=1, ratio=4)
    torch.nn.init.zeros_(attention.reduce.weight)
    x = torch.randn(1, 8, 8, 4)
    alike = attention(x)
    torch.testing.assert_close(alike, alike[:, :1, :1].expand_as(alike))  # all blocks alike: nothing to choose between
    assert attention(torch.randn(2, 8, 12, 4)).shape == (2, 8, 12, 4)
