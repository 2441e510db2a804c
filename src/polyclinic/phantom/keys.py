"""One random stream for each purpose of each visit of each patient, so that nothing depends on the order of work."""

from __future__ import annotations

from typing import Literal

import numpy as np

Purpose = Literal["latents", "anatomy", "lesion", "pose", "film", "text", "outcome", "annotator", "person"]
_NUMBERS: dict[Purpose, int] = {
    "latents": 0,
    "anatomy": 1,
    "lesion": 2,
    "pose": 3,
    "film": 4,
    "text": 5,
    "outcome": 6,
    "annotator": 7,
    "person": 8,
}


def stream(seed: int, patient: int, purpose: Purpose, *more: int) -> np.random.Generator:
    """The generator of one purpose; `more` tells visits, lesions or views apart.

    Example:
        >>> bool(stream(1, 2, "pose", 0).random() == stream(1, 2, "pose", 0).random())
        True
    """
    return np.random.default_rng([seed, patient, _NUMBERS[purpose], *more])
