"""A small convolutional pyramid and the decoder that brings its features back to high resolution."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

GROUPS = 8


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with group norm around a shortcut; the first may halve the resolution."""

    def __init__(self, *, width_in: int, width_out: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(width_in, width_out, 3, stride, padding=1, bias=False)
        self.first_norm = nn.GroupNorm(GROUPS, width_out)
        self.second = nn.Conv2d(width_out, width_out, 3, padding=1, bias=False)
        self.second_norm = nn.GroupNorm(GROUPS, width_out)
        same = width_in == width_out and stride == 1
        self.shortcut = nn.Identity() if same else nn.Conv2d(width_in, width_out, 1, stride, bias=False)

    def forward(self, x_BCYX: Tensor) -> Tensor:
        """Same shape out, but for width and stride."""
        y_BCYX = F.relu(self.first_norm(self.first(x_BCYX)))
        return F.relu(self.shortcut(x_BCYX) + self.second_norm(self.second(y_BCYX)))


class PyramidEncoder(nn.Module):
    """A convolutional stem to stride 4, then residual stages at strides 4, 8, 16 ...: one feature map a stage.

    Args:
        channels: of the image.
        widths: of each stage; multiples of 8.
        depths: residual blocks in each stage.
    """

    def __init__(self, *, channels: int, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        half = max(widths[0] // 2, GROUPS)
        self.stem = nn.Sequential(
            nn.Conv2d(channels, half, 5, stride=2, padding=2, bias=False),
            nn.GroupNorm(GROUPS, half),
            nn.ReLU(),
            nn.Conv2d(half, widths[0], 3, stride=2, padding=1, bias=False),
            nn.GroupNorm(GROUPS, widths[0]),
            nn.ReLU(),
        )
        stages = []
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            before = widths[max(stage - 1, 0)]
            blocks = [ResidualBlock(width_in=before, width_out=width, stride=2 if stage else 1)]
            blocks += [ResidualBlock(width_in=width, width_out=width) for _ in range(depth - 1)]
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)
        self.widths_out = tuple(widths)

    def forward(self, image_BCYX: Tensor) -> list[Tensor]:
        """Feature maps from fine (stride 4) to coarse."""
        x_BCYX = self.stem(image_BCYX)
        maps = []
        for stage in self.stages:
            x_BCYX = stage(x_BCYX)
            maps.append(x_BCYX)
        return maps


class PyramidDecoder(nn.Module):
    """Top-down pathway: each finer map gets the coarser one added and smoothed.

    Source:
        arXiv 1612.03144, section 3. Differs: one width all the way up, group norm after each smoothing.
    """

    def __init__(self, *, widths: Sequence[int], width_out: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(width, width_out, 1) for width in widths)
        self.smooth = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width_out, width_out, 3, padding=1, bias=False),
                nn.GroupNorm(GROUPS, width_out),
                nn.ReLU(),
            )
            for _ in widths[:-1]
        )
        self.width_out = width_out

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Maps of `width_out` channels at the encoder's strides, fine to coarse."""
        x_BCYX = self.lateral[-1](maps[-1])
        decoded = [x_BCYX]
        for level in reversed(range(len(maps) - 1)):
            fine_BCYX = self.lateral[level](maps[level])
            up_BCYX = F.interpolate(x_BCYX, size=fine_BCYX.shape[-2:], mode="nearest")
            x_BCYX = self.smooth[level](up_BCYX + fine_BCYX)
            decoded.append(x_BCYX)
        return decoded[::-1]
