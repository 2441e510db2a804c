"""Pixels for the viewer: one plane of a picture or a volume, in numbers, so that the page can window them itself.

Volumes are read once and held while there is room, since two of the three planes cut through every slice.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import PixelError, UsageError
from polyclinic.study import Image, Mask, MaskFile, Pixels

Axis = Literal["z", "y", "x"]
AXES: tuple[Axis, ...] = ("z", "y", "x")
MOST_HELD_BYTES = 2**30
LOW, HIGH = 0.5, 99.5
SAMPLED = 65536
COLOURS = 3
WAYS = ("RL", "AP", "SI")  # of the world's axes, which run to the right, to the front, and up
PLAIN_TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32")


@dataclass(frozen=True)
class Facts:
    """What the viewer has to know of an image before it draws it.

    Args:
        shape: (z, y, x); z is 1 for a picture.
        channels: a name for each.
        colour: whether the first three channels are red, green and blue.
        spacing_mm: (z, y, x), None where unknown.
        directions: where each axis (z, y, x) runs to in the patient: one of L, R, A, P, S, I; None where unknown.
        window: values that are shown black and white at first.
        range: the least and the greatest value that were seen.
    """

    shape: tuple[int, int, int]
    channels: tuple[str, ...]
    colour: bool
    spacing_mm: tuple[float, float, float] | None
    directions: tuple[str, str, str] | None
    window: tuple[float, float]
    range: tuple[float, float]


class Held:
    """Pixels of the images that were looked at last.

    Args:
        most_bytes: older ones are dropped beyond that; one image is always held.
    """

    def __init__(self, most_bytes: int = MOST_HELD_BYTES) -> None:
        self.most_bytes = most_bytes
        self._held: OrderedDict[tuple[str, int], Pixels] = OrderedDict()
        self._reading: dict[tuple[str, int], threading.Lock] = {}
        self._lock = threading.Lock()

    def pixels(self, key: tuple[str, int], image: Image) -> Pixels:
        """An image's pixels as (channel, z, y, x); whoever asks while they are read waits for them.

        Raises:
            ReadError: the file is missing or damaged.
        """
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
            turn = self._reading.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._held:
                    return self._held[key]
            pixels = _volume(image)
            with self._lock:
                self._held[key] = pixels
                self._reading.pop(key, None)
                while len(self._held) > 1 and sum(one.nbytes for one in self._held.values()) > self.most_bytes:
                    self._held.popitem(last=False)
            return pixels


def facts(image: Image, pixels: Pixels) -> Facts:
    """What the viewer has to know of an image.

    Args:
        pixels: (channel, z, y, x).
    """
    colour = len(pixels) >= COLOURS and pixels.dtype == np.uint8 and (not image.channels or len(pixels) == COLOURS)
    values = _sample(pixels)
    low, high = (float(value) for value in np.percentile(values, [LOW, HIGH]))
    if pixels.dtype == np.uint8:
        low, high = 0.0, 255.0
    names = image.channels or tuple(str(number + 1) for number in range(len(pixels)))
    depth, height, width = pixels.shape[1:]
    extent = (float(values.min()), float(values.max()))
    window = (low, max(high, low + 1e-6))
    return Facts((depth, height, width), names, colour, _spacing(image), directions(image), window, extent)


def plane(pixels: Pixels, axis: Axis, index: int, channel: int | None = None) -> Pixels:
    """One plane (channel, rows, columns) in a number type that a browser has.

    Rows and columns are (y, x) along z, (z, x) along y and (z, y) along x.

    Args:
        pixels: (channel, z, y, x).
        channel: one of them; None gives the first three of a colour picture.

    Raises:
        UsageError: no such plane or channel.
    """
    _check(axis, index, pixels.shape[1:])
    if channel is not None and not 0 <= channel < len(pixels):
        raise UsageError(f"no channel {channel}, there are {len(pixels)}")
    chosen = pixels[:COLOURS] if channel is None else pixels[channel : channel + 1]
    return plain(np.take(chosen, index, axis=1 + AXES.index(axis)))


def mask_plane(mask: Mask | MaskFile, axis: Axis, index: int) -> NDArray[np.bool_]:
    """A mask where a plane crosses it.

    Raises:
        UsageError: no such plane.
    """
    if isinstance(mask, MaskFile) and mask.load is not None and mask.slice is None:  # cut first, then compare
        labels = _cut(mask.load(), axis, index)
        return labels != 0 if mask.value is None else labels == mask.value
    return _cut(mask.array(), axis, index)


def plain(array: NDArray[Any]) -> NDArray[Any]:
    """The array in little-endian numbers of at most 32 bits, with 0 for what is not finite."""
    if array.dtype == bool:
        return np.ascontiguousarray(array, np.uint8)
    if array.dtype.kind == "f":
        return np.ascontiguousarray(np.nan_to_num(array, posinf=0.0, neginf=0.0), "<f4")
    known = array.dtype.name in PLAIN_TYPES
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<") if known else np.dtype("<f4"))


def directions(image: Image) -> tuple[str, str, str] | None:
    """Where the axes z, y, x run to in the patient, by the nearest of the body's directions.

    Example:
        >>> lying = ((-1.0, 0.0, 0.0, 0.0), (0.0, -1.0, 0.0, 0.0), (0.0, 0.0, 3.0, 0.0), (0.0, 0.0, 0.0, 1.0))
        >>> directions(Image("ct", affine=lying))
        ('S', 'P', 'L')
    """
    if image.affine is None:
        return None
    columns = np.array(image.affine)[:3, :3].T
    x, y, z = (WAYS[int(np.abs(column).argmax())][int(column[np.abs(column).argmax()] < 0)] for column in columns)
    return (z, y, x)


def _cut(array: NDArray[Any], axis: Axis, index: int) -> NDArray[Any]:
    volume = array if array.ndim == len(AXES) else array[None]
    _check(axis, index, volume.shape)
    return np.take(volume, index, axis=AXES.index(axis))


def _check(axis: str, index: int, shape: tuple[int, ...]) -> None:
    if axis not in AXES:
        raise UsageError(f"no axis {axis!r}", hint="one of " + ", ".join(AXES))
    most = shape[AXES.index(axis)]
    if not 0 <= index < most:
        raise UsageError(f"no plane {index} along {axis}, there are {most}")


def _volume(image: Image) -> Pixels:
    pixels = image.pixels
    if pixels.ndim not in (3, 4):
        raise PixelError(f"expected (channel, [z,] y, x), got {pixels.shape}")
    return pixels if pixels.ndim == len(AXES) + 1 else pixels[:, None]


def _sample(pixels: Pixels) -> NDArray[Any]:
    """Some finite values of all over the image."""
    flat = pixels.reshape(-1)
    some = flat[:: max(flat.size // SAMPLED, 1)].astype(np.float32)
    finite = some[np.isfinite(some)]
    return finite if finite.size else np.zeros(1, np.float32)


def _spacing(image: Image) -> tuple[float, float, float] | None:
    told = image.spacing_mm
    if told is None:
        return None
    z, y, x = told if len(told) == len(AXES) else (1.0, *told[-2:])
    return (z, y, x)
