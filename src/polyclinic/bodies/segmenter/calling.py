"""What is drawn on Studies, asked for in other words than its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from polyclinic.study import Region, Study
from polyclinic.verbs import Segments


def called(system: Segments, studies: Sequence[Study], call: Callable[[Study, str], str]) -> list[list[Region]]:
    """Each name with a mask in a Study's first image, drawn as the system understands what `call` makes of it.

    Returns:
        Regions under the Studies' own names, ready to be held against them.
    """
    names = [sorted({r.name for r in study.regions if r.mask is not None and r.image == 0}) for study in studies]
    asked = [[call(study, name) for name in own] for study, own in zip(studies, names, strict=True)]
    drawn = system.segment(studies, asked)
    return [
        [replace(region, name=name) for name, region in zip(own, regions, strict=True)]
        for own, regions in zip(names, drawn, strict=True)
    ]
