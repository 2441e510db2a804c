"""Whole images through a network of patches, in bounded memory: windows, blending, the way back, the decision.

Windows go along the first axis, and a plane that no window will touch again is decided at once: only a slab as
thick as a patch is ever held for all classes. Planes are brought to the input's grid one by one, and their logits
there only along borders or for some classes at a time: at full resolution memory does not grow with the classes.

Source:
    arXiv 1904.08128, online methods (inference: windows that overlap by half, Gaussian weights, mirrored copies).
    Differs: logits are interpolated, and never held for the whole volume.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise, product
from math import ceil
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from polyclinic.bodies.segmenter.leaders import labels_between, led

Plane = TypeVar("Plane")
Predict = Callable[[Tensor], Tensor]
Shape3 = tuple[int, int, int]
SIGMA_SHARE = 1 / 8
FLATTEST = 1e-3


@dataclass(frozen=True)
class Inference:
    """How whole images are drawn.

    Args:
        overlap: share of a window that the next one covers again.
        windows: that the network is given at once.
        flips: whether each window is also seen mirrored along every axis that may be, and the logits averaged.
        largest: whether only the largest connected piece of each class is kept.
        classes: that are brought to full resolution at once, where they overlap.
    """

    overlap: float = 0.5
    windows: int = 4
    flips: bool = False
    largest: bool = False
    classes: int = 8


@dataclass(frozen=True)
class Decided:
    """What was decided for each pixel of a volume, and each class's highest probability (K,).

    Args:
        pixels: labels (z, y, x), or masks (K, z, y, x) where classes overlap.
    """

    pixels: NDArray[np.uint8] | NDArray[np.bool_]
    scores: NDArray[np.float32]

    def mask(self, k: int) -> NDArray[np.bool_]:
        """The mask of a class (z, y, x)."""
        if self.pixels.ndim == 4:
            return self.pixels[k].astype(bool)
        found: NDArray[np.bool_] = self.pixels == k + 1
        return found


def with_flips(predict: Predict, axes: Sequence[int]) -> Predict:
    """Logits averaged over all mirrored copies of the input along `axes`, counted behind batch and channel."""
    sets = list(chain.from_iterable(combinations([axis + 2 for axis in axes], n) for n in range(len(axes) + 1)))

    def averaged(window_BCX: Tensor) -> Tensor:
        total = predict(window_BCX)
        for dims in sets[1:]:
            total = total + predict(window_BCX.flip(dims)).flip(dims)
        return total / len(sets)

    return averaged


def starts(length: int, patch: int, overlap: float) -> list[int]:
    """Where windows begin so that they cover an axis evenly.

    Example:
        >>> starts(10, 4, 0.5)
        [0, 2, 4, 6]
    """
    free = length - patch
    count = ceil(free / max(patch * (1 - overlap), 1)) + 1
    return [round(free * i / (count - 1)) for i in range(count)] if count > 1 else [0]


def gaussian(patch: Sequence[int]) -> Tensor:
    """Weights of a window: one in its middle, and nowhere nothing."""
    weight = torch.ones(())
    for n in patch:
        steps = torch.arange(n, dtype=torch.float32) - (n - 1) / 2
        weight = weight[..., None] * torch.exp(-0.5 * (steps / (n * SIGMA_SHARE)) ** 2)
    return weight.clamp(min=FLATTEST)


def planes(predict: Predict, image_CZYX: Tensor, patch: Shape3, settings: Inference) -> Iterator[Tensor]:
    """Blended logits (K, y, x) of a volume, plane after plane along z.

    Args:
        predict: windows (B, C, *patch) to logits (B, K, *patch).
        image_CZYX: at least one voxel along each axis; it is padded where it is smaller than a patch.
    """
    whole, before = padded(image_CZYX, patch)
    begin = [starts(n, p, settings.overlap) for n, p in zip(whole.shape[1:], patch, strict=True)]
    weight = gaussian(patch)
    sums: Tensor | None = None
    counts = torch.zeros(patch[0], *whole.shape[2:])
    valid = range(before[0], before[0] + image_CZYX.shape[1])
    crop = tuple(slice(b, b + n) for b, n in zip(before[1:], image_CZYX.shape[2:], strict=True))
    for z, following in zip(begin[0], [*begin[0][1:], whole.shape[1]], strict=True):
        for places in _chunks(list(product(begin[1], begin[2])), settings.windows):
            cuts = [whole[:, z : z + patch[0], y : y + patch[1], x : x + patch[2]] for y, x in places]
            logits = predict(torch.stack(cuts)).float().cpu()
            if sums is None:
                sums = torch.zeros(logits.shape[1], *counts.shape)
            for each, (y, x) in zip(logits, places, strict=True):
                sums[:, :, y : y + patch[1], x : x + patch[2]].addcmul_(each, weight)
                counts[:, y : y + patch[1], x : x + patch[2]] += weight
        assert sums is not None  # there is at least one window
        done = following - z
        yield from ((sums[:, i] / counts[i])[:, *crop] for i in range(done) if z + i in valid)
        _advance(sums, counts, done)


def _advance(sums: Tensor, counts: Tensor, done: int) -> None:
    """Move what is not finished to the front, plane by plane, so that nothing is copied aside."""
    depth = counts.shape[0]
    for z in range(depth):
        if z + done < depth:
            sums[:, z] = sums[:, z + done]
            counts[z] = counts[z + done]
        else:
            sums[:, z] = 0
            counts[z] = 0


def padded(image_CZYX: Tensor, patch: Shape3) -> tuple[Tensor, tuple[int, int, int]]:
    """A volume of at least a patch's size, zeros on both sides where it lacks some, and how many stand before it."""
    lacking = [max(p - n, 0) for n, p in zip(image_CZYX.shape[1:], patch, strict=True)]
    before = (lacking[0] // 2, lacking[1] // 2, lacking[2] // 2)
    sides = [side for b, n in zip(reversed(before), reversed(lacking), strict=True) for side in (b, n - b)]
    return (F.pad(image_CZYX, sides) if any(lacking) else image_CZYX), before


def _chunks(places: list[tuple[int, int]], size: int) -> Iterator[list[tuple[int, int]]]:
    for start in range(0, len(places), size):
        yield places[start : start + size]


def decided(
    planes_KYX: Iterable[Tensor], shape_in: Shape3, shape_out: Shape3, *, overlapping: bool, classes: int
) -> Decided:
    """Planes of logits to labels or masks on another grid.

    Args:
        planes_KYX: that make up `shape_in`, along z.
        overlapping: masks where a logit is positive; else the label of the largest logit.
        classes: brought to full resolution at once, where they overlap.
    """
    best: list[Tensor] = []

    def noted() -> Iterator[Tensor]:
        for plane_KYX in planes_KYX:
            best.append(_highest(plane_KYX, overlapping=overlapping))
            yield plane_KYX

    depths = shape_in[0], shape_out[0]
    pixels = _masks(noted(), depths, shape_out, classes) if overlapping else _labels(noted(), depths, shape_out)
    scores = torch.stack(best).amax(0).numpy()
    return Decided(pixels, scores if overlapping else scores[1:])


def _labels(planes_KYX: Iterable[Tensor], depths: tuple[int, int], shape: Shape3) -> NDArray[np.uint8]:
    made = np.zeros(shape, np.uint8)
    for z, low, high, share in _between(map(led, planes_KYX), *depths):
        made[z] = labels_between(low, high, share, shape[1:])
    return made


def _masks(planes_KYX: Iterable[Tensor], depths: tuple[int, int], shape: Shape3, classes: int) -> NDArray[np.bool_]:
    made: NDArray[np.bool_] | None = None
    for z, low, high, share in _between(planes_KYX, *depths):
        if made is None:
            made = np.zeros((len(low), *shape), bool)
        for first in range(0, len(low), classes):
            part = slice(first, first + classes)
            mixed = high[part] if share == 1 else torch.lerp(low[part], high[part], share)
            if tuple(mixed.shape[1:]) != shape[1:]:
                mixed = F.interpolate(mixed[None], shape[1:], mode="bilinear", align_corners=False)[0]
            made[part, z] = (mixed > 0).numpy()
    assert made is not None  # an image has at least one plane
    return made


def _between(planes: Iterable[Plane], depth: int, depth_out: int) -> Iterator[tuple[int, Plane, Plane, float]]:
    """For each plane of the output the two planes around it, and the share of the upper one."""
    given = iter(planes)
    first = next(given)
    z = 0
    for number, (low, high) in enumerate(pairwise(chain([first, first], given))):
        while z < depth_out:
            at = min(max((z + 0.5) * depth / depth_out - 0.5, 0.0), depth - 1.0)
            if at > number:
                break
            yield z, low, high, at - number + 1
            z += 1


def _highest(plane_KYX: Tensor, *, overlapping: bool) -> Tensor:
    """The highest probability of each class in a plane."""
    flat = plane_KYX.flatten(1)
    return flat.amax(1).sigmoid() if overlapping else flat.softmax(0).amax(1)


def largest_piece(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest piece that hangs together by faces."""
    from scipy.ndimage import label

    pieces, count = label(mask)
    if count < 2:
        return mask
    found: NDArray[np.bool_] = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    return found


def touched_pieces(mask: NDArray[np.bool_], at: Sequence[tuple[int, ...]]) -> NDArray[np.bool_]:
    """The pieces that hold one of the pixels `at`, ([z,] y, x)."""
    from scipy.ndimage import label

    pieces, _ = label(mask)
    inside = [place for place in at if all(0 <= p < n for p, n in zip(place, mask.shape, strict=True))]
    chosen = {int(pieces[place]) for place in inside} - {0}
    found: NDArray[np.bool_] = np.isin(pieces, list(chosen))
    return found
