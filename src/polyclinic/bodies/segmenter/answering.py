"""From what was decided for each pixel to the Regions that answer prompts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from polyclinic.bodies.segmenter.inference import Decided, largest_piece, touched_pieces
from polyclinic.errors import UsageError
from polyclinic.study import Mask, Region

Bools = NDArray[np.bool_]


def answered(
    decided: Decided,
    prompts: Sequence[str | Region],
    names: Sequence[str],
    kinds: Sequence[str | None],
    *,
    largest: bool,
    volume: bool,
) -> list[Region]:
    """A Region for each prompt, with mask, box and score.

    A Region prompt narrows its class down: to its box, to the pieces that hold one of its points, and to those that
    its mask (a scribble) touches. One without a name stands for everything.

    Args:
        names: what each class of `decided` is called; `kinds` its kind.
        largest: whether only the largest piece of a class counts.
        volume: whether masks have the axis z; a picture's have not.
    """
    masks = [decided.mask(k) if volume else decided.mask(k)[0] for k in range(len(names))]
    kept = [largest_piece(mask) for mask in masks] if largest else masks
    return [_region(kept, decided.scores, prompt, names, kinds) for prompt in prompts]


def _region(
    masks: Sequence[Bools],
    scores: NDArray[np.float32],
    prompt: str | Region,
    names: Sequence[str],
    kinds: Sequence[str | None],
) -> Region:
    name = prompt.name if isinstance(prompt, Region) else prompt
    chosen = [k for k, each in enumerate(names) if not name or each == name]
    mask = np.logical_or.reduce([masks[k] for k in chosen])
    if isinstance(prompt, Region):
        mask = narrowed(mask, prompt)
    kind = kinds[chosen[0]] if name else None
    return Region(name, kind, box=hull(mask), mask=Mask.from_array(mask), score=float(scores[chosen].max()))


def narrowed(mask: Bools, prompt: Region) -> Bools:
    """The part of a mask that a prompt's box, points and scribble mean.

    Raises:
        UsageError: one of them is of another number of axes or another size than the mask.
    """
    _check(prompt, mask.shape)
    if prompt.box is not None:
        mask = mask & _inside(prompt.box, mask.shape)
    at = [tuple(int(v) for v in reversed(point)) for point in prompt.points]
    if prompt.mask is not None:
        at += [tuple(int(v) for v in place) for place in np.argwhere(prompt.array)]
    return touched_pieces(mask, at) if at else mask


def _check(prompt: Region, shape: tuple[int, ...]) -> None:
    axes = len(shape)
    if prompt.box is not None and len(prompt.box) not in (4, 2 * axes):
        raise UsageError(
            f"expected a box of {2 * axes} numbers for an image of {axes} axes, got {len(prompt.box)}",
            hint="x0, y0, x1, y1, or x0, y0, z0, x1, y1, z1 in a volume",
        )
    if wrong := [point for point in prompt.points if len(point) != axes]:
        raise UsageError(
            f"expected points of {axes} numbers for an image of {axes} axes, got {wrong[0]}",
            hint="x, y, and z in a volume, in pixels",
        )
    if prompt.mask is not None and prompt.array.shape != shape:
        raise UsageError(
            f"expected a scribble of the image's shape {shape}, got {prompt.array.shape}",
            hint="draw it on the image itself, not on a copy of another size",
        )


def _inside(box: Sequence[float], shape: tuple[int, ...]) -> Bools:
    """Pixels whose corner lies in a box; one of four numbers goes through all planes of a volume."""
    half = len(box) // 2
    inside = np.ones(shape, bool)
    for number, (low, high) in enumerate(zip(box[:half], box[half:], strict=True)):
        axis = len(shape) - 1 - number
        steps = np.arange(shape[axis])
        along = [1] * len(shape)
        along[axis] = shape[axis]
        inside &= ((steps >= low) & (steps < high)).reshape(along)
    return inside


def hull(mask: Bools) -> tuple[float, ...] | None:
    """x0, y0, [z0,] x1, y1 [, z1] around a mask; None where it is empty.

    Example:
        >>> hull(np.array([[False, True], [False, False]]))
        (1.0, 0.0, 2.0, 1.0)
    """
    if not mask.any():
        return None
    spans = []
    for axis in reversed(range(mask.ndim)):
        others = tuple(a for a in range(mask.ndim) if a != axis)
        filled = np.flatnonzero(mask.any(axis=others))
        spans.append((float(filled[0]), float(filled[-1] + 1)))
    return (*(low for low, _ in spans), *(high for _, high in spans))
