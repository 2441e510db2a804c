"""Studies narrowed down to some of what is drawn on them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable

from polyclinic.study import Study


def showing(studies: Iterable[Study], names: Collection[str]) -> list[Study]:
    """Studies with the regions of these names alone; those that have none of them are left out."""
    kept = ((study, tuple(region for region in study.regions if region.name in names)) for study in studies)
    return [dataclasses.replace(study, regions=regions) for study, regions in kept if regions]
