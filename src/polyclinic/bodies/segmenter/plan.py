"""What a segmenter derives from its training Studies before it sees the first patch, as nnU-Net does.

Which channels there are and how their values are scaled, which classes, whether these overlap, at which
resolution patches are cut, how large they are, and how often a network may halve each of their axes. The plan
is saved with the model and stands in `run.json`.

Source:
    arXiv 1904.08128, online methods ("inferred parameters").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from polyclinic.curate.instructions import Survey

Scheme = Literal["window", "image", "nonzero"]


@dataclass(frozen=True)
class Wanted:
    """What a system asks of its plan.

    Args:
        patch: side of the square or cube whose number of pixels a patch has at most.
        poolings: how often the network halves an axis at most.
        dimensions: 2 for pictures and slices, 3 for volumes.
        covers: share of the typical volume that a patch covers at least; the resolution falls until it does.
        overlapping: whether each class gets a mask of its own though none overlaps another, as one that is asked for
            by its name needs.
    """

    patch: int
    poolings: int
    dimensions: Literal[2, 3] = 2
    covers: float = 0.0
    overlapping: bool = False


@dataclass(frozen=True)
class Channel:
    """One input channel.

    Args:
        scheme: `window` clips to `low` and `high` and scales by `mean` and `spread` of the foreground, the same for
            every image, because Hounsfield units mean something; `image` scales by each image's own mean and
            spread, `nonzero` by those of its pixels that are not zero.
    """

    name: str
    scheme: Scheme = "image"
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    spread: float = 1.0


@dataclass(frozen=True)
class Plan:
    """How a collection is cut into patches and what is learned from them.

    Args:
        channels: in the order in which the network sees them; one that a Study lacks is zero.
        flags: whether Studies lack channels, so that the network gets a plane of ones or zeros for each
            channel behind the channels.
        classes: names of what is drawn. Background is no class.
        kinds: class -> kind of region.
        overlapping: whether a pixel may belong to several classes: each has a mask of its own (sigmoid). Else all
            share a label map (softmax), whose label 0 is background and label k is `classes[k - 1]`.
        patch: size of a patch along each axis, ([z,] y, x).
        pooling: for each level of a network the factors by which each axis shrinks there, 1 or 2.
        side: pixels of a picture's longest side when it is resampled; None for volumes.
        spacing_mm: that volumes are resampled to, (z, y, x); None for pictures.
        mirrors: axes along which a patch may be mirrored; none where classes are named after sides.
        measured: what the choices rest on, for the reader of `run.json`.
    """

    channels: tuple[Channel, ...]
    classes: tuple[str, ...]
    patch: tuple[int, ...]
    pooling: tuple[tuple[int, ...], ...]
    kinds: Mapping[str, str] = field(default_factory=dict)
    overlapping: bool = False
    flags: bool = False
    side: int | None = None
    spacing_mm: tuple[float, ...] | None = None
    mirrors: tuple[int, ...] = ()
    measured: Mapping[str, float] = field(default_factory=dict)

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return len(self.patch)

    @property
    def survey(self) -> Survey:
        """The classes as `annotated` wants to know them."""
        return Survey(kinds=self.kinds, masks=self.classes)

    @property
    def width_in(self) -> int:
        """Channels of the network's input, flags of presence included."""
        return len(self.channels) * (2 if self.flags else 1)

    @property
    def width_out(self) -> int:
        """Channels of the network's output: one for each class, and one for the background of a label map."""
        return len(self.classes) + (not self.overlapping)

    def shape_for(self, shape: tuple[int, ...], spacing_mm: tuple[float, ...] | None) -> tuple[int, ...]:
        """The shape that an image is resampled to.

        Example:
            >>> Plan((), (), (8, 8), (), side=64).shape_for((100, 200), None)
            (32, 64)
        """
        if self.spacing_mm is None:
            scale = (self.side or max(shape)) / max(shape)
            return tuple(max(round(n * scale), 1) for n in shape)
        own = spacing_mm or (1.0,) * len(shape)
        return tuple(max(round(n * a / b), 1) for n, a, b in zip(shape, own, self.spacing_mm, strict=True))


