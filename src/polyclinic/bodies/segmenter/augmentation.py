"""Augmentation of patches, in two and three dimensions: move, blur, change greys, lower the resolution.

A patch is cut and moved in one step, from no more than the pixels it needs. Chances and ranges are nnU-Net's.

Source:
    arXiv 1904.08128, online methods and its supplement (data augmentation). Differs: each draw serves all channels,
    and mirroring is left out along axes that tell left from right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from polyclinic.bodies.segmenter.plan import ANISOTROPIC, Plan
from polyclinic.bodies.segmenter.resampling import resized

Range = tuple[float, float]
EPS = 1e-6


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a patch; a chance of 0 leaves a thing out.

    Args:
        mirror: chance for each axis that the plan lets be mirrored.
        turn: chance of a turn of up to `degrees` either way; `zoom` chance of a `scale`.
        noise: chance of Gaussian noise whose variance is drawn up to `variance`.
        blur: chance of a Gaussian blur of a `sigma` in pixels.
        shade: chance of a factor on the greys, and that of one on their distance from the mean, within `shades`.
        low: chance that a patch is shrunk by a factor in `shrink` and enlarged again.
        gamma: chance of a gamma curve with an exponent in `exponents`.
    """

    mirror: float = 0.5
    turn: float = 0.2
    degrees: float = 30.0
    zoom: float = 0.2
    scale: Range = (0.7, 1.4)
    noise: float = 0.1
    variance: float = 0.1
    blur: float = 0.2
    sigma: Range = (0.5, 1.0)
    shade: float = 0.15
    shades: Range = (0.75, 1.25)
    low: float = 0.25
    shrink: Range = (0.5, 1.0)
    gamma: float = 0.3
    exponents: Range = (0.7, 1.5)

    def matrix(self, plan: Plan, rng: np.random.Generator) -> NDArray[np.float64]:
        """From a step in the patch to one in the image, in pixels."""
        axes = plan.dimensions
        made = np.eye(axes)
        if rng.random() < self.turn:
            made = _turned(plan, np.radians(rng.uniform(-self.degrees, self.degrees, 3))) @ made
        if rng.random() < self.zoom:
            made = made / rng.uniform(*self.scale)
        for axis in plan.mirrors:
            if rng.random() < self.mirror:
                made[:, axis] *= -1
        return made

    def greys(self, image_CX: Tensor, rng: np.random.Generator) -> Tensor:
        """The patch with other greys, noise and sharpness."""
        if rng.random() < self.noise:
            noise = rng.standard_normal(tuple(image_CX.shape), np.float32) * math.sqrt(rng.uniform(0, self.variance))
            image_CX = image_CX + torch.from_numpy(noise)
        if rng.random() < self.blur:
            image_CX = blurred(image_CX, rng.uniform(*self.sigma))
        if rng.random() < self.shade:
            image_CX = image_CX * rng.uniform(*self.shades)
        if rng.random() < self.shade:
            image_CX = _contrasted(image_CX, rng.uniform(*self.shades))
        if rng.random() < self.low:
            image_CX = _coarse(image_CX, rng.uniform(*self.shrink))
        if rng.random() < self.gamma:
            image_CX = _curved(image_CX, rng.uniform(*self.exponents))
        return image_CX


UNCHANGED = Augmentation(mirror=0, turn=0, zoom=0, noise=0, blur=0, shade=0, low=0, gamma=0)


