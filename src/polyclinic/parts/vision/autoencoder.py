"""An autoencoder of images whose latents are small maps, each place with a mean and a spread."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.vision.keys import Layout
from polyclinic.parts.vision.place_attention import EPS, PlaceAttention

LEAST, MOST = -30.0, 20.0  # of the logarithm of a variance

_BLOCK = {name: name for name in ("norm1", "conv1", "norm2", "conv2")} | {"shortcut": "nin_shortcut"}
_ATTENTION = {"norm": "norm", "query": "q", "key": "k", "value": "v", "out": "proj_out"}
# The first stage of latent diffusion (arXiv 2112.10752), alone or inside a whole model's file.
STABLE_DIFFUSION = Layout(
    {
        **{
            f"{side}.levels.{{}}.blocks.{{}}.{ours}": f"{side}.{way}.{{}}.block.{{}}.{theirs}"
            for side, way in (("encoder", "down"), ("decoder", "up"))
            for ours, theirs in _BLOCK.items()
        },
        "encoder.levels.{}.resize": "encoder.down.{}.downsample.conv",
        "decoder.levels.{}.resize": "decoder.up.{}.upsample.conv",
        **{
            f"{side}.middle.{place}.{ours}": f"{side}.mid.{part}.{theirs}"
            for side in ("encoder", "decoder")
            for place, part, names in ((0, "block_1", _BLOCK), (1, "attn_1", _ATTENTION), (2, "block_2", _BLOCK))
            for ours, theirs in names.items()
        },
        **{
            f"{side}.{ours}": f"{side}.{theirs}"
            for side in ("encoder", "decoder")
            for ours, theirs in (("first", "conv_in"), ("norm", "norm_out"), ("last", "conv_out"))
        },
        "moments": "quant_conv",
        "latents": "post_quant_conv",
    },
    prefixes=("first_stage_model.", ""),
    heads=("loss.",),
)


class NormedBlock(nn.Module):
    """Twice norm, SiLU and a 3 x 3 convolution, added to a shortcut."""

    def __init__(self, *, width_in: int, width_out: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, width_in, EPS)
        self.conv1 = nn.Conv2d(width_in, width_out, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, width_out, EPS)
        self.conv2 = nn.Conv2d(width_out, width_out, 3, padding=1)
        self.shortcut = nn.Identity() if width_in == width_out else nn.Conv2d(width_in, width_out, 1)

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """The same shape, but for the width."""
        y_BEYX = self.conv1(F.silu(self.norm1(x_BEYX)))
        return self.shortcut(x_BEYX) + self.conv2(F.silu(self.norm2(y_BEYX)))


class Level(nn.Module):
    """Blocks at one resolution, and a layer that changes it."""

    def __init__(self, *, blocks: Sequence[nn.Module], resize: nn.Module) -> None:
        super().__init__()
        self.blocks, self.resize = nn.Sequential(*blocks), resize

    def forward(self, x_BEYX: Tensor) -> Tensor:
        """Through the blocks alone: the layer wants its input padded or enlarged first."""
        return self.blocks(x_BEYX)


class ImageCoder(nn.Module):
    """From an image to twice as many channels as a latent has, at a lower resolution."""

    def __init__(
        self, *, channels: int, width: int, multiples: Sequence[int], depth: int, width_out: int, groups: int
    ) -> None:
        super().__init__()
        widths = [width * times for times in multiples]
        self.first = nn.Conv2d(channels, width, 3, padding=1)
        levels = []
        for level, (before, after) in enumerate(zip([width, *widths], widths, strict=False)):
            ins = [before] + [after] * (depth - 1)
            blocks = [NormedBlock(width_in=low, width_out=after, groups=groups) for low in ins]
            coarsest = level == len(widths) - 1
            levels.append(Level(blocks=blocks, resize=nn.Identity() if coarsest else nn.Conv2d(after, after, 3, 2)))
        self.levels = nn.ModuleList(levels)
        self.middle = _middle(widths[-1], groups)
        self.norm = nn.GroupNorm(groups, widths[-1], EPS)
        self.last = nn.Conv2d(widths[-1], width_out, 3, padding=1)

    def forward(self, image_BCYX: Tensor) -> Tensor:
        """Sides halved once less than there are levels; each convolution that halves gets a row and column of zeros."""
        x_BEYX = self.first(image_BCYX)
        for level in self.levels:
            x_BEYX = level(x_BEYX)
            if isinstance(level.resize, nn.Conv2d):
                x_BEYX = level.resize(F.pad(x_BEYX, (0, 1, 0, 1)))
        return self.last(F.silu(self.norm(self.middle(x_BEYX))))


class ImageDecoder(nn.Module):
    """From a latent to an image, with one more block a level than the coder has."""

    def __init__(
        self, *, channels: int, width: int, multiples: Sequence[int], depth: int, width_in: int, groups: int
    ) -> None:
        super().__init__()
        widths = [width * times for times in multiples]
        self.first = nn.Conv2d(width_in, widths[-1], 3, padding=1)
        self.middle = _middle(widths[-1], groups)
        levels = []
        for level, (after, coarser) in enumerate(zip(widths, [*widths[1:], widths[-1]], strict=True)):
            ins = [coarser] + [after] * depth
            blocks = [NormedBlock(width_in=low, width_out=after, groups=groups) for low in ins]
            resize = nn.Conv2d(after, after, 3, padding=1) if level else nn.Identity()
            levels.append(Level(blocks=blocks, resize=resize))
        self.levels = nn.ModuleList(levels)  # the finest first, as in the coder
        self.norm = nn.GroupNorm(groups, widths[0], EPS)
        self.last = nn.Conv2d(widths[0], channels, 3, padding=1)

    def forward(self, latent_BEYX: Tensor) -> Tensor:
        """Sides doubled once less than there are levels, by repeating places."""
        x_BEYX = self.middle(self.first(latent_BEYX))
        for level in reversed(self.levels):
            x_BEYX = level(x_BEYX)
            if isinstance(level.resize, nn.Conv2d):
                x_BEYX = level.resize(F.interpolate(x_BEYX, scale_factor=2.0, mode="nearest"))
        return self.last(F.silu(self.norm(x_BEYX)))


class Autoencoder(nn.Module):
    """Both, and what stands between them.

    Args:
        channels: of the image, whose values run from -1 to 1.
        width: of the finest level; `multiples` are each level's width over it.
        depth: blocks of each level of the coder.
        latent: channels of the latent map.
        groups: of each norm; every width is a multiple of it.

    Source:
        arXiv 2112.10752, section 3.1 and appendix G (the autoencoder with a Kullback-Leibler term).
    """

    def __init__(
        self, *, channels: int, width: int, multiples: Sequence[int], depth: int, latent: int, groups: int
    ) -> None:
        super().__init__()
        self.width_latent, self.factor = latent, 2 ** (len(multiples) - 1)
        self.encoder = ImageCoder(
            channels=channels, width=width, multiples=multiples, depth=depth, width_out=2 * latent, groups=groups
        )
        self.moments = nn.Conv2d(2 * latent, 2 * latent, 1)
        self.latents = nn.Conv2d(latent, latent, 1)
        self.decoder = ImageDecoder(
            channels=channels, width=width, multiples=multiples, depth=depth, width_in=latent, groups=groups
        )

    def encode(self, image_BCYX: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of each place's latent."""
        mean_BEYX, log_BEYX = self.moments(self.encoder(image_BCYX)).chunk(2, dim=1)
        return mean_BEYX, log_BEYX.clamp(LEAST, MOST)

    def decode(self, latent_BEYX: Tensor) -> Tensor:
        """The image of a latent."""
        image_BCYX: Tensor = self.decoder(self.latents(latent_BEYX))
        return image_BCYX

    def forward(self, image_BCYX: Tensor) -> tuple[Tensor, Tensor]:
        """An image again, from a latent that was drawn, and what the latents tell beyond chance, in nats a value."""
        mean_BEYX, log_BEYX = self.encode(image_BCYX)
        drawn_BEYX = mean_BEYX + (0.5 * log_BEYX).exp() * torch.randn_like(mean_BEYX)
        told = 0.5 * (mean_BEYX.square() + log_BEYX.exp() - 1 - log_BEYX).mean()
        return self.decode(drawn_BEYX), told


def _middle(width: int, groups: int) -> nn.Sequential:
    def block() -> NormedBlock:
        return NormedBlock(width_in=width, width_out=width, groups=groups)

    return nn.Sequential(block(), PlaceAttention(width=width, groups=groups), block())
