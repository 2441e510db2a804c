"""One image or volume, given by its file."""

from __future__ import annotations

from pathlib import Path

from polyclinic.layouts.facts import Facts
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.readers import is_image_folder, is_image_name, read_header
from polyclinic.store.collection import Collection
from polyclinic.study import Study

NAME = "image"
LOOKED_FOR = "one image file"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    whole = path.is_file() or is_image_folder(path.name)
    return f"{path.name} is an image" if whole and is_image_name(path.name) else None


def read(path: Path) -> Collection:
    """One Study with the image.

    Raises:
        ReadError: the image cannot be read.
    """
    read_header(path)
    intake = Intake(Files(path.parent, (path.name,)), Facts(name=path.name))
    image = intake.image(path.name, path.name)
    ident = intake.study_id(path.name)
    studies = [] if image is None else [Study(ident, ident, images=(image,), source=intake.source())]
    return intake.collection(studies, "images")
