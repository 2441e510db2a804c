"""Every named encoder: its published size, its shapes, its gradients, and an item alone as in a batch."""

import pytest
import torch

from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.attention import AttentionPool

SIZES = {
    "vit-b-16": 85_798_656,
    "resnet50": 23_508_032,
    "densenet121": 6_953_856,
    "convnext-t": 27_820_128,
}


@pytest.mark.parametrize("name", SIZES)
def test_it_has_the_published_number_of_parameters(name: str) -> None:
    with torch.device("meta"):
        encoder = ENCODERS[name](channels=3, image_size=224)
    assert sum(p.numel() for p in encoder.parameters()) == SIZES[name]


@pytest.mark.parametrize("name", ["vit-nano", "densenet121", "convnext-t"])
def test_shapes_gradients_and_independence(name: str) -> None:
    torch.manual_seed(0)
    encoder = ENCODERS[name](channels=1, image_size=64).eval()
    image = torch.randn(2, 1, 64, 64)
    features = encoder(image)
    assert features.pooled_BE.shape == (2, encoder.width_out)
    assert features.tokens_BNE.shape == (2, features.maps[-1][0, 0].numel(), encoder.width_tokens)
    assert [64 // m.shape[-1] for m in features.maps] == list(encoder.strides)
    assert [m.shape[1] for m in features.maps] == list(encoder.widths_maps)
    torch.testing.assert_close(encoder(image[1:]).pooled_BE, features.pooled_BE[1:], atol=1e-4, rtol=1e-4)
    features.pooled_BE.square().sum().backward()
    assert not [n for n, p in encoder.named_parameters() if p.grad is None]


def test_class_attention_sums_to_one_and_another_size_is_read() -> None:
    encoder = ENCODERS["vit-nano"](channels=1, image_size=64).eval()
    features = encoder(torch.randn(1, 1, 96, 64))
    assert features.attention_BN.shape == (1, 96)
    assert features.attention_BN.sum().item() == pytest.approx(1.0, abs=1e-5)


def test_attention_pooling_of_equal_tokens_weighs_them_equally() -> None:
    pool = AttentionPool(width=8, heads=2, hidden=16, activation=torch.nn.GELU(), norm=torch.nn.LayerNorm(8))
    _, weight_BN = pool(torch.ones(1, 4, 8))
    torch.testing.assert_close(weight_BN, torch.full((1, 4), 0.25))
