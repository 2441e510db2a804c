"""Visits of one subject in the order of their times: days from the first, and a link to the one before."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable

from polyclinic.study import Image, Study


def in_order(studies: Iterable[Study]) -> list[Study]:
    """Studies by subject (in order of first appearance) and time, with `prior` links.

    Times count from the subject's first visit. A Study without a time stays behind those with one and has
    no prior; of several at one time each has the visit before that time.
    """
    subjects: dict[str, list[Study]] = defaultdict(list)
    for study in studies:
        subjects[study.subject].append(study)
    return [study for visits in subjects.values() for study in _linked(visits)]


def _linked(visits: list[Study]) -> list[Study]:
    times = [when for when in map(_time, visits) if when is not None]
    if not times:
        return visits
    first = min(times)
    ordered = sorted(visits, key=lambda study: (_time(study) is None, _time(study) or 0.0))
    linked: list[Study] = []
    before: Study | None = None
    for study in ordered:
        if linked and _time(study) != _time(ordered[len(linked) - 1]):
            before = ordered[len(linked) - 1]
        known = _time(study) is not None
        prior = before.id if before is not None and known else study.prior
        linked.append(dataclasses.replace(study, images=_shifted(study, first), prior=prior))
    return linked


def _shifted(study: Study, first: float) -> tuple[Image, ...]:
    return tuple(
        image if image.time_days is None else dataclasses.replace(image, time_days=image.time_days - first)
        for image in study.images
    )


def _time(study: Study) -> float | None:
    return next((image.time_days for image in study.images if image.time_days is not None), None)
