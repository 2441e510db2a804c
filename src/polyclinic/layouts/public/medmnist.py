"""MedMNIST: small images or volumes in one npz file a part, with its official split.

Shape: `pathmnist.npz` (or `pathmnist_64.npz`, several in a folder) with `train_images`, `train_labels`, and the same
for `val` and `test`; images are (n, y, x), (n, y, x, 3) or, where the name ends in 3d, (n, z, y, x). One Study is one
image, which lies at `pathmnist.npz/train_images/17`. One class becomes the label `class`, several become findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from polyclinic.errors import ReadError
from polyclinic.layouts.drafts import Drafts
from polyclinic.layouts.facts import facts_of_set
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.readers import FilePixels
from polyclinic.readers.members import npz_array, npz_arrays
from polyclinic.store.collection import Collection
from polyclinic.study import Image, Pixels

NAME = "MedMNIST"
LOOKED_FOR = "MedMNIST's npz files"
SET = "medmnist"
SPLITS = ("train", "val", "test")
ENDING = ".npz"
SIZED = re.compile(r"_\d+$")


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    first = next(_parts(path), None)
    return f"{first.name} has train_images and train_labels" if first else None


def read(path: Path) -> Collection:
    """One Study an image."""
    root = path if path.is_dir() else path.parent
    parts = list(_parts(path))
    files = Files(root, tuple(part.name for part in parts))
    drafts = Drafts(Intake(files, facts_of_set(SET, files)))
    for part in parts:
        for split in SPLITS:
            _read_split(drafts, part, split)
    return drafts.intake.collection(drafts.studies(), "images")


def _read_split(drafts: Drafts, part: Path, split: str) -> None:
    facts, name = drafts.intake.facts, SIZED.sub("", part.stem)
    shapes = npz_arrays(part)
    images, labels = f"{split}_images", f"{split}_labels"
    if images not in shapes or labels not in shapes:
        drafts.intake.skipped.append(f"{part.name}: it has no {split} part")
        return
    values = npz_array(part, labels)
    if len(values) != shapes[images][0]:
        drafts.intake.skipped.append(f"{part.name}: {shapes[images][0]} {split} images, {len(values)} labels")
        return
    classes, modality = facts.classes.get(name, ()), facts.modalities.get(name)
    for number, told in enumerate(values.reshape(len(values), -1)):
        ident, path = f"{part.stem}-{split}-{number}", f"{part.name}/{images}/{number}"
        draft = drafts.open(ident, ident)
        draft.split = split
        draft.show(Image(path, modality, load=FilePixels(drafts.intake.files.root / path)))
        if len(told) == 1:
            draft.labels["class"] = _class(told, classes)
        for word, present in zip(classes, told, strict=False) if len(told) > 1 else ():
            draft.say(word, bool(present))


def _class(told: Pixels, classes: tuple[str, ...]) -> str | int:
    value = int(told[0])
    return classes[value] if 0 <= value < len(classes) else value


def _parts(path: Path) -> Iterator[Path]:
    found = [path] if path.is_file() else sorted(path.glob(f"*{ENDING}"))
    for part in found:
        if part.name.endswith(ENDING) and _is_part(part):
            yield part


def _is_part(part: Path) -> bool:
    try:
        shapes = npz_arrays(part)
    except ReadError:
        return False
    return {"train_images", "train_labels"} <= shapes.keys() and len(shapes["train_images"]) > 2
