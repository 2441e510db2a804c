"""Encoders of images: the one place where a name becomes a class, so that `--set encoder=NAME` can choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from polyclinic.parts.features import ImageEncoder
from polyclinic.parts.vision.conv import ConvEncoder


class MakesEncoder(Protocol):
    """From what is known of the images to an encoder."""

    def __call__(self, *, channels: int, image_size: int) -> ImageEncoder:
        """A fresh encoder."""
        ...


def conv_nano(*, channels: int, image_size: int) -> ImageEncoder:
    """A convolutional pyramid of 0.6 M parameters."""
    return ConvEncoder(channels=channels, widths=(32, 64, 96), depths=(1, 1, 1))


ENCODERS: Mapping[str, MakesEncoder] = {"conv-nano": conv_nano}
