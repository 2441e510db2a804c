"""Densely connected network: a layer reads what all before it in its block wrote."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.features import Features
from polyclinic.parts.vision.maps import checked, tokens_of

NARROW = 4


class DenseLayer(nn.Module):
    """Narrows all that was written before to four times the growth, and writes `growth` channels more."""

    def __init__(self, *, width_in: int, growth: int) -> None:
        super().__init__()
        self.first_norm = nn.BatchNorm2d(width_in)
        self.first = nn.Conv2d(width_in, NARROW * growth, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(NARROW * growth)
        self.second = nn.Conv2d(NARROW * growth, growth, 3, padding=1, bias=False)

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """What came in, and behind it what is new."""
        y_BEYX = self.first(F.relu(self.first_norm(x_BEYX)))
        return torch.cat([x_BEYX, self.second(F.relu(self.second_norm(y_BEYX)))], dim=1)


def transition(width: int) -> nn.Sequential:
    """Half the channels at half the resolution."""
    return nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width // 2, 1, bias=False), nn.AvgPool2d(2))


class DenseNetEncoder(nn.Module):
    """A stem to stride 4, dense blocks with transitions between, a last norm; pooled as the mean.

    Args:
        channels: of the image.
        width: of the stem.
        growth: channels that each layer adds.
        depths: layers of each block.

    Source:
        arXiv 1608.06993, table 1 (the variant with narrowing layers and halving transitions).
    """

    def __init__(self, *, channels: int, width: int, growth: int, depths: Sequence[int]) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(channels, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        blocks, transitions, widths = [], [], []
        for depth in depths:
            blocks.append(
                nn.Sequential(*(DenseLayer(width_in=width + i * growth, growth=growth) for i in range(depth)))
            )
            width += depth * growth
            widths.append(width)
            transitions.append(transition(width))
            width //= 2
        self.blocks, self.transitions = nn.ModuleList(blocks), nn.ModuleList(transitions[:-1])
        self.norm = nn.BatchNorm2d(widths[-1])
        self.width_out = self.width_tokens = widths[-1]
        self.widths_maps = tuple(widths)
        self.strides = tuple(4 * 2**stage for stage in range(len(depths)))

    def forward(self, image_BCYX: Tensor) -> Features:
        """Features of images; a map before each transition, and the last one normed and rectified."""
        x_BEYX = self.stem(checked(image_BCYX, self.strides[-1]).contiguous(memory_format=torch.channels_last))
        maps = []
        for stage, block in enumerate(self.blocks):
            x_BEYX = block(x_BEYX)
            maps.append(x_BEYX)
            if stage < len(self.transitions):
                x_BEYX = self.transitions[stage](x_BEYX)
        maps[-1] = F.relu(self.norm(x_BEYX))
        return Features(maps[-1].mean((2, 3)), tokens_of(maps[-1]), tuple(maps))
