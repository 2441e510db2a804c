"""Any encoder of images as a pyramid of maps at strides 4, 8, 16 ..., as pixel decoders want it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log2

from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.errors import ShapeError
from polyclinic.parts.features import ImageEncoder
from polyclinic.parts.vision.maps import ChannelNorm

FINEST = 4
EPS = 1e-6


def rescaled(width: int, octaves: int) -> list[nn.Module]:
    """Layers that double the resolution of a map `octaves` times, or halve it where that is negative."""
    if octaves < 0:
        return [nn.MaxPool2d(2) for _ in range(-octaves)]
    layers: list[nn.Module] = []
    for octave in range(octaves):
        layers += [ChannelNorm(width, EPS), nn.GELU()] if octave else []
        layers.append(nn.ConvTranspose2d(width, width, 2, 2))
    return layers


class PyramidOf(nn.Module):
    """Maps of the wanted strides and widths from an encoder's own: each from the one whose stride is nearest.

    A map whose stride fits is projected and normed; where none does, the nearest is doubled by transposed convolutions
    or halved by maxima first. Sides that still differ, as with patches of 14 pixels, are interpolated. Of an
    encoder with more stages than `widths`, those behind the last one used learn nothing.

    Args:
        encoder: of images, with at least one map.
        widths: of each map, from stride 4 on.

    Raises:
        ShapeError: the encoder gives no maps.

    Source:
        arXiv 2203.16527, section 3 (the simple feature pyramid). Differs: no 3 x 3 convolution behind the projection,
        because the pixel decoder smooths.
    """

    def __init__(self, *, encoder: ImageEncoder, widths: Sequence[int]) -> None:
        super().__init__()
        if not encoder.strides:
            raise ShapeError("expected an encoder that gives maps, got one without", hint="take one with `strides`")
        self.encoder, self.widths_out = encoder, tuple(widths)
        levels, sources = [], []
        for level, width in enumerate(widths):
            octaves = [log2(own / (FINEST * 2**level)) for own in encoder.strides]
            source = min(range(len(octaves)), key=lambda i: abs(octaves[i]))
            before = encoder.widths_maps[source]
            layers = rescaled(before, round(octaves[source]))
            levels.append(nn.Sequential(*layers, nn.Conv2d(before, width, 1), ChannelNorm(width, EPS)))
            sources.append(source)
        self.levels, self.sources = nn.ModuleList(levels), tuple(sources)

    def forward(self, image_BCYX: Tensor) -> list[Tensor]:
        """Feature maps from fine (stride 4) to coarse."""
        own = self.encoder(image_BCYX).maps
        maps = []
        for level, (layers, source) in enumerate(zip(self.levels, self.sources, strict=True)):
            x_BEYX = layers(own[source])
            size = [ceil(side / (FINEST * 2**level)) for side in image_BCYX.shape[2:]]
            if list(x_BEYX.shape[2:]) != size:
                x_BEYX = F.interpolate(x_BEYX, size, mode="bilinear", align_corners=False)
            maps.append(x_BEYX)
        return maps
