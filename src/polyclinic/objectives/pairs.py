"""What losses over pairs ask of their vectors."""

from __future__ import annotations

import torch
from torch import Tensor

from polyclinic.errors import ShapeError


def checked(image_BE: Tensor, text_BE: Tensor) -> tuple[Tensor, Tensor]:
    """Both, in single precision or better, which sums over a large batch need.

    Args:
        image_BE: vectors; `text_BE` likewise, row by row the images' texts.

    Raises:
        ShapeError: they cannot be pairs.
    """
    if image_BE.ndim != 2 or image_BE.shape != text_BE.shape:
        raise ShapeError(
            f"expected two equal batches of vectors, got {tuple(image_BE.shape)} and {tuple(text_BE.shape)}",
            hint="each image needs its text in the same row, and both need one width",
        )
    kind = torch.promote_types(torch.promote_types(image_BE.dtype, text_BE.dtype), torch.float32)
    return image_BE.to(kind), text_BE.to(kind)
