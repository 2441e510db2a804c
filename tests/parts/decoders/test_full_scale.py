"""All scales at once: each map reaches each pixel."""

import torch

from polyclinic.parts.decoders.full_scale import FullScaleDecoder


def test_every_place_of_every_scale_reaches_every_pixel() -> None:
    torch.manual_seed(0)
    decoder = FullScaleDecoder(widths=(4, 8, 8), level=1, width=8, heads=2)
    maps = [torch.randn(2, width, 8 >> i, 8 >> i, requires_grad=True) for i, width in enumerate((4, 8, 8))]
    made = decoder(maps)
    assert made.shape == (2, 8, 8, 8)
    made[0, :, 0, 0].sum().backward()
    for each in maps:
        assert each.grad is not None
        assert (each.grad[0].abs().amax(0) > 0).all()
        assert not each.grad[1].any()


def test_without_attention_a_pixel_sees_its_surroundings_alone() -> None:
    torch.manual_seed(0)
    decoder = FullScaleDecoder(widths=(4, 8), level=1, width=8, heads=2)
    torch.nn.init.zeros_(decoder.attention.out.weight)
    maps = [torch.randn(1, 4, 16, 16, requires_grad=True), torch.randn(1, 8, 8, 8, requires_grad=True)]
    decoder(maps)[0, :, 0, 0].sum().backward()
    assert maps[1].grad is not None
    assert not maps[1].grad[0, :, 3:, 3:].any()


def test_every_weight_learns() -> None:
    decoder = FullScaleDecoder(widths=(4, 8), level=0, width=8, heads=2)
    decoder([torch.randn(1, 4, 6, 6), torch.randn(1, 8, 3, 3)]).square().sum().backward()
    assert not [name for name, p in decoder.named_parameters() if p.grad is None]
