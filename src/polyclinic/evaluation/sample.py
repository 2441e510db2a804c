"""A part of a collection for a quicker look: whole subjects, drawn by seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polyclinic.errors import UsageError
from polyclinic.study import Study


def of_subjects(studies: Sequence[Study], limit: int | None, seed: int = 0) -> tuple[Study, ...]:
    """The Studies of at most `limit` subjects, in their order; all where there is no limit.

    Raises:
        UsageError: a limit below one.
    """
    if limit is None:
        return tuple(studies)
    if limit < 1:
        raise UsageError(f"--limit: expected at least 1 subject, got {limit}")
    names = sorted({study.subject for study in studies})
    chosen = set(np.random.default_rng(seed).permutation(names)[:limit].tolist())
    return tuple(study for study in studies if study.subject in chosen)
