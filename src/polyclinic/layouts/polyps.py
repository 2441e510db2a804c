"""Kvasir-SEG as it is published: images, masks, and the boxes of all images in one JSON file.

Shape: `images/cju*.jpg`, `masks/cju*.jpg`, and `kavsir_bboxes.json` (so spelt) with, for each image's name, its size
and `bbox`, a list of `{"label", "xmin", "ymin", "xmax", "ymax"}`. An image's only box goes to its only mask.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from polyclinic.errors import LayoutError
from polyclinic.layouts import image_masks
from polyclinic.layouts.facts import Facts, facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.rows import read_json
from polyclinic.store.collection import Collection
from polyclinic.study import Region, Study

NAME = "Kvasir-SEG"
LOOKED_FOR = "images, masks and kavsir_bboxes.json"
BOXES = ("kavsir_bboxes.json", "kvasir_bboxes.json")
SIDES = ("xmin", "ymin", "xmax", "ymax")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    file = _boxes_file(path)
    return f"{file.name} lies beside images and masks" if file is not None and image_masks.matches(path) else None


def read(path: Path) -> Collection:
    """One Study an image, with masks and boxes.

    Raises:
        LayoutError: the boxes' file is no JSON object.
    """
    file = _boxes_file(path)
    record = read_json(file) if file is not None else {}
    if not isinstance(record, dict):
        raise LayoutError(f"{path}: the boxes are no JSON object")
    collection = image_masks.read(path)
    facts, wrong = facts_of(Files.below(path)), list(collection.skipped)
    studies = tuple(_with_boxes(study, record.get(study.id), facts, wrong) for study in collection)
    return dataclasses.replace(collection, studies=studies, skipped=tuple(wrong))


def _boxes_file(path: Path) -> Path | None:
    return next((path / name for name in BOXES if (path / name).is_file()), None)


def _with_boxes(study: Study, told: Any, facts: Facts, wrong: list[str]) -> Study:
    boxes = list(_boxes(study.id, told, facts, wrong))
    if len(boxes) == 1 and len(study.regions) == 1:
        return dataclasses.replace(study, regions=(dataclasses.replace(study.regions[0], box=boxes[0].box),))
    return dataclasses.replace(study, regions=(*study.regions, *boxes))


def _boxes(called: str, told: Any, facts: Facts, wrong: list[str]) -> Iterator[Region]:
    listed = told.get("bbox") if isinstance(told, dict) else None
    if not isinstance(listed, list):
        wrong.append(f"{called}: no boxes are given")
        return
    for at, box in enumerate(listed):
        try:
            x0, y0, x1, y1 = (float(box[side]) for side in SIDES)
            name = facts.regions.get(str(box["label"]), str(box["label"]))
        except (KeyError, TypeError, ValueError):
            wrong.append(f"{called}: box {at} lacks a side or a label")
            continue
        yield Region(name, facts.kind(name), box=(x0, y0, x1, y1))
