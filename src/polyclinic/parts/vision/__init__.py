"""Encoders of images: the one place where a name becomes a class, so that `--set encoder=NAME` can choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from torch import nn

from polyclinic.errors import ConfigError
from polyclinic.parts.features import ImageEncoder
from polyclinic.parts.vision.attention import AttentionPool, QuickGELU
from polyclinic.parts.vision.conv import ConvEncoder
from polyclinic.parts.vision.convnext import ConvNeXtEncoder
from polyclinic.parts.vision.davit import DaViTEncoder
from polyclinic.parts.vision.densenet import DenseNetEncoder
from polyclinic.parts.vision.focal import FocalEncoder
from polyclinic.parts.vision.resnet import (
    MeanPool,
    QueryPool,
    ResNetEncoder,
    averaged_block,
    averaged_stem,
    grouped_block,
    plain_block,
    plain_stem,
)
from polyclinic.parts.vision.swin import SwinEncoder
from polyclinic.parts.vision.vit import ConvStem, ViTBlock, ViTEncoder


class MakesEncoder(Protocol):
    """From what is known of the images to an encoder."""

    def __call__(self, *, channels: int, image_size: int) -> ImageEncoder:
        """A fresh encoder."""
        ...


def conv_nano(*, channels: int, image_size: int) -> ImageEncoder:
    """A convolutional pyramid of 0.6 M parameters."""
    return ConvEncoder(channels=channels, widths=(32, 64, 96), depths=(1, 1, 1))


def conv_nano_8(*, channels: int, image_size: int) -> ImageEncoder:
    """A convolutional pyramid of 0.1 M parameters that ends at stride 8, so that its last map tells places apart."""
    return ConvEncoder(channels=channels, widths=(32, 64), depths=(1, 1))


def vit_nano(*, channels: int, image_size: int) -> ImageEncoder:
    """A vision transformer of 0.8 M parameters, on patches of 8 pixels."""
    return ViTEncoder(
        stem=ConvStem(channels=channels, width=128),
        width=128,
        stride=8,
        image_size=image_size,
        blocks=[ViTBlock(width=128, heads=4, hidden=512, activation=nn.GELU(), eps=1e-6) for _ in range(4)],
        before=nn.Identity(),
        norm=nn.LayerNorm(128, 1e-6),
        pool=None,
        class_token=True,
        attend=True,
    )


def vit_b_16(*, channels: int, image_size: int) -> ImageEncoder:
    """ViT-B/16 (arXiv 2010.11929, table 1)."""
    return _vit_b_16(channels=channels, image_size=image_size, attend=False)


def vit_b_16_attend(*, channels: int, image_size: int) -> ImageEncoder:
    """ViT-B/16 that hands on how its class token attends to the patches."""
    return _vit_b_16(channels=channels, image_size=image_size, attend=True)


def _vit_b_16(*, channels: int, image_size: int, attend: bool) -> ViTEncoder:
    return ViTEncoder(
        stem=nn.Conv2d(channels, 768, 16, 16),
        width=768,
        stride=16,
        image_size=image_size,
        blocks=[ViTBlock(width=768, heads=12, hidden=3072, activation=nn.GELU(), eps=1e-6) for _ in range(12)],
        before=nn.Identity(),
        norm=nn.LayerNorm(768, 1e-6),
        pool=None,
        class_token=True,
        attend=attend,
    )


def vit_b_16_clip(*, channels: int, image_size: int) -> ImageEncoder:
    """ViT-B/16 in CLIP's layout (arXiv 2103.00020, table 20), without its projection."""
    return _clip_vit(channels=channels, image_size=image_size, width=768, stride=16, heads=12, depth=12)


def vit_l_14_336(*, channels: int, image_size: int) -> ImageEncoder:
    """CLIP's ViT-L/14, meant for images of 336 pixels (arXiv 2103.00020, table 20), without its projection."""
    return _clip_vit(channels=channels, image_size=image_size, width=1024, stride=14, heads=16, depth=24)


def _clip_vit(*, channels: int, image_size: int, width: int, stride: int, heads: int, depth: int) -> ViTEncoder:
    return ViTEncoder(
        stem=nn.Conv2d(channels, width, stride, stride, bias=False),
        width=width,
        stride=stride,
        image_size=image_size,
        blocks=[
            ViTBlock(width=width, heads=heads, hidden=4 * width, activation=QuickGELU(), eps=1e-5) for _ in range(depth)
        ],
        before=nn.LayerNorm(width, 1e-5),
        norm=nn.LayerNorm(width, 1e-5),
        pool=None,
        class_token=True,
        attend=False,
    )


