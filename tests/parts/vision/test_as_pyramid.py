"""Pyramids from encoders that have other strides, or only one map."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from polyclinic.errors import ShapeError
from polyclinic.parts.features import Features
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.as_pyramid import PyramidOf


class Patches(nn.Module):
    """One map at one stride."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.patch = nn.Conv2d(1, 8, stride, stride)
        self.width_out = self.width_tokens = 8
        self.strides, self.widths_maps = (stride,), (8,)

    def forward(self, image_BCYX: Tensor) -> Features:
        map_BEYX = self.patch(image_BCYX)
        return Features(map_BEYX.mean((2, 3)), map_BEYX.flatten(2).transpose(1, 2), (map_BEYX,))


@pytest.mark.parametrize("stride", [4, 8, 14, 16, 32])
def test_one_map_of_any_stride_becomes_maps_at_all(stride: int) -> None:
    pyramid = PyramidOf(encoder=Patches(stride), widths=(4, 6, 8, 10))
    maps = pyramid(torch.randn(2, 1, 112, 56))
    # 112 and 56 pixels over 4, 8, 16 and 32, rounded up.
    assert [tuple(m.shape[1:]) for m in maps] == [(4, 28, 14), (6, 14, 7), (8, 7, 4), (10, 4, 2)]
    assert pyramid.widths_out == (4, 6, 8, 10)
    sum(m.square().sum() for m in maps).backward()
    assert not [name for name, p in pyramid.named_parameters() if p.grad is None]


def test_a_map_whose_stride_fits_is_only_projected() -> None:
    encoder = ENCODERS["conv-nano"](channels=1, image_size=64)
    pyramid = PyramidOf(encoder=encoder, widths=(8, 8, 8))
    assert pyramid.sources == (0, 1, 2)
    assert all(len(level) == 2 for level in pyramid.levels)


def test_an_encoder_without_maps_is_refused() -> None:
    bare = Patches(4)
    bare.strides = ()
    with pytest.raises(ShapeError):
        PyramidOf(encoder=bare, widths=(8,))
