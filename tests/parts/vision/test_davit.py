"""DaViT: windows stay apart, channels mix over the whole map, shapes, gradients, independence."""

import pytest
import torch

from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.davit import ChannelAttention, WindowAttention


def test_every_weight_learns_and_an_item_alone_is_as_in_a_batch() -> None:
    torch.manual_seed(0)
    encoder = ENCODERS["davit-nano"](channels=1, image_size=64).eval()
    image = torch.randn(2, 1, 72, 64)
    features = encoder(image)
    assert [tuple(m.shape[1:]) for m in features.maps] == [(32, 18, 16), (64, 9, 8), (128, 5, 4)]
    torch.testing.assert_close(encoder(image[1:]).pooled_BE, features.pooled_BE[1:], atol=1e-4, rtol=1e-4)
    features.pooled_BE.square().sum().backward()
    assert not [name for name, p in encoder.named_parameters() if p.grad is None]


@pytest.mark.parametrize(
    ("attention", "reaches"),
    [(WindowAttention(width=8, heads=2, window=2), False), (ChannelAttention(width=8, groups=2), True)],
)
def test_only_channel_attention_reaches_beyond_a_window(attention: torch.nn.Module, reaches: bool) -> None:
    x = torch.randn(1, 8, 4, 4)
    moved = x.clone()
    moved[:, :, 3, 3] += 1
    apart = (attention(moved) - attention(x)).abs().sum(1)[0]
    assert bool(apart[:2, :2].max() > 1e-4) is reaches
    assert apart[2:, 2:].min() > 1e-6


def test_a_channel_sees_none_of_another_group() -> None:
    attention = ChannelAttention(width=4, groups=2)
    with torch.no_grad():
        for layer in (attention.qkv, attention.out):
            layer.bias.zero_()
            layer.weight.copy_(torch.eye(4).repeat(layer.out_features // 4, 1))
    x = torch.randn(1, 4, 2, 2)
    moved = x.clone()
    moved[:, 2:] += torch.randn(2, 2, 2)
    torch.testing.assert_close(attention(moved)[:, :2], attention(x)[:, :2])
    assert not torch.allclose(attention(moved)[:, 2:], attention(x)[:, 2:])
