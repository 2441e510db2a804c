"""Memory-flat encoding: a large batch encoded in chunks whose inner activations are made again on the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint


def in_chunks(encode: Callable[[Any], Any], inputs: Any, size: int | None) -> Any:
    """`encode(inputs)` without holding more than one chunk's activations at a time.

    Args:
        encode: from a tensor or a tuple of tensors, first axis the batch, to the same; row by row independent.
        inputs: the whole batch.
        size: rows a chunk; None encodes all at once and keeps everything.

    Returns:
        The whole batch's outputs. Value and gradient are those of one pass; each chunk is computed twice.

    Source:
        arXiv 2101.06983, section 3: the gradient of a contrastive loss with respect to the vectors is all that the
        way back through a chunk needs.
    """
    rows = len(_first(inputs))
    if size is None or size >= rows:
        return encode(inputs)
    outputs = [
        checkpoint(encode, _rows(inputs, start, start + size), use_reentrant=False)
        if torch.is_grad_enabled()
        else encode(_rows(inputs, start, start + size))
        for start in range(0, rows, size)
    ]
    return _joined(outputs)


def _first(tree: Any) -> Tensor:
    if isinstance(tree, Tensor):
        return tree
    return _first(tree[0])


def _rows(tree: Any, start: int, stop: int) -> Any:
    if isinstance(tree, Tensor):
        return tree[start:stop]
    return _like(tree, [None if part is None else _rows(part, start, stop) for part in tree])


def _joined(trees: list[Any]) -> Any:
    if isinstance(trees[0], Tensor):
        return torch.cat(trees)
    parts = zip(*trees, strict=True)
    return _like(trees[0], [None if part[0] is None else _joined(list(part)) for part in parts])


def _like(tree: Any, parts: list[Any]) -> Any:
    """A tuple of the same class: named ones take their fields one by one."""
    return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
