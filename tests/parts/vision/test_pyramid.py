"""Maps of the right size, each image by itself."""

import torch

from polyclinic.parts.vision.pyramid import PyramidDecoder, PyramidEncoder


def test_strides_widths_and_independence() -> None:
    torch.manual_seed(0)
    encoder = PyramidEncoder(channels=3, widths=(16, 24, 32), depths=(1, 2, 1)).eval()
    decoder = PyramidDecoder(widths=encoder.widths_out, width_out=8).eval()
    image = torch.randn(2, 3, 64, 64)
    maps = encoder(image)
    decoded = decoder(maps)
    assert [tuple(m.shape) for m in maps] == [(2, 16, 16, 16), (2, 24, 8, 8), (2, 32, 4, 4)]
    assert [tuple(m.shape) for m in decoded] == [(2, 8, 16, 16), (2, 8, 8, 8), (2, 8, 4, 4)]
    torch.testing.assert_close(decoder(encoder(image[1:]))[0], decoded[0][1:], atol=1e-5, rtol=1e-5)


def test_every_weight_learns() -> None:
    encoder = PyramidEncoder(channels=1, widths=(8, 16), depths=(2, 1))
    decoder = PyramidDecoder(widths=encoder.widths_out, width_out=8)
    decoder(encoder(torch.randn(1, 1, 32, 32)))[0].square().sum().backward()
    assert all(p.grad is not None for module in (encoder, decoder) for p in module.parameters())
