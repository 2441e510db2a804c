"""Many turns about one image in one row: each turn sees the image and itself, never another turn.

The image's tokens are computed once for all its turns. A row is [image tokens][turn][turn]...; every
turn starts at the same position, so a packed turn gives the same numbers as one alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

Place = tuple[float, float, float, float]
IGNORED = -100


@dataclass(frozen=True)
class Segment:
    """One turn as token ids.

    Args:
        ids: all its tokens.
        learned: index of the first token that is predicted; the ones before it are given.
        sees_image: false for a text that is read on its own.
        places: index of each region token -> its box, in shares of the image's sides.
    """

    ids: tuple[int, ...]
    learned: int
    sees_image: bool = True
    places: tuple[tuple[int, Place], ...] = ()


@dataclass
class Packed:
    """Rows of segments as tensors.

    Args:
        turn_BL: number of the segment each token belongs to, from 1; 0 is padding.
        label_BL: the token itself where it is predicted, else -100.
        position_BL: index within its segment.
        sees_BL: whether the token sees the image.
        spans: (row, start, stop) of each segment, in the order given.
        place_row: row and column of each region token, with its box.
    """

    ids_BL: Tensor
    turn_BL: Tensor
    label_BL: Tensor
    position_BL: Tensor
    sees_BL: Tensor
    spans: list[tuple[int, int, int]] = field(default_factory=list)
    place_at: Tensor = field(default_factory=lambda: torch.zeros(0, 2, dtype=torch.long))
    place_P4: Tensor = field(default_factory=lambda: torch.zeros(0, 4))

    def to(self, device: torch.device) -> Packed:
        """The same on another device."""
        moved: dict[str, Any] = {k: v.to(device) if isinstance(v, Tensor) else v for k, v in vars(self).items()}
        return Packed(**moved)


def pack(rows: Sequence[Sequence[Segment]]) -> Packed:
    """Lay segments out, row by row, padded to the longest row (at least one column)."""
    length = max([1, *(sum(len(segment.ids) for segment in row) for row in rows)])
    ids, turn, position = (torch.zeros(len(rows), length, dtype=torch.long) for _ in range(3))
    label = torch.full((len(rows), length), IGNORED)
    sees = torch.zeros(len(rows), length, dtype=torch.bool)
    packed = Packed(ids, turn, label, position, sees)
    places: list[tuple[int, int]] = []
    boxes: list[Place] = []
    for b, row in enumerate(rows):
        start = 0
        for number, segment in enumerate(row, start=1):
            stop = start + len(segment.ids)
            ids[b, start:stop] = torch.tensor(segment.ids)
            turn[b, start:stop] = number
            position[b, start:stop] = torch.arange(stop - start)
            sees[b, start:stop] = segment.sees_image
            label[b, start + segment.learned : stop] = ids[b, start + segment.learned : stop]
            packed.spans.append((b, start, stop))
            places += [(b, start + at) for at, _ in segment.places]
            boxes += [box for _, box in segment.places]
            start = stop
    packed.place_at = torch.tensor(places, dtype=torch.long).reshape(-1, 2)
    packed.place_P4 = torch.tensor(boxes).reshape(-1, 4)
    return packed


def attention_mask(prefix_BN: Tensor, packed: Packed) -> Tensor:
    """Who may look at whom, (B, 1, N + L, N + L), true where attention is allowed.

    Args:
        prefix_BN: which image tokens there are; they are read from left to right.
    """
    batch, prefix = prefix_BN.shape
    length = packed.ids_BL.shape[1]
    order = torch.arange(prefix + length, device=prefix_BN.device)
    causal_TT = order[:, None] >= order[None]
    same_BLL = packed.turn_BL[:, :, None] == packed.turn_BL[:, None]
    allowed = torch.zeros(batch, prefix + length, prefix + length, dtype=torch.bool, device=prefix_BN.device)
    allowed[:, :prefix, :prefix] = prefix_BN[:, None]
    allowed[:, prefix:, :prefix] = packed.sees_BL[:, :, None] & prefix_BN[:, None]
    allowed[:, prefix:, prefix:] = same_BLL
    allowed &= causal_TT
    allowed |= torch.eye(prefix + length, dtype=torch.bool, device=prefix_BN.device)
    return allowed[:, None]
