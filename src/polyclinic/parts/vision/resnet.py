"""Residual networks: of bottleneck blocks, plain or CLIP's with averaged strides, and of blocks of two convolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.features import Features
from polyclinic.parts.vision.maps import checked, tokens_of
from polyclinic.parts.vision.roi import ROI_SAMPLES, ROI_SIZE, roi_align
from polyclinic.parts.vision.vit import resized_positions

WIDEN = 4


def conv_norm(width_in: int, width_out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution without bias, and batch norm."""
    conv = nn.Conv2d(width_in, width_out, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(width_out))


class Bottleneck(nn.Module):
    """Narrow, look around, widen again; added to a shortcut."""

    def __init__(self, *, narrow: nn.Module, middle: nn.Module, widen: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.narrow, self.middle, self.widen, self.shortcut = narrow, middle, widen, shortcut

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """The same shape, but for width and stride."""
        y_BEYX = F.relu(self.middle(F.relu(self.narrow(x_BEYX))))
        # CLIP's blocks average between the rectified middle and `widen`, so the average belongs to `widen`.
        return F.relu(self.widen(y_BEYX) + self.shortcut(x_BEYX))


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions, added to a shortcut; the stride lies in the first (arXiv 1512.03385, figure 5, left)."""

    def __init__(self, width_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = conv_norm(width_in, width, 3, stride)
        self.second = conv_norm(width, width, 3)
        self.shortcut = nn.Identity() if stride == 1 and width_in == width else conv_norm(width_in, width, 1, stride)

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """The same shape, but for width and stride."""
        return F.relu(self.second(F.relu(self.first(x_BEYX))) + self.shortcut(x_BEYX))


def plain_block(width_in: int, width: int, stride: int) -> Bottleneck:
    """The stride lies in the 3 x 3 convolution (arXiv 1512.03385, table 1; the stride's place as in torchvision)."""
    same = stride == 1 and width_in == WIDEN * width
    return Bottleneck(
        narrow=conv_norm(width_in, width, 1),
        middle=conv_norm(width, width, 3, stride),
        widen=conv_norm(width, WIDEN * width, 1),
        shortcut=nn.Identity() if same else conv_norm(width_in, WIDEN * width, 1, stride),
    )


def grouped_block(width_in: int, width: int, stride: int) -> Bottleneck:
    """ResNeXt's: twice as wide in the middle, whose 3 x 3 convolution has 32 groups (arXiv 1611.05431, table 1)."""
    same = stride == 1 and width_in == WIDEN * width
    return Bottleneck(
        narrow=conv_norm(width_in, 2 * width, 1),
        middle=conv_norm(2 * width, 2 * width, 3, stride, groups=32),
        widen=conv_norm(2 * width, WIDEN * width, 1),
        shortcut=nn.Identity() if same else conv_norm(width_in, WIDEN * width, 1, stride),
    )


def averaged_block(width_in: int, width: int, stride: int) -> Bottleneck:
    """Every stride is a mean before a 1 x 1 convolution (arXiv 2103.00020, section 2.4)."""
    same = stride == 1 and width_in == WIDEN * width
    mean: list[nn.Module] = [nn.AvgPool2d(stride)] if stride > 1 else [nn.Identity()]
    return Bottleneck(
        narrow=conv_norm(width_in, width, 1),
        middle=conv_norm(width, width, 3),
        widen=nn.Sequential(*mean, *conv_norm(width, WIDEN * width, 1)),
        shortcut=nn.Identity() if same else nn.Sequential(*mean, *conv_norm(width_in, WIDEN * width, 1)),
    )


def plain_stem(channels: int, width: int) -> nn.Sequential:
    """A 7 x 7 convolution and a maximum, to stride 4."""
    return nn.Sequential(
        nn.Conv2d(channels, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
    )


def open_stem(channels: int, width: int) -> nn.Sequential:
    """A 7 x 7 convolution, to stride 2: the plain stem without its maximum."""
    return nn.Sequential(*conv_norm(channels, width, 7, 2), nn.ReLU())


def averaged_stem(channels: int, width: int) -> nn.Sequential:
    """Three 3 x 3 convolutions and a mean, to stride 4."""
    layers: list[nn.Module] = []
    for before, after, stride in ((channels, width // 2, 2), (width // 2, width // 2, 1), (width // 2, width, 1)):
        layers += [*conv_norm(before, after, 3, stride), nn.ReLU()]
    return nn.Sequential(*layers, nn.AvgPool2d(2))


class MeanPool(nn.Module):
    """The mean of a map over its places."""

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.width_out = width

    def forward(self, map_BEYX: Tensor) -> Tensor:
        """(B, E)."""
        return map_BEYX.mean((2, 3))


class QueryPool(nn.Module):
    """The mean place looks at all places and itself.

    Args:
        width: of the map; `heads` look side by side.
        width_out: of the vector.
        side: places along each side for which positions are learned.

    Source:
        arXiv 2103.00020, section 2.4.
    """

    def __init__(self, *, width: int, heads: int, width_out: int, side: int) -> None:
        super().__init__()
        self.heads, self.width_out = heads, width_out
        self.positions_NE = nn.Parameter(torch.randn(side * side + 1, width) * width**-0.5)
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, width_out)

    def forward(self, map_BEYX: Tensor) -> Tensor:
        """(B, width_out)."""
        x_BNE = tokens_of(map_BEYX)
        x_BNE = torch.cat([x_BNE.mean(1, keepdim=True), x_BNE], dim=1)
        height, width = map_BEYX.shape[2:]
        x_BNE = x_BNE + resized_positions(self.positions_NE, before=1, grid=(height, width))
        query, key, value = (
            layer(tokens).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for layer, tokens in ((self.query, x_BNE[:, :1]), (self.key, x_BNE), (self.value, x_BNE))
        )
        return self.out(F.scaled_dot_product_attention(query, key, value).flatten(1))


class ResNetEncoder(nn.Module):
    """A stem and stages.

    Args:
        stem: image -> map of `width` channels.
        width: of the stem; a stage's narrow width is it, doubled with each further stage.
        depths: blocks of each stage.
        block: (width in, narrow width, stride) -> block.
        pool: last map -> vector; has `width_out`.
        widen: a block's width as a multiple of its narrow one.
        stride: of the stem.
    """

    def __init__(
        self,
        *,
        stem: nn.Module,
        width: int,
        depths: Sequence[int],
        block: Callable[[int, int, int], nn.Module],
        pool: MeanPool | QueryPool,
        widen: int = WIDEN,
        stride: int = 4,
    ) -> None:
        super().__init__()
        self.stem, self.pool = stem, pool
        stages, before = [], width
        for stage, depth in enumerate(depths):
            narrow = width * 2**stage
            blocks = [block(before, narrow, 2 if stage else 1)]
            before = widen * narrow
            stages.append(nn.Sequential(*blocks, *(block(before, narrow, 1) for _ in range(depth - 1))))
        self.stages = nn.ModuleList(stages)
        self.width_tokens, self.width_out = before, pool.width_out
        self.strides = tuple(stride * 2**stage for stage in range(len(depths)))
        self.widths_maps = tuple(widen * width * 2**stage for stage in range(len(depths)))

    def forward(self, image_BCYX: Tensor) -> Features:
        """Features of images; all stages' maps."""
        maps = self._maps(image_BCYX, len(self.stages))
        return Features(self.pool(maps[-1]), tokens_of(maps[-1]), tuple(maps))

    def regions(self, image_BCYX: Tensor, boxes_R4: Tensor, item_R: Tensor) -> Tensor:
        """A vector a box, (R, width_out): all but the last stage see the whole image, the last what lies under it.

        Args:
            boxes_R4: y0, x0, y1, x1 in pixels; `item_R` says of which image.

        Source:
            arXiv 2308.11194, section 4 (stage 2).
        """
        map_BEYX = self._maps(image_BCYX, len(self.stages) - 1)[-1]
        under_REYX = roi_align(map_BEYX, boxes_R4, item_R, stride=self.strides[-2], size=ROI_SIZE, samples=ROI_SAMPLES)
        return self.pool(self.stages[-1](under_REYX))

    def _maps(self, image_BCYX: Tensor, stages: int) -> list[Tensor]:
        x_BEYX = self.stem(checked(image_BCYX, self.strides[-1]).contiguous(memory_format=torch.channels_last))
        maps = []
        for stage in self.stages[:stages]:
            x_BEYX = stage(x_BEYX)
            maps.append(x_BEYX)
        return maps
