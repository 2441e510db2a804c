"""Any image to the square that a model sees, and the way back for its boxes and masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from torch import Tensor
from torch.nn import functional as F

from polyclinic.errors import PixelError

LOW, HIGH = 0.5, 99.5
Square = NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    """Where an image lies in its square.

    Args:
        height: of the image, in pixels; `width` likewise.
        size: side of the square.
        scale: square pixels for each image pixel.
        left: first column of the image in the square; `top` its first row.
    """

    height: int
    width: int
    size: int
    scale: float
    left: int
    top: int

    @classmethod
    def of(cls, height: int, width: int, size: int) -> Frame:
        """The frame that fits an image into a square, centred, its proportions kept."""
        scale = size / max(height, width)
        new_height, new_width = max(round(height * scale), 1), max(round(width * scale), 1)
        return cls(height, width, size, scale, (size - new_width) // 2, (size - new_height) // 2)

    @property
    def _inside(self) -> tuple[int, int]:
        return max(round(self.height * self.scale), 1), max(round(self.width * self.scale), 1)

    def image_in(self, plane: NDArray[np.uint8]) -> Square:
        """One uint8 channel, resized with antialiasing, black around it; a mask times 255 becomes shares."""
        rows, columns = self._inside
        square = np.zeros((self.size, self.size), np.uint8)
        small = Pillow.fromarray(plane).resize((columns, rows), Pillow.Resampling.BILINEAR)
        square[self.top : self.top + rows, self.left : self.left + columns] = np.asarray(small)
        return square

    def boxes_in(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes (n, 4) from image pixels to square pixels."""
        shift = np.array([self.left, self.top, self.left, self.top], np.float32)
        return (boxes * self.scale + shift).astype(np.float32)

    def boxes_out(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes (n, 4) from square pixels to image pixels, clipped to the image."""
        shift = np.array([self.left, self.top, self.left, self.top], np.float32)
        limit = np.array([self.width, self.height, self.width, self.height], np.float32)
        return np.clip((boxes - shift) / self.scale, 0, limit).astype(np.float32)

    def masks_out(self, logits_QYX: Tensor) -> NDArray[np.bool_]:
        """Mask logits over the square, at any resolution, to masks (Q, height, width) of the image."""
        full = F.interpolate(logits_QYX[None], size=(self.size, self.size), mode="bilinear", align_corners=False)
        rows, columns = self._inside
        crop = full[..., self.top : self.top + rows, self.left : self.left + columns]
        out = F.interpolate(crop, size=(self.height, self.width), mode="bilinear", align_corners=False)[0] > 0
        result: NDArray[np.bool_] = out.numpy()
        return result


def to_square(pixels: NDArray[Any], size: int, channels: int) -> tuple[Square, Frame]:
    """Pixels (channel, y, x) of any type to uint8 (channels, size, size), with the frame.

    8-bit pixels keep their values; others are stretched between their 0.5 and 99.5 percentiles, and
    values that are not finite become the lowest. Colour is averaged for a grey model, grey repeated for
    a colour one.

    Raises:
        PixelError: the image is a volume, or empty.
    """
    if pixels.ndim != 3:
        raise PixelError(
            f"expected a picture (channel, y, x), got shape {pixels.shape}",
            hint="give one slice: polyclinic.curate.slices",
        )
    planes = _match_channels(pixels, channels)
    frame = Frame.of(planes.shape[1], planes.shape[2], size)
    return np.stack([frame.image_in(plane) for plane in _to_bytes(planes)]), frame


def _match_channels(pixels: NDArray[Any], channels: int) -> NDArray[Any]:
    if pixels.shape[0] == channels:
        return pixels
    if channels == 1:
        mean = pixels[:3].mean(0, keepdims=True)
        return mean.astype(np.uint8) if pixels.dtype == np.uint8 else mean
    if pixels.shape[0] == 1:
        return np.repeat(pixels, channels, axis=0)
    missing = max(channels - pixels.shape[0], 0)
    return np.concatenate([pixels[:channels], np.zeros((missing, *pixels.shape[1:]), pixels.dtype)])


def _to_bytes(planes: NDArray[Any]) -> NDArray[np.uint8]:
    if planes.dtype == np.uint8:
        return planes
    if planes.dtype == bool:
        return planes.astype(np.uint8) * 255
    values = planes.astype(np.float32)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        raise PixelError("the image holds no finite value")
    low, high = np.percentile(finite, [LOW, HIGH])
    values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    stretched: NDArray[np.uint8] = (
        (np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255).round().astype(np.uint8)
    )
    return stretched
