"""A folder of images with one or several folders of masks, or masks beside their images.

Shapes, NIfTI volumes included (a `_0000` channel number is passed over):

| files | regions |
| --- | --- |
| `images/a.png`, `masks/a.png` | one named by polyclinic.toml, else by the folder's name |
| `images/a.png`, `vessel_masks/a.png`, `disc_masks/a.png` | one a folder: vessel, disc |
| `images/a.png`, `masks/vessel/a.png` | one a folder |
| `a.png`, `a_mask.png` | one |

A `dataset.json` with `labels` (name to value) names the values of label maps.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import LayoutError
from polyclinic.layouts.facts import Facts, facts_of
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.labelmaps import MaskUse, Origin, regions_of
from polyclinic.layouts.names import names, plain, split_of
from polyclinic.layouts.rows import read_json
from polyclinic.store.collection import Collection
from polyclinic.study import Region, Study

NAME = "images and masks"
LOOKED_FOR = "a folder of images with a folder of masks, or a_mask.png beside a.png"
CHANNEL = "_0000"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not path.is_dir():
        return None
    images, masks = _parted(Files.below(path))
    paired = {name for _, name, _ in masks} & {name for name, _ in images}
    return f"{len(paired)} images have masks of the same name" if paired else None


def read(path: Path) -> Collection:
    """One Study an image, with a Region for each mask, class or instance."""
    files = Files.below(path)
    intake = Intake(files, facts_of(files))
    images, masks = _parted(files)
    by_name = {(split, name): image for (name, split), image in images.items()}
    studies, uses = {}, defaultdict(list)
    for (_, split), image_path in images.items():
        image = intake.image(image_path, image_path)
        if image is not None:
            ident = intake.study_id(image_path)
            studies[image_path] = Study(
                ident, ident, intake.facts.domain, (image,), source=intake.source(), split=split
            )
    for (origin, name, split), mask_path in masks.items():
        study = studies.get(by_name.get((split, name), ""))
        if study is None:
            intake.skipped.append(f"{mask_path}: no image of this name")
        elif (found := intake.mask(mask_path, study.images[0], mask_path)) is not None:
            uses[origin].append(MaskUse(study.images[0].path, found))
    return intake.collection(_with_regions(intake, studies, uses), "images")


def _with_regions(intake: Intake, studies: dict[str, Study], uses: dict[str, list[MaskUse]]) -> list[Study]:
    regions: dict[str, list[Region]] = defaultdict(list)
    for origin, masks in uses.items():
        values = intake.facts.values.get(origin) or _values(intake.files, intake.facts)
        made, wrong = regions_of(intake.files.root, Origin(origin, values), masks, intake.facts)
        intake.skipped += wrong
        for key, found in made.items():
            regions[key] += found
    return [dataclasses.replace(study, regions=tuple(regions[key])) for key, study in studies.items()]


def _values(files: Files, facts: Facts) -> tuple[str, ...]:
    """Names of the values 1, 2 ... from `dataset.json`; both its forms, name to value and value to name."""
    path = files.root / "dataset.json"
    if not path.is_file():
        return ()
    record: Any = read_json(path)
    labels = record.get("labels") if isinstance(record, dict) else None
    if not isinstance(labels, dict):
        return ()
    pairs = [(k, v) if str(v).isdigit() else (v, k) for k, v in labels.items()]
    named = {int(value): str(name) for name, value in pairs if str(value).isdigit()}
    wanted = range(1, max(named, default=0) + 1)
    if not all(value in named for value in wanted):
        raise LayoutError(f"{path}: labels {sorted(named)} are not 1, 2, 3 ...")
    return tuple(named[value] for value in wanted)


def _parted(files: Files) -> tuple[dict[tuple[str, str | None], str], dict[tuple[str, str, str | None], str]]:
    """Images by (name, split) and masks by (origin, name, split)."""
    images: dict[tuple[str, str | None], str] = {}
    masks: dict[tuple[str, str, str | None], str] = {}
    for path in files.images:
        parts = PurePosixPath(path).parts[:-1]
        split = next((found for found in map(_split_of_folder, parts) if found is not None), None)
        origin = _mask_origin(parts)
        name, beside = _bare(stem(path))
        if origin is None and beside is None:
            images.setdefault((name, split), path)
        else:
            masks[(origin or beside or "mask", name, split)] = path
    return images, masks


def _split_of_folder(part: str) -> str | None:
    return split_of(part) or (split_of(part[-2:]) if part.lower() in ("imagests", "labelsts") else None)


def _mask_origin(folders: tuple[str, ...]) -> str | None:
    """The folder that makes a file a mask: the deepest that is not a split; None where none is one."""
    words, generic = names()["masks"]["words"], names()["masks"]["generic"]
    for at, folder in enumerate(folders):
        called = plain(folder)
        is_mask = bool(set(called.split("_")) & set(words)) or (called in generic and not called.startswith("image"))
        if is_mask:
            deeper = [name for name in folders[at + 1 :] if split_of(name) is None]
            return deeper[-1] if deeper else folder
    return None


def _bare(name: str) -> tuple[str, str | None]:
    """A stem without its mask suffix, and that suffix; a channel number is passed over."""
    plain_name = name.removesuffix(CHANNEL)
    head, _, tail = plain_name.rpartition("_")
    return (head, tail) if head and tail.lower() in names()["masks"]["words"] else (plain_name, None)