def _turned(plan: Plan, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """A turn in millimetres, as steps in pixels; about z alone where z is much coarser than the plane."""
    if plan.dimensions == 2:
        return _about(angles[0], 2, 0, 1)
    spacing = np.array(plan.spacing_mm or (1.0,) * 3)
    turn = _about(angles[0], 3, 1, 2)
    if spacing.max() <= ANISOTROPIC * spacing.min():
        turn = turn @ _about(angles[1], 3, 0, 2) @ _about(angles[2], 3, 0, 1)
    return np.diag(1 / spacing) @ turn @ np.diag(spacing)


def _about(angle: float, axes: int, a: int, b: int) -> NDArray[np.float64]:
    turn = np.eye(axes)
    turn[a, a] = turn[b, b] = math.cos(angle)
    turn[a, b], turn[b, a] = -math.sin(angle), math.sin(angle)
    return turn


def cut(
    arrays: Sequence[NDArray[np.generic]],
    centre: NDArray[np.float64],
    patch: Sequence[int],
    matrix: NDArray[np.float64],
    linear: Sequence[bool],
) -> list[Tensor]:
    """A patch (C, *patch) of each array (C, [z,] y, x), zero where it leaves the image.

    Where it is at most mirrored, whole pixels are taken as they are.

    Args:
        arrays: of one grid.
        centre: of the patch in pixels of the image.
        matrix: from steps in the patch to steps in the image.
        linear: whether an array is interpolated; else its nearest pixel is taken, as labels need.
    """
    if np.array_equal(np.abs(matrix), np.eye(len(patch))):
        start = np.round(centre - (np.array(patch) - 1) / 2).astype(int)
        mirrored = [int(axis) + 1 for axis in np.flatnonzero(matrix.diagonal() < 0)]
        return [_window(array, start, patch).flip(mirrored) for array in arrays]
    reach = np.abs(matrix) @ ((np.array(patch) - 1) / 2)
    low = np.floor(centre - reach).astype(int)
    size = np.ceil(centre + reach).astype(int) - low + 1
    steps = [torch.arange(n, dtype=torch.float32) - (n - 1) / 2 for n in patch]
    offsets_XA = torch.stack(torch.meshgrid(*steps, indexing="ij"), dim=-1)
    places_XA = offsets_XA @ torch.from_numpy(matrix.T).float() + torch.from_numpy(centre - low).float()
    grid_XA = ((2 * places_XA + 1) / torch.from_numpy(size).float() - 1).flip(-1)[None]
    sources = [_window(array, low, size) for array in arrays]
    modes = ["bilinear" if smooth else "nearest" for smooth in linear]
    return [
        F.grid_sample(source[None], grid_XA, mode=mode, align_corners=False)[0]
        for source, mode in zip(sources, modes, strict=True)
    ]


def _window(array: NDArray[np.generic], start: NDArray[np.int_], size: Sequence[int] | NDArray[np.int_]) -> Tensor:
    """Part of an array (C, ...), zero where it leaves the array."""
    shape = array.shape[1:]
    stop = [int(s) + int(n) for s, n in zip(start, size, strict=True)]
    inside = tuple(slice(max(int(s), 0), max(min(e, n), 0)) for s, e, n in zip(start, stop, shape, strict=True))
    made = torch.zeros(len(array), *(int(n) for n in size))
    if all(part.stop > part.start for part in inside):
        to = tuple(slice(p.start - int(s), p.stop - int(s)) for p, s in zip(inside, start, strict=True))
        made[:, *to] = torch.from_numpy(array[:, *inside])
    return made


def blurred(image_CX: Tensor, sigma: float) -> Tensor:
    """Gaussian blur, one axis after the other, edges repeated."""
    radius = max(round(3 * sigma), 1)
    steps = torch.arange(-radius, radius + 1, dtype=torch.float32)
    weights = torch.exp(-0.5 * (steps / sigma) ** 2)
    weights = weights / weights.sum()
    for axis in range(1, image_CX.ndim):
        image_CX = _along(image_CX, weights, radius, axis)
    return image_CX


def _along(image_CX: Tensor, weights: Tensor, radius: int, axis: int) -> Tensor:
    """Shifted copies, weighted and added: for a few taps this beats a convolution of one channel."""
    length = image_CX.shape[axis]
    at = torch.arange(-radius, length + radius).clamp(0, length - 1)
    padded = image_CX.index_select(axis, at)
    made = torch.zeros_like(image_CX)
    for tap, weight in enumerate(weights.tolist()):
        made.add_(padded.narrow(axis, tap, length), alpha=weight)
    return made


def _contrasted(image_CX: Tensor, factor: float) -> Tensor:
    axes = tuple(range(1, image_CX.ndim))
    mean, low, high = image_CX.mean(axes, True), image_CX.amin(axes, True), image_CX.amax(axes, True)
    return ((image_CX - mean) * factor + mean).clamp(low, high)


def _coarse(image_CX: Tensor, factor: float) -> Tensor:
    shape = tuple(image_CX.shape[1:])
    small = tuple(max(round(n * factor), 1) for n in shape)
    nearest = F.interpolate(image_CX[None], small, mode="nearest")[0]
    return resized(nearest, shape)


def _curved(image_CX: Tensor, exponent: float) -> Tensor:
    """A gamma curve between the patch's extremes, then its mean and spread as they were."""
    axes = tuple(range(1, image_CX.ndim))
    low, high = image_CX.amin(axes, True), image_CX.amax(axes, True)
    made = ((image_CX - low) / (high - low + EPS)).pow(exponent)
    spread, wanted = made.std(axes, correction=0, keepdim=True), image_CX.std(axes, correction=0, keepdim=True)
    return (made - made.mean(axes, True)) / (spread + EPS) * wanted + image_CX.mean(axes, True)
