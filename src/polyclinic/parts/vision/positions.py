"""Fixed positions of the places of a grid, in any number of dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

SLOWEST = 10_000.0


def sinusoids(shape: Sequence[int], width: int) -> Tensor:
    """A vector (N, width) for each place of a grid, row by row: sines and cosines of its steps along each axis.

    The axes share the channels evenly, in pairs of a sine and a cosine; what is over is cut off.

    Source:
        arXiv 1706.03762, section 3.5, each axis by itself.

    Example:
        >>> [round(value, 4) for value in sinusoids((2,), 2)[1].tolist()]  # sine and cosine of one
        [0.8415, 0.5403]
    """
    pairs = math.ceil(width / (2 * len(shape)))
    speed_E = SLOWEST ** -(torch.arange(pairs) / pairs)
    axes = []
    for axis, steps in enumerate(shape):
        angle_NE = torch.arange(steps)[:, None] * speed_E
        waves_NE = torch.stack([angle_NE.sin(), angle_NE.cos()], -1).flatten(1)
        along = [1] * len(shape)
        along[axis] = steps
        axes.append(waves_NE.reshape(*along, -1).expand(*shape, -1))
    return torch.cat(axes, -1).flatten(0, -2)[:, :width]