def plan_of_size(*, channels: int, classes: int, wanted: Wanted) -> Plan:
    """A plan without data, for the size of a model: overlapping classes, every axis halved alike."""
    return Plan(
        channels=tuple(Channel(f"channel {i}") for i in range(channels)),
        classes=tuple(f"class {i}" for i in range(classes)),
        patch=(wanted.patch,) * wanted.dimensions,
        pooling=((2,) * wanted.dimensions,) * wanted.poolings,
        overlapping=True,
        side=wanted.patch if wanted.dimensions == 2 else None,
        spacing_mm=(1.0,) * 3 if wanted.dimensions == 3 else None,
    )


# Geometry: from typical shapes and spacings to patch and pooling ------------------------------------------------

ANISOTROPIC = 3.0  # an axis this much coarser than the finest is not interpolated to the median
COARSE_PERCENTILE = 10
SMALLEST_EDGE = 4  # pixels that an axis keeps at least when it is halved
UNEVEN = 2.0  # axes that are this much coarser than the finest are not halved yet
STEP = 1.05


def target_spacing(spacings_mm: np.ndarray) -> tuple[float, ...]:
    """The median of each axis; of a coarse axis the 10th percentile, so that thin slices are not thrown away.

    Args:
        spacings_mm: of the Studies' volumes, (n, 3).

    Example:
        >>> target_spacing(np.array([[5.0, 0.5, 0.5], [3.0, 0.5, 0.5], [5.0, 0.5, 0.5]]))
        (3.4, 0.5, 0.5)
    """
    median = np.median(spacings_mm, axis=0)
    coarse = int(median.argmax())
    if median[coarse] > ANISOTROPIC * median.min():
        low = np.percentile(spacings_mm[:, coarse], COARSE_PERCENTILE)
        median[coarse] = max(low, np.delete(median, coarse).max())
    return tuple(round(float(value), 6) for value in median)


def coarsened(spacing_mm: tuple[float, ...], extent_mm: np.ndarray, wanted: Wanted) -> tuple[float, ...]:
    """The spacing, raised along the finest axes first until a patch covers enough of the typical volume."""
    spacing = np.array(spacing_mm)
    while wanted.patch**3 < wanted.covers * np.prod(extent_mm / spacing):
        spacing[spacing < STEP * spacing.min()] *= STEP
    return tuple(round(float(value), 6) for value in spacing)


def patch_size(spacing_mm: tuple[float, ...], extent_mm: np.ndarray, wanted: Wanted) -> tuple[int, ...]:
    """The typical volume, its longest side in millimetres shortened until it has no more voxels than wanted."""
    patch = np.maximum(np.round(extent_mm / np.array(spacing_mm)), 1).astype(int)
    while np.prod(patch) > wanted.patch**3:
        patch[int((patch * spacing_mm * (patch > 1)).argmax())] -= 1
    return tuple(int(n) for n in patch)


def pooling_of(
    patch: tuple[int, ...], spacing_mm: tuple[float, ...], poolings: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """For each level the factor of each axis, and the patch rounded up to what these divide.

    An axis rests while it is much coarser than the finest, and once it would be smaller than 4 pixels.

    Example:
        >>> pooling_of((16, 64, 64), (5.0, 0.5, 0.5), 4)[0]
        ((1, 2, 2), (1, 2, 2), (1, 2, 2), (2, 2, 2))
    """
    size, spacing = np.array(patch, float), np.array(spacing_mm, float)
    levels: list[tuple[int, ...]] = []
    for _ in range(poolings):
        able = size / 2 >= SMALLEST_EDGE
        finest = spacing[able].min() if able.any() else 0.0
        halved = able & (spacing < UNEVEN * finest)
        if not halved.any():
            break
        factors = np.where(halved, 2, 1)
        size, spacing = size / factors, spacing * factors
        levels.append(tuple(int(f) for f in factors))
    total = np.prod(np.array(levels, int).reshape(-1, len(patch)), axis=0).astype(int)
    return tuple(levels), tuple(int(-(-n // t) * t) for n, t in zip(patch, total, strict=True))
