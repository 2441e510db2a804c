"""Attention among places and channels, against sums written out."""

import torch

from polyclinic.parts.vision.dual_attention import ChannelAttention, PositionAttention


def test_nothing_is_added_at_the_start() -> None:
    x = torch.randn(2, 8, 3, 4)
    assert torch.equal(PositionAttention(width=8, narrow=2)(x), x)
    assert torch.equal(ChannelAttention()(x), x)


def test_every_place_looks_at_every_place() -> None:
    torch.manual_seed(0)
    layer, x = PositionAttention(width=4, narrow=2), torch.randn(1, 4, 2, 3)
    torch.nn.init.constant_(layer.share, 0.5)
    flat = x.flatten(2)[0]
    query, key, value = (
        (part.weight[:, :, 0] @ flat + part.bias[:, None]) for part in (layer.query, layer.key, layer.value)
    )
    expected = torch.empty_like(flat)
    for n in range(6):
        weight = torch.softmax(torch.stack([query[:, n] @ key[:, m] for m in range(6)]), 0)
        expected[:, n] = flat[:, n] + 0.5 * sum(weight[m] * value[:, m] for m in range(6))
    torch.testing.assert_close(layer(x).flatten(2)[0], expected)


def test_a_channel_looks_least_at_what_is_most_like_it() -> None:
    layer, x = ChannelAttention(), torch.tensor([[[2.0, 0.0], [0.0, 1.0]]])
    torch.nn.init.constant_(layer.share, 1.0)
    like = torch.tensor([[4.0, 0.0], [0.0, 1.0]])
    seen = torch.softmax(like.amax(1, keepdim=True) - like, 1)
    torch.testing.assert_close(layer(x), x + seen @ x)
    assert seen[0, 1] > seen[0, 0]


def test_shape_gradients_and_an_item_alone() -> None:
    torch.manual_seed(0)
    for layer in (PositionAttention(width=8, narrow=2), ChannelAttention()):
        torch.nn.init.constant_(layer.share, 0.3)
        x = torch.randn(3, 8, 2, 3, 4)
        together = layer(x)
        torch.testing.assert_close(together[1:2], layer(x[1:2]))
        together.square().sum().backward()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in layer.parameters())
