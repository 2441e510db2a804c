"""CT within a window of Hounsfield units, from 0 to 1; read when it is asked for, a slice alone where that will do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from polyclinic.study import Image, Pixels, ShapedLoader, SliceLoader, Study


@dataclass(frozen=True)
class Window:
    """Pixels between two values as shares of the way from one to the other; picklable.

    Example:
        >>> Window(lambda: np.array([-200.0, 75.0, 900.0]), -125.0, 275.0)().tolist()
        [0.0, 0.5, 1.0]
    """

    load: Callable[[], Pixels]
    low: float
    high: float

    def __call__(self) -> Pixels:
        """The whole."""
        return self._within(self.load())

    def slice(self, index: int) -> Pixels:
        """One slice along z."""
        inner: Any = self.load
        return self._within(inner.slice(index) if isinstance(inner, SliceLoader) else self.load()[:, index])

    def shape(self) -> tuple[int, ...]:
        """The shape of the whole."""
        inner: Any = self.load
        return tuple(inner.shape()) if isinstance(inner, ShapedLoader) else self.load().shape

    def _within(self, pixels: Pixels) -> Pixels:
        values = np.asarray(pixels, np.float32)
        return ((values - self.low) / (self.high - self.low)).clip(0, 1)


def windowed(study: Study, low_hu: float, high_hu: float) -> Study:
    """The Study with its CT images within a window; those of other modalities stay."""

    def seen(image: Image) -> Image:
        if image.modality != "CT" or image.load is None or isinstance(image.load, Window):
            return image
        return replace(image, load=Window(image.load, low_hu, high_hu))

    return replace(study, images=tuple(seen(image) for image in study.images))
