"""From mask files to Regions: a mask, classes by value, or one instance a value.

All mask files of one origin (a column, a folder) are looked at together, since one file cannot tell a class
from an instance: a file with three nuclei looks like one with three organs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from polyclinic.errors import PixelError
from polyclinic.layouts.facts import Facts
from polyclinic.layouts.names import region_name
from polyclinic.layouts.valued import values_in
from polyclinic.readers import FileLabels, read_labels
from polyclinic.study import MaskFile, Region

Form = Literal["mask", "classes", "instances"]
MOST_CLASSES = 12
NAMELESS = "foreground"


@dataclass(frozen=True)
class MaskUse:
    """One mask file and the image that it belongs to.

    Args:
        key: the Study that the Region goes to.
        path: relative to the root.
        image: index of the image in the Study.
    """

    key: str
    path: str
    image: int = 0


@dataclass(frozen=True)
class Origin:
    """Where masks come from, and what the table beside them says of their values.

    Args:
        name: the column or folder.
        values: names of the values 1, 2 ...; empty where nobody says.
        counted: what a column `n_<name>` counts; empty where there is none.
        folder: the folder that the files lie in.
    """

    name: str
    values: tuple[str, ...] = ()
    counted: str = ""
    folder: str = ""


@dataclass(frozen=True)
class _Content:
    values: tuple[int, ...]
    flat: bool
    boxes: Mapping[int, tuple[float, ...]]


def regions_of(
    root: Path, origin: Origin, uses: Sequence[MaskUse], facts: Facts
) -> tuple[dict[str, list[Region]], list[str]]:
    """Regions by Study, and what is wrong with a mask, one line each."""
    contents: dict[str, _Content] = {}
    wrong: list[str] = []
    for path in dict.fromkeys(use.path for use in uses):
        try:
            contents[path] = _content(root / path)
        except (PixelError, OSError) as error:
            wrong.append(f"mask {path} is left out: {error}")
    form = _form(origin, list(contents.values()))
    made: dict[str, list[Region]] = defaultdict(list)
    for use in uses:
        if use.path in contents:
            made[use.key] += _regions(root, use, contents[use.path], form, origin, facts)
    return made, wrong


def _content(path: Path) -> _Content:
    from scipy.ndimage import find_objects

    labels = read_labels(path)
    values = values_in(labels, path.name)
    if labels.ndim != 2 or not values or values[0] < 0 or values[-1] > 2**16:
        return _Content(values, labels.ndim == 2, {})
    slices = find_objects(labels.astype(np.int32))
    boxes = {value: _box(slices[value - 1]) for value in values}
    return _Content(values, True, boxes)


def _box(place: tuple[slice, ...]) -> tuple[float, ...]:
    rows, columns = place
    return float(columns.start), float(rows.start), float(columns.stop), float(rows.stop)


def _form(origin: Origin, contents: Sequence[_Content]) -> Form:
    seen = {value for content in contents for value in content.values}
    if origin.values and seen <= set(range(1, len(origin.values) + 1)):
        return "classes"
    if len(seen) <= 1:
        return "mask"
    running = [content.values == tuple(range(1, len(content.values) + 1)) for content in contents if content.values]
    flat, many = all(content.flat for content in contents), len(seen) > MOST_CLASSES
    mostly = sum(running) >= 0.9 * len(running)
    if flat and ((many and mostly) or (origin.counted and (many or mostly))):
        return "instances"
    return "mask" if flat and many else "classes"


def _regions(root: Path, use: MaskUse, content: _Content, form: Form, origin: Origin, facts: Facts) -> list[Region]:
    load = FileLabels(root / use.path)
    told = facts.regions.get(origin.name) or region_name(origin.name, origin.folder)
    if form == "mask":
        name = told or origin.counted or NAMELESS
        mask = MaskFile(use.path, load=load)
        return [Region(name, facts.kind(name), use.image, mask=mask)] if content.values else []
    if form == "instances":
        name = told or origin.counted or NAMELESS
        return [
            Region(name, facts.kind(name), use.image, content.boxes[value], MaskFile(use.path, value, load=load))
            for value in content.values
        ]
    named = {value: _value_name(value, origin, told) for value in content.values}
    return [
        Region(name, facts.kind(name), use.image, mask=MaskFile(use.path, value, load=load))
        for value, name in named.items()
    ]


def _value_name(value: int, origin: Origin, told: str | None) -> str:
    if 0 < value <= len(origin.values):
        return origin.values[value - 1]
    return f"{told or 'label'} {value}"
