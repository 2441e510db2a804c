"""The small convolutional pyramid as an encoder of whole images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from polyclinic.parts.features import Features
from polyclinic.parts.vision.pyramid import PyramidEncoder
from polyclinic.parts.vision.roi import ROI_SAMPLES, roi_align

# Cells along each side of a region: a box covers few places of these maps.
REGION_SIZE = 4


class ConvEncoder(nn.Module):
    """The pyramid, pooled as mean and maximum of its last map side by side, so that small things count.

    Args:
        channels: of the image.
        widths: of each stage, from stride 4 on; multiples of 8.
        depths: residual blocks in each stage.
    """

    def __init__(self, *, channels: int, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        self.pyramid = PyramidEncoder(channels=channels, widths=widths, depths=depths)
        self.width_tokens = widths[-1]
        self.width_out = 2 * widths[-1]
        self.widths_maps = tuple(widths)
        self.strides = tuple(4 * 2**stage for stage in range(len(widths)))

    def forward(self, image_BCYX: Tensor) -> Features:
        """Features of images whose sides are multiples of the last stride."""
        maps = self.pyramid(image_BCYX.contiguous(memory_format=torch.channels_last))
        return Features(_pooled(maps[-1]), maps[-1].flatten(2).transpose(1, 2), tuple(maps))

    def regions(self, image_BCYX: Tensor, boxes_R4: Tensor, item_R: Tensor) -> Tensor:
        """A vector a box, (R, width_out): all but the last stage see the whole image, the last what lies under it.

        Args:
            boxes_R4: y0, x0, y1, x1 in pixels; `item_R` says of which image.
        """
        x_BEYX = self.pyramid.stem(image_BCYX.contiguous(memory_format=torch.channels_last))
        for stage in self.pyramid.stages[:-1]:
            x_BEYX = stage(x_BEYX)
        under_REYX = roi_align(x_BEYX, boxes_R4, item_R, stride=self.strides[-2], size=REGION_SIZE, samples=ROI_SAMPLES)
        return _pooled(self.pyramid.stages[-1](under_REYX))


def _pooled(map_BEYX: Tensor) -> Tensor:
    return torch.cat([map_BEYX.mean((2, 3)), map_BEYX.amax((2, 3))], dim=1)
