"""Search among vectors: exact up to 50,000, beyond that through FAISS, which looks at a part of them only.

The approximate form is an inverted file: vectors fall into cells by k-means, and a query looks into the nearest
cells. For a single search it is the cheaper choice: a graph answers faster, but takes far longer to build.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import UnsupportedError
from polyclinic.metrics.neighbours import nearest

MOST_EXACT = 50_000
# With sqrt(n) cells, a query looks into this share of them.
LOOKED_INTO = 0.1
ROWS_A_CELL = 64
BLOCK = 65_536
Found = tuple[NDArray[np.intp], NDArray[np.float32]]


def search(items_NE: NDArray[Any], queries_QE: NDArray[Any], k: int, *, exact: bool = False) -> Found:
    """Places and similarities of the k best for each query.

    Args:
        exact: compare with every vector, however many there are.

    Raises:
        UnsupportedError: there are more than 50,000 vectors and FAISS is not installed.
        ShapeError: vectors of different widths.
    """
    k = min(k, len(items_NE))
    if exact or len(items_NE) <= MOST_EXACT or items_NE.shape[1] != queries_QE.shape[1]:
        return nearest(items_NE, queries_QE, k)
    return approximate(items_NE, queries_QE, k)


def approximate(items_NE: NDArray[Any], queries_QE: NDArray[Any], k: int) -> Found:
    """The same by an inverted file."""
    faiss = _faiss()
    count, width = items_NE.shape
    cells = max(round(math.sqrt(count)), 1)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, cells, faiss.METRIC_INNER_PRODUCT)
    step = max(count // (cells * ROWS_A_CELL), 1)
    index.train(np.ascontiguousarray(items_NE[::step], np.float32))
    for start in range(0, count, BLOCK):
        index.add(np.ascontiguousarray(items_NE[start : start + BLOCK], np.float32))
    index.nprobe = max(math.ceil(LOOKED_INTO * cells), 1)
    similarities, places = index.search(np.ascontiguousarray(queries_QE, np.float32), k)
    return places.astype(np.intp), similarities


def _faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise UnsupportedError(
            f"search among more than {MOST_EXACT} vectors needs FAISS",
            hint="pip install 'polyclinic[search]', or search with --exact",
        ) from error
    return faiss
