"""Nearest neighbours of unit vectors: exact search in blocks, and what the neighbours vote for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import ShapeError
from polyclinic.metrics.bootstrap import Floats

BLOCK = 8192
TEMPERATURE = 0.07


def nearest(
    items_NE: NDArray[Any], queries_QE: NDArray[Any], k: int, *, block: int = BLOCK
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The k items most similar to each query, best first; equal ones in the items' order.

    Only one block of items is held as float32 at a time, so a memory-mapped array is never read whole.

    Returns:
        Places (Q, k) and similarities (Q, k); fewer columns where there are fewer items.

    Raises:
        ShapeError: vectors of different widths.

    Example:
        >>> nearest(np.array([[1.0, 0], [0, 1], [0.6, 0.8]]), np.array([[0.0, 1]]), 2)[0].tolist()
        [[1, 2]]
    """
    if items_NE.ndim != 2 or queries_QE.ndim != 2 or items_NE.shape[1] != queries_QE.shape[1]:
        raise ShapeError(f"expected vectors of one width, got {items_NE.shape} and {queries_QE.shape}")
    queries = np.asarray(queries_QE, np.float32)
    places = np.zeros((len(queries), 0), np.intp)
    found = np.zeros((len(queries), 0), np.float32)
    for start in range(0, len(items_NE), block):
        new = queries @ np.asarray(items_NE[start : start + block], np.float32).T
        here = np.broadcast_to(np.arange(start, start + new.shape[1]), new.shape)
        places, found = np.concatenate([places, here], 1), np.concatenate([found, new], 1)
        best = np.argsort(-found, axis=1, kind="stable")[:, :k]
        places, found = np.take_along_axis(places, best, 1), np.take_along_axis(found, best, 1)
    return places, found


def nearest_vote(
    features_NE: NDArray[Any],
    known_NK: NDArray[Any],
    asked_ME: NDArray[Any],
    *,
    k: int = 20,
    temperature: float = TEMPERATURE,
) -> Floats:
    """The share of votes for each label among the k nearest, each weighing exp(cosine / temperature).

    Args:
        known_NK: 1, 0, or NaN where it is not known; such a neighbour does not vote on that label.

    Returns:
        (M, K); NaN where no neighbour knows the label.

    Source:
        arXiv 1805.01978, section 3.4.
    """
    places_MQ, cosine_MQ = nearest(_unit(features_NE), _unit(asked_ME), k)
    weights_MQ1 = np.exp((cosine_MQ - cosine_MQ.max(1, keepdims=True)) / temperature, dtype=np.float64)[..., None]
    votes_MQK = np.asarray(known_NK, np.float64)[places_MQ]
    there_MQK = ~np.isnan(votes_MQK)
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = np.where(there_MQK, votes_MQK * weights_MQ1, 0).sum(1) / (there_MQK * weights_MQ1).sum(1)
    return share


def _unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    array = np.asarray(rows, np.float32)
    unit: NDArray[np.float32] = array / np.maximum(np.linalg.norm(array, axis=1, keepdims=True), 1e-12)
    return unit
