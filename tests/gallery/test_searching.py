import sys

import numpy as np
import pytest

from polyclinic.errors import UnsupportedError
from polyclinic.gallery import searching
from polyclinic.gallery.searching import search
from polyclinic.metrics.neighbours import nearest


def clustered(count, width=32):
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(300, width))
    vectors = (centres[rng.integers(300, size=count)] + rng.normal(0, 0.6, (count, width))).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_many_vectors_keep_their_recall():
    pytest.importorskip("faiss", reason="the extra `search` is not installed")
    vectors = clustered(60_100)
    items, queries = vectors[:60_000], vectors[60_000:]
    exact, found = nearest(items, queries, 10)[0], search(items, queries, 10)[0]
    recall = np.mean([len({*a} & {*b}) / 10 for a, b in zip(exact, found, strict=True)])
    assert 0.95 <= recall <= 1


def test_without_faiss_many_need_exact(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setattr(searching, "MOST_EXACT", 50)
    vectors = clustered(60)
    with pytest.raises(UnsupportedError, match="needs FAISS") as caught:
        search(vectors, vectors[:2], 3)
    assert "polyclinic[search]" in caught.value.hint
    np.testing.assert_array_equal(search(vectors, vectors[:2], 1, exact=True)[0][:, 0], [0, 1])
    assert search(vectors[:2], vectors[:1], 10)[0].shape == (1, 2)