def vit_so400m_14_384(*, channels: int, image_size: int) -> ImageEncoder:
    """SigLIP's shape-optimised ViT, meant for images of 384 pixels (arXiv 2305.13035, table 1; 2303.15343)."""
    width, heads, hidden = 1152, 16, 4304
    gelu = nn.GELU("tanh")
    return ViTEncoder(
        stem=nn.Conv2d(channels, width, 14, 14),
        width=width,
        stride=14,
        image_size=image_size,
        blocks=[ViTBlock(width=width, heads=heads, hidden=hidden, activation=gelu, eps=1e-6) for _ in range(27)],
        before=nn.Identity(),
        norm=nn.LayerNorm(width, 1e-6),
        pool=AttentionPool(width=width, heads=heads, hidden=hidden, activation=gelu, norm=nn.LayerNorm(width, 1e-6)),
        class_token=False,
        attend=False,
    )


def resnet50(*, channels: int, image_size: int) -> ImageEncoder:
    """ResNet-50 (arXiv 1512.03385, table 1)."""
    return ResNetEncoder(
        stem=plain_stem(channels, 64), width=64, depths=(3, 4, 6, 3), block=plain_block, pool=MeanPool(width=2048)
    )


def resnext101(*, channels: int, image_size: int) -> ImageEncoder:
    """ResNeXt-101 of 32 groups, the narrowest of 4 channels each (arXiv 1611.05431, section 5.1)."""
    return ResNetEncoder(
        stem=plain_stem(channels, 64), width=64, depths=(3, 4, 23, 3), block=grouped_block, pool=MeanPool(width=2048)
    )


def resnet50_clip(*, channels: int, image_size: int) -> ImageEncoder:
    """CLIP's ResNet-50 with attention pooling (arXiv 2103.00020, section 2.4)."""
    return ResNetEncoder(
        stem=averaged_stem(channels, 64),
        width=64,
        depths=(3, 4, 6, 3),
        block=averaged_block,
        pool=QueryPool(width=2048, heads=32, width_out=1024, side=image_size // 32),
    )


def densenet121(*, channels: int, image_size: int) -> ImageEncoder:
    """DenseNet-121 (arXiv 1608.06993, table 1)."""
    return DenseNetEncoder(channels=channels, width=64, growth=32, depths=(6, 12, 24, 16))


def convnext_t(*, channels: int, image_size: int) -> ImageEncoder:
    """ConvNeXt-T (arXiv 2201.03545, section 3)."""
    return ConvNeXtEncoder(channels=channels, widths=(96, 192, 384, 768), depths=(3, 3, 9, 3))


def swin_t(*, channels: int, image_size: int) -> ImageEncoder:
    """Swin-T (arXiv 2103.14030, section 3.3)."""
    return SwinEncoder(channels=channels, width=96, depths=(2, 2, 6, 2), heads=3, window=7)


def swin_b(*, channels: int, image_size: int) -> ImageEncoder:
    """Swin-B (arXiv 2103.14030, section 3.3)."""
    return SwinEncoder(channels=channels, width=128, depths=(2, 2, 18, 2), heads=4, window=7)


def davit_nano(*, channels: int, image_size: int) -> ImageEncoder:
    """A DaViT of 0.6 M parameters."""
    return DaViTEncoder(channels=channels, widths=(32, 64, 128), depths=(1, 1, 1), head_width=16, window=4)


def davit_huge(*, channels: int, image_size: int) -> ImageEncoder:
    """MedImageInsight's DaViT, meant for images of 480 pixels (arXiv 2410.06542; sizes from its released config)."""
    return DaViTEncoder(channels=channels, widths=(256, 512, 1024, 2048), depths=(1, 1, 9, 1), head_width=32, window=12)


def focalnet_l(*, channels: int, image_size: int) -> ImageEncoder:
    """FocalNet-L of four levels, the narrowest of 3 pixels (arXiv 2203.11926, table 8)."""
    return FocalEncoder(channels=channels, width=192, depths=(2, 2, 18, 2), levels=4, window=3)


class Encoders(dict[str, MakesEncoder]):
    """Encoders by name; a name that is not there is told with those that are."""

    def __missing__(self, name: str) -> MakesEncoder:
        """Refuse.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(f"no encoder {name!r}", hint="one of " + ", ".join(self))


ENCODERS: Mapping[str, MakesEncoder] = Encoders(
    {
        "conv-nano": conv_nano,
        "conv-nano-8": conv_nano_8,
        "vit-nano": vit_nano,
        "vit-b-16": vit_b_16,
        "vit-b-16-attend": vit_b_16_attend,
        "vit-b-16-clip": vit_b_16_clip,
        "vit-l-14-336": vit_l_14_336,
        "vit-so400m-14-384": vit_so400m_14_384,
        "resnet50": resnet50,
        "resnet50-clip": resnet50_clip,
        "resnext101": resnext101,
        "densenet121": densenet121,
        "convnext-t": convnext_t,
        "swin-t": swin_t,
        "swin-b": swin_b,
        "davit-nano": davit_nano,
        "davit-huge": davit_huge,
        "focalnet-l": focalnet_l,
    }
)
