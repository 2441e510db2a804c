"""Linear probes: what a simple classifier reads from frozen features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyclinic.metrics.bootstrap import Floats

MOST_ITERATIONS = 2000


def linear_probe(
    features_NE: NDArray[Any], known_NK: NDArray[Any], asked_ME: NDArray[Any], *, strength: float = 1.0
) -> Floats:
    """Logistic regression on standardised features, one for each label by itself.

    Args:
        known_NK: 1, 0, or NaN where it is not known.
        asked_ME: features of the items to judge.
        strength: inverse of the penalty on squared weights.

    Returns:
        (M, K) probabilities; the share of ones where the known labels are all the same, NaN where none is known.

    Example:
        >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
        >>> linear_probe(x, np.array([[0], [0], [1], [1]]), x)[:, 0].round().tolist()
        [0.0, 0.0, 1.0, 1.0]
    """
    from sklearn.linear_model import LogisticRegression

    middle, spread = features_NE.mean(0), features_NE.std(0) + 1e-6
    known, asked = (features_NE - middle) / spread, (asked_ME - middle) / spread
    judged = np.full((len(asked_ME), known_NK.shape[1]), np.nan)
    for k, labels_N in enumerate(known_NK.T.astype(np.float64)):
        there = ~np.isnan(labels_N)
        values = labels_N[there]
        if len(np.unique(values)) < 2:
            judged[:, k] = values.mean() if len(values) else np.nan
            continue
        fitted = LogisticRegression(C=strength, max_iter=MOST_ITERATIONS).fit(known[there], values)
        judged[:, k] = fitted.predict_proba(asked)[:, 1]
    return judged
