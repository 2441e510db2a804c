"""A folder for each class, or for each split and in it for each class.

Shape: `FOLDER/<class>/*.png` or `FOLDER/<split>/<class>/*.png`; the class becomes the label `class`.
"""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.names import names, plain, split_of
from polyclinic.store.collection import Collection
from polyclinic.study import Study

NAME = "folder per class"
LOOKED_FOR = "a folder of images for each class"
LABEL = "class"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not path.is_dir():
        return None
    files = Files.below(path)
    classes = {found[1] for found in map(_class_of, files.images) if found is not None}
    classes -= {name for name in classes if plain(name) in names()["masks"]["generic"]}
    return f"images lie in a folder for each of {len(classes)} classes" if len(classes) > 1 else None


def read(path: Path) -> Collection:
    """One Study an image, labelled with its folder's name."""
    files = Files.below(path)
    intake = Intake(files, facts_of(files))
    studies = []
    for image_path in files.images:
        found = _class_of(image_path)
        if found is None:
            intake.skipped.append(f"{image_path}: lies in no class's folder")
            continue
        image = intake.image(image_path, image_path)
        if image is not None:
            ident = intake.study_id(image_path)
            studies.append(
                Study(
                    id=ident,
                    subject=ident,
                    domain=intake.facts.domain,
                    images=(image,),
                    labels={LABEL: found[1]},
                    source=intake.source(),
                    split=found[0],
                )
            )
    return intake.collection(studies, "images")


def _class_of(path: str) -> tuple[str | None, str] | None:
    """(split, class) of an image by its folders; None where it lies elsewhere."""
    folders = path.split("/")[:-1]
    if len(folders) == 1 and split_of(folders[0]) is None:
        return None, folders[0]
    if len(folders) == 2 and split_of(folders[0]) is not None:
        return split_of(folders[0]), folders[1]
    return None
