"""A Study as its square picture with the masks and boxes on it, prepared once and then only moved about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from polyclinic.bodies.framing import Frame, Square, to_square
from polyclinic.study import Image, Region, Study

Boxes = NDArray[np.float32]


@dataclass(frozen=True)
class Scene:
    """One picture in its square, with what is on it.

    Args:
        picture: (channels, size, size).
        masks: name -> share of foreground times 255, (size, size).
        boxes: name -> boxes (n, 4) in square pixels.
    """

    picture: Square
    frame: Frame
    masks: dict[str, Square]
    boxes: dict[str, Boxes]

    @property
    def nbytes(self) -> int:
        """Memory that it holds."""
        return self.picture.nbytes + sum(mask.nbytes for mask in self.masks.values())


def scene(study: Study, size: int, channels: int) -> Scene:
    """The first picture of a Study, with the regions on it.

    Raises:
        PolyclinicError: the picture cannot be read or is not one.
    """
    picture, frame = read_picture(study.images[0], size, channels)
    regions = [region for region in study.regions if region.image == 0]
    return Scene(picture, frame, _masks(regions, frame), _boxes(regions, frame))


def read_picture(image: Image, size: int, channels: int) -> tuple[Square, Frame]:
    """One image in its square."""
    return to_square(image.pixels, size, channels)


def _masks(regions: Sequence[Region], frame: Frame) -> dict[str, Square]:
    united: dict[str, NDArray[np.bool_]] = {}
    for region in regions:
        if region.mask is not None:
            mask = region.array
            if mask.shape == (frame.height, frame.width):
                united[region.name] = united[region.name] | mask if region.name in united else mask
    return {name: frame.image_in(mask.astype(np.uint8) * 255) for name, mask in united.items()}


def _boxes(regions: Sequence[Region], frame: Frame) -> dict[str, Boxes]:
    named: dict[str, list[Sequence[float]]] = {}
    for region in regions:
        if region.box is not None and len(region.box) == 4:
            named.setdefault(region.name, []).append(region.box)
    return {name: frame.boxes_in(np.array(boxes, np.float32)) for name, boxes in named.items()}


@dataclass(frozen=True)
class Motion:
    """A small change of a square picture: zoom and shift, mirror, flip, and a change of its greys.

    Args:
        zoom: x and y factors.
        shift: x and y in pixels.
        gamma: exponent of the greys; contrast and brightness follow it.
    """

    zoom: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)
    mirror: bool = False
    flip: bool = False
    gamma: float = 1.0
    contrast: float = 1.0
    brightness: float = 0.0

    @classmethod
    def drawn(cls, rng: np.random.Generator, size: int, *, mirror: bool, flip: bool) -> Motion:
        """A random one."""
        zoom = rng.uniform(0.9, 1.12) * np.array([rng.uniform(0.96, 1.04), 1.0])
        shift = rng.uniform(-0.06, 0.06, 2) * size
        return cls(
            (float(zoom[0]), float(zoom[1])),
            (float(shift[0]), float(shift[1])),
            mirror=mirror and bool(rng.random() < 0.5),
            flip=flip and bool(rng.random() < 0.5),
            gamma=float(np.exp(rng.normal(0, 0.12))),
            contrast=float(np.exp(rng.normal(0, 0.1))),
            brightness=float(rng.normal(0, 0.03)),
        )

    def picture(self, square: Square) -> Square:
        """The picture moved and its greys changed."""
        levels = np.linspace(0, 1, 256) ** self.gamma
        levels = (levels - 0.5) * self.contrast + 0.5 + self.brightness
        table = (np.clip(levels, 0, 1) * 255).round().astype(np.uint8)
        return np.stack([table[self.plane(channel, channel.shape[0])] for channel in square])

    def plane(self, plane: Square, size: int) -> Square:
        """One plane moved, sampled at another size where asked."""
        old = plane.shape[0]
        a, c = self._inverse(0, old, size)
        e, f = self._inverse(1, old, size)
        moved = Pillow.fromarray(plane).transform(
            (size, size), Pillow.Transform.AFFINE, (a, 0.0, c, 0.0, e, f), Pillow.Resampling.BILINEAR
        )
        return np.asarray(moved)

    def _inverse(self, axis: int, old: int, size: int) -> tuple[float, float]:
        """Factor and offset from a place in the new plane to the old one, along one axis."""
        ratio = old / size
        sign = -1.0 if (self.mirror, self.flip)[axis] else 1.0
        factor = sign * ratio / self.zoom[axis]
        return factor, old / 2 - sign * (old / 2 + self.shift[axis]) / self.zoom[axis]

    def boxes(self, boxes: Boxes, size: int) -> Boxes:
        """Boxes moved and clipped; those with less than 40 % left inside are dropped."""
        if len(boxes) == 0:
            return boxes
        moved = np.empty_like(boxes)
        for axis, swap in enumerate((self.mirror, self.flip)):
            middle = size / 2
            sign = -1.0 if swap else 1.0
            ends = sign * (boxes[:, [axis, axis + 2]] - middle) * self.zoom[axis] + middle + self.shift[axis]
            moved[:, axis], moved[:, axis + 2] = ends.min(1), ends.max(1)
        kept = np.clip(moved, 0, size)
        area, left = _area(moved), _area(kept)
        return kept[left > 0.4 * area]


def _area(boxes: Boxes) -> Boxes:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
