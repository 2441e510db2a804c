"""ConvNeXt: shapes, gradients, independence."""

import torch

from polyclinic.parts.vision import ENCODERS


def test_every_weight_learns_and_an_item_alone_is_as_in_a_batch() -> None:
    torch.manual_seed(0)
    encoder = ENCODERS["convnext-t"](channels=1, image_size=64).eval()
    image = torch.randn(2, 1, 64, 64)
    features = encoder(image)
    assert [(m.shape[1], 64 // m.shape[-1]) for m in features.maps] == list(
        zip(encoder.widths_maps, encoder.strides, strict=True)
    )
    torch.testing.assert_close(encoder(image[1:]).pooled_BE, features.pooled_BE[1:], atol=1e-4, rtol=1e-4)
    features.pooled_BE.square().sum().backward()
    assert not [name for name, p in encoder.named_parameters() if p.grad is None]
