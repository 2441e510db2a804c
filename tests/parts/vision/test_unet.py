"""The plain U-Net: shapes in two and three dimensions, nnU-Net's layers, gradients everywhere."""

import pytest
import torch

from polyclinic.parts.vision.unet import UNetDecoder, UNetEncoder, conv_stage


@pytest.mark.parametrize("pooling", [((2, 2), (2, 2)), ((1, 2, 2), (2, 2, 2))])
def test_maps_go_down_and_come_back(pooling: tuple[tuple[int, ...], ...]) -> None:
    torch.manual_seed(0)
    widths, axes = (4, 6, 8), len(pooling[0])
    encoder = UNetEncoder(channels=2, widths=widths, pooling=pooling, depth=2)
    decoder = UNetDecoder(widths=widths, pooling=pooling, depth=1)
    image = torch.randn(3, 2, *(8,) * axes)
    maps = encoder(image)
    shapes = [(8,) * axes]
    for factors in pooling:
        shapes.append(tuple(n // f for n, f in zip(shapes[-1], factors, strict=True)))
    assert [m.shape[1:] for m in maps] == [(w, *s) for w, s in zip(widths, shapes, strict=True)]
    made = decoder(maps)
    assert [m.shape for m in made] == [m.shape for m in maps[:-1]]
    made[0].square().sum().backward()
    assert all(p.grad is not None for p in [*encoder.parameters(), *decoder.parameters()])
    torch.testing.assert_close(decoder(encoder(image[:1]))[0], made[0][:1], atol=1e-5, rtol=1e-4)


def test_the_skip_and_the_coarse_map_both_count() -> None:
    torch.manual_seed(0)
    decoder = UNetDecoder(widths=(4, 6), pooling=((2, 2),), depth=1)
    fine, coarse = torch.randn(1, 4, 8, 8), torch.randn(1, 6, 4, 4)
    joined = torch.cat([decoder.up[0](coarse), fine], 1)
    torch.testing.assert_close(decoder([fine, coarse])[0], decoder.smooth[0](joined))


def test_a_stage_strides_once() -> None:
    stage = conv_stage(2, 4, stride=(1, 2, 2), depth=3)
    assert [layer.stride for layer in stage if isinstance(layer, torch.nn.Conv3d)] == [(1, 2, 2), (1,) * 3, (1,) * 3]
    assert stage(torch.randn(1, 2, 4, 8, 8)).shape == (1, 4, 4, 4, 4)
