"""COCO JSON: images with boxes, polygons or run-length masks of named categories, or with captions.

Shape: `{"images": [{"id", "file_name"}], "annotations": [{"image_id", "category_id", "bbox", "segmentation"}],
"categories": [{"id", "name"}]}`, in the folder, in `annotations/`, or in each split's folder; a split in the
file's or folder's name (`instances_val.json`, `train/_annotations.coco.json`) is kept. Files that speak of the same
image (`instances_val.json`, `captions_val.json`) are joined.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import LayoutError
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import read_json
from polyclinic.store.collection import Collection
from polyclinic.study import Image, Mask, Region, Study

NAME = "COCO"
LOOKED_FOR = "COCO JSON with images, annotations and categories"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    found = [file for file in _files(path) if _record(file) is not None]
    return f"{found[0].name} has images and annotations" if found else None


def read(path: Path) -> Collection:
    """One Study an image, with a Region for each annotation."""
    files = Files.below(path if path.is_dir() else path.parent)
    intake = Intake(files, facts_of(files))
    studies: dict[str, Study] = {}
    for file in _files(path):
        record = _record(file)
        if record is not None:
            _take(intake, file, record, studies)
    return intake.collection(studies.values(), "images")


def _take(intake: Intake, file: Path, record: dict[str, Any], studies: dict[str, Study]) -> None:
    """Add what a file says to the Studies, which go by their image's path."""
    names = {item.get("id"): str(item.get("name")) for item in _dicts(record, "categories")}
    notes: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for note in _dicts(record, "annotations"):
        notes[note.get("image_id")].append(note)
    for item in _dicts(record, "images"):
        where = f"{file.name} image {item.get('id')}"
        image = intake.image(_called(intake, file, str(item.get("file_name", ""))), where)
        if image is None:
            continue
        told = notes[item.get("id")]
        size = intake.shape(image.path)[-2:]
        regions = [_region(intake, note, names, size, where) for note in told if "caption" not in note]
        study = studies.get(image.path) or _study(intake, file, image)
        studies[image.path] = dataclasses.replace(
            study,
            captions=(*study.captions, *(str(note["caption"]) for note in told if note.get("caption"))),
            regions=(*study.regions, *(region for region in regions if region is not None)),
        )


def _study(intake: Intake, file: Path, image: Image) -> Study:
    ident = intake.study_id(image.path)
    return Study(ident, ident, intake.facts.domain, (image,), source=intake.source(), split=_split(intake, file))


def _called(intake: Intake, file: Path, name: str) -> str:
    """The image beside its annotation file where it is there, else by its name alone."""
    beside = (file.parent / name).relative_to(intake.files.root).as_posix() if ".." not in name else name
    return beside if intake.files.find(beside) == beside else name


def _region(
    intake: Intake, note: dict[str, Any], names: dict[Any, str], size: tuple[int, ...], where: str
) -> Region | None:
    name = names.get(note.get("category_id"))
    if name is None:
        intake.skipped.append(f"{where}: annotation {note.get('id')} is of no category")
        return None
    called = intake.facts.regions.get(name, name)
    try:
        box, mask = _box(note.get("bbox")), _mask(note.get("segmentation"), size)
    except (LayoutError, ValueError, TypeError, KeyError, IndexError) as error:
        intake.skipped.append(f"{where}: annotation {note.get('id')} cannot be read ({error})")
        return None
    return Region(called, intake.facts.kind(called), box=box, mask=mask) if box or mask else None


def _box(sides: Any) -> tuple[float, ...] | None:
    if not sides:
        return None
    x, y, width, height = map(float, sides)
    return x, y, x + width, y + height


def _mask(segmentation: Any, size: tuple[int, ...]) -> Mask | None:
    if not segmentation:
        return None
    if isinstance(segmentation, list):
        return Mask.from_array(_filled(segmentation, size))
    stated = tuple(int(side) for side in segmentation["size"])
    if stated != tuple(size):
        raise LayoutError(f"mask of {stated}, image of {size}")
    counts = segmentation["counts"]
    runs = unpacked(counts) if isinstance(counts, str) else [int(count) for count in counts]
    if min(runs, default=0) < 0 or sum(runs) != size[0] * size[1]:
        raise LayoutError("its run lengths do not sum to the image's size")
    return Mask(stated, tuple(runs))


def _filled(polygons: Sequence[Sequence[float]], size: tuple[int, ...]) -> np.ndarray[Any, Any]:
    from skimage.draw import polygon2mask

    whole = np.zeros(size, dtype=bool)
    for polygon in polygons:
        points = np.asarray(polygon, dtype=float).reshape(-1, 2)[:, ::-1]
        whole |= polygon2mask(size, points)  # type: ignore[no-untyped-call]
    return whole


def unpacked(text: str) -> list[int]:
    """COCO's compressed run lengths: five bits a character from "0" on, each run past the second as a difference.

    Example:
        >>> unpacked("52203")
        [5, 2, 2, 2, 5]
    """
    runs: list[int] = []
    value = shift = 0
    for sign in text:
        bits = ord(sign) - 48
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (1 << shift) if bits & 16 else 0
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    return runs


def _split(intake: Intake, file: Path) -> str | None:
    words = [*file.relative_to(intake.files.root).parts[:-1], *re.split(r"[^a-zA-Z]+", file.stem)]
    return next((split for split in map(split_of, words) if split is not None), None)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.suffix.lower() == ".json" else []
    return sorted([*path.glob("*.json"), *path.glob("*/*.json")])


def _record(file: Path) -> dict[str, Any] | None:
    """A file's record where it is COCO's, else None."""
    try:
        record = read_json(file)
    except LayoutError:
        return None
    is_coco = isinstance(record, dict) and isinstance(record.get("images"), list)
    return record if is_coco and isinstance(record.get("annotations"), list | dict) else None


def _dicts(record: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A list's objects; LIVECell keeps some lists as an object by number."""
    held = record.get(key) or []
    return [item for item in (held.values() if isinstance(held, dict) else held) if isinstance(item, dict)]
