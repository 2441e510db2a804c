"""Retrieval: where the right item stands when all are ordered by similarity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ShapeError


def places(similarity: NDArray[Any]) -> NDArray[np.int64]:
    """For each query (row), how many items are more similar than its own, and how many others are equally so.

    Args:
        similarity: (queries, items); query i's own item is item i.

    Returns:
        (queries, 2).

    Example:
        >>> places(np.array([[0.9, 0.1], [0.8, 0.2]])).tolist()
        [[0, 0], [1, 0]]
    """
    if similarity.ndim != 2 or similarity.shape[0] != similarity.shape[1]:
        raise ShapeError(f"expected a square matrix of similarities, got {similarity.shape}")
    own = np.diagonal(similarity)[:, None]
    return np.stack([(similarity > own).sum(1), (similarity == own).sum(1) - 1], axis=1)


def recall_at(k: int, place: NDArray[np.int64]) -> NDArray[np.float64]:
    """Chance that each query's own item is among the first k, ties broken at random.

    Args:
        place: what `places` gave, (queries, 2).

    Example:
        >>> recall_at(1, np.array([[0, 0], [0, 3], [2, 0]])).tolist()
        [1.0, 0.25, 0.0]
    """
    ahead, equal = place[:, 0], place[:, 1]
    return np.clip((k - ahead) / (equal + 1), 0, 1).astype(np.float64)


def precision_recall_at(k: int, similarity: NDArray[Any], relevant: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Of the k most similar items, the share that is relevant, and which share of all relevant ones that is.

    Args:
        similarity: (queries, items); `relevant` likewise says which items answer which query.

    Returns:
        (queries, 2); the recall is NaN for a query that nothing answers.

    Example:
        >>> precision_recall_at(2, np.array([[0.9, 0.5, 0.1]]), np.array([[True, False, True]])).tolist()
        [[0.5, 0.5]]
    """
    if similarity.shape != relevant.shape or similarity.ndim != 2:
        raise ShapeError(f"expected two matrices of one size, got {similarity.shape} and {relevant.shape}")
    first = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    right = np.take_along_axis(relevant, first, 1).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([right / first.shape[1], right / relevant.sum(1)], axis=1)
