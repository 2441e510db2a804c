"""Maps under boxes: RoIAlign in plain tensors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.errors import ShapeError


def roi_align(map_BEYX: Tensor, boxes_R4: Tensor, item_R: Tensor, *, stride: int, size: int, samples: int) -> Tensor:
    """What lies under each box, on a grid of `size` x `size` cells, each the mean of `samples` squared points.

    Args:
        boxes_R4: y0, x0, y1, x1 in pixels of the image, from edge to edge of the pixels they cover.
        item_R: which item of the batch a box belongs to.
        stride: pixels of the image to one place of the map.

    Returns:
        (R, E, size, size). Points beyond the border take the nearest place's value.

    Raises:
        ShapeError: boxes and items do not pair.

    Source:
        arXiv 1703.06870, section 3, with the half-place shift of later practice ("aligned"). Differs: points more
        than a place outside the map count as the border instead of zero.

    Example:
        >>> ramp = torch.arange(4.0).expand(1, 1, 4, 4)  # a place's value is its column
        >>> whole = torch.tensor([[0.0, 0.0, 4.0, 4.0]])
        >>> roi_align(ramp, whole, torch.tensor([0]), stride=1, size=2, samples=2)[0, 0, 0].tolist()
        [0.5, 2.5]
    """
    if boxes_R4.shape != (len(item_R), 4):
        raise ShapeError(f"expected ({len(item_R)}, 4) numbers for {len(item_R)} boxes, got {tuple(boxes_R4.shape)}")
    grid_RYX2 = _points(boxes_R4 / stride, size * samples, map_BEYX)
    sampled_REYX = map_BEYX.new_empty(len(item_R), map_BEYX.shape[1], size, size)
    # One call for all boxes of an item: the map itself is never copied.
    for item in sorted(set(item_R.tolist())):
        rows = (item_R == item).nonzero()[:, 0]
        grid_1YX2 = grid_RYX2[rows].flatten(0, 1)[None]
        flat_1EYX = F.grid_sample(map_BEYX[item : item + 1], grid_1YX2, padding_mode="border", align_corners=False)
        cells_1EYX = F.avg_pool2d(flat_1EYX, samples)
        cells_EPYX = cells_1EYX.reshape(-1, len(rows), size, size)
        sampled_REYX = sampled_REYX.index_copy(0, rows, cells_EPYX.transpose(0, 1))
    return sampled_REYX


def _points(boxes_R4: Tensor, count: int, map_BEYX: Tensor) -> Tensor:
    """Points evenly inside boxes, as x and y between -1 and 1 from edge to edge of the map."""
    height, width = map_BEYX.shape[2:]
    boxes_R4 = boxes_R4.to(map_BEYX.dtype)
    part_N = (torch.arange(count, device=boxes_R4.device, dtype=boxes_R4.dtype) + 0.5) / count
    y0, x0, y1, x1 = boxes_R4[:, :, None].unbind(1)
    y_RN = (y0 + (y1 - y0) * part_N) * 2 / height - 1
    x_RN = (x0 + (x1 - x0) * part_N) * 2 / width - 1
    shape = (len(boxes_R4), count, count)
    return torch.stack([x_RN[:, None].expand(shape), y_RN[:, :, None].expand(shape)], dim=-1)
