"""Small pictures of Studies for the worklist, kept in memory once they are made."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.readers.slide import Slide
from polyclinic.serving.workbench.slides import slide_file
from polyclinic.study import Image

SIDE = 128
MOST_KEPT = 4096
MOST_SIDE = 1024  # larger pictures are thinned before they are windowed


class Thumbnails:
    """PNG bytes of images by their key; the oldest go first.

    Args:
        most: how many are kept, about 10 kB each.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.most = most
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def png(self, key: tuple[str, int], image: Image) -> bytes:
        """An image's small picture.

        Raises:
            ReadError: the file is missing or damaged.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        data = thumbnail(image)
        with self._lock:
            self._kept[key] = data
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return data


def thumbnail(image: Image, side: int = SIDE) -> bytes:
    """A PNG of the picture, the middle slice of the volume, or the slide, its longer side at most `side` pixels."""
    from PIL import Image as Pillow

    from polyclinic.evaluation.card.pictures import display  # brings torch, for which no first page waits

    picture = Pillow.fromarray(display(_flat(image, side)))
    picture.thumbnail((side, side))
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def _flat(image: Image, side: int) -> NDArray[Any]:
    """A thinned plane (channel, y, x)."""
    if path := slide_file(image):
        with Slide(path) as slide:
            return slide.thumbnail(side)
    pixels = image.pixels
    if pixels.ndim == 4:
        pixels = pixels[:, pixels.shape[1] // 2]
    step = max(max(pixels.shape[1:]) // MOST_SIDE, 1)
    return np.ascontiguousarray(pixels[:, ::step, ::step])
