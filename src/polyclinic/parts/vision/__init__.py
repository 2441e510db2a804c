"""Encoders of images: the one place where a name becomes a class, so that `--set encoder=NAME` can choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from torch import nn

from polyclinic.parts.features import ImageEncoder
from polyclinic.parts.vision.conv import ConvEncoder
from polyclinic.parts.vision.convnext import ConvNeXtEncoder
from polyclinic.parts.vision.densenet import DenseNetEncoder
from polyclinic.parts.vision.resnet import (
    MeanPool,
    QueryPool,
    ResNetEncoder,
    averaged_block,
    averaged_stem,
    plain_block,
    plain_stem,
)
from polyclinic.parts.vision.vit import ConvStem, ViTBlock, ViTEncoder


class MakesEncoder(Protocol):
    """From what is known of the images to an encoder."""

    def __call__(self, *, channels: int, image_size: int) -> ImageEncoder:
        """A fresh encoder."""
        ...


def conv_nano(*, channels: int, image_size: int) -> ImageEncoder:
    """A convolutional pyramid of 0.6 M parameters."""
    return ConvEncoder(channels=channels, widths=(32, 64, 96), depths=(1, 1, 1))


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
        attend=False,
    )


def resnet50(*, channels: int, image_size: int) -> ImageEncoder:
    """ResNet-50 (arXiv 1512.03385, table 1)."""
    return ResNetEncoder(
        stem=plain_stem(channels, 64), width=64, depths=(3, 4, 6, 3), block=plain_block, pool=MeanPool(width=2048)
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


ENCODERS: Mapping[str, MakesEncoder] = {
    "conv-nano": conv_nano,
    "vit-nano": vit_nano,
    "vit-b-16": vit_b_16,
    "resnet50": resnet50,
    "resnet50-clip": resnet50_clip,
    "densenet121": densenet121,
    "convnext-t": convnext_t,
}
