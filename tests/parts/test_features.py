"""Encoders keep what `ImageEncoder` promises of their features."""

import pytest
import torch

from polyclinic.parts.features import Features, ImageEncoder
from polyclinic.parts.vision import ENCODERS


@pytest.mark.parametrize("name", ["conv-nano", "vit-nano", "davit-nano", "resnet50", "swin-t"])
def test_widths_strides_and_tokens_are_those_of_the_maps(name: str) -> None:
    encoder: ImageEncoder = ENCODERS[name](channels=1, image_size=64)
    with torch.no_grad():
        features: Features = encoder(torch.randn(2, 1, 64, 96))
    assert features.pooled_BE.shape == (2, encoder.width_out)
    sizes = [
        (width, 64 // stride, 96 // stride) for width, stride in zip(encoder.widths_maps, encoder.strides, strict=True)
    ]
    assert [tuple(m.shape[1:]) for m in features.maps] == sizes
    assert features.tokens_BNE.shape[2] == encoder.width_tokens
    torch.testing.assert_close(features.tokens_BNE, features.maps[-1].flatten(2).transpose(1, 2))
