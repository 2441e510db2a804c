"""PASCAL VOC: an XML file an image, with boxes of named objects (BCCD, and what labelling tools write).

Shape: `Annotations/*.xml` and `JPEGImages/*.jpg` (any folders will do), `ImageSets/Main/train.txt` for splits. VOC
counts pixels from 1 and includes the last: its box (1, 1, 3, 3) becomes (0, 0, 3, 3), half open.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from polyclinic.errors import PolyclinicError
from polyclinic.layouts.columns import number
from polyclinic.layouts.facts import facts_of
from polyclinic.layouts.files import Files, stem
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.markup import root_is, text_of
from polyclinic.layouts.names import split_of
from polyclinic.layouts.rows import read_text
from polyclinic.readers.markup import read_xml
from polyclinic.store.collection import Collection
from polyclinic.study import Image, Region, Study

NAME = "PASCAL VOC"
LOOKED_FOR = "an XML file with boxes for each image (PASCAL VOC)"
SIDES = ("xmin", "ymin", "xmax", "ymax")
SETS = "ImageSets"


def matches(path: Path) -> str | None:
    """Why a path is of this layout, None where it is not."""
    if not path.is_dir():
        return None
    files = Files.below(path)
    pictured = {stem(image) for image in files.images}
    found = [xml for xml in _annotations(files) if PurePosixPath(xml).stem in pictured]
    return (
        f"{len(found)} images have an XML of their name" if found and root_is(path / found[0], "annotation") else None
    )


def read(path: Path) -> Collection:
    """One Study an image, with a Region for each object."""
    files = Files.below(path)
    intake = Intake(files, facts_of(files))
    splits = _splits(files)
    studies = []
    for file in _annotations(files):
        study = _study(intake, file, splits)
        if study is not None:
            studies.append(study)
    used = {study.images[0].path for study in studies}
    if left := [image for image in files.images if image not in used]:
        intake.notes.append(f"{len(left)} images without an annotation are left out, such as {left[0]}")
    return intake.collection(studies, "annotations")


def _study(intake: Intake, file: str, splits: dict[str, str]) -> Study | None:
    try:
        root = read_xml(intake.files.root / file)
    except PolyclinicError as error:
        intake.skipped.append(f"{file}: {error}")
        return None
    if root.tag != "annotation":
        intake.skipped.append(f"{file}: holds <{root.tag}>, expected <annotation>")
        return None
    name = PurePosixPath(file).stem
    called = text_of(root, "filename")
    image = intake.image(called if intake.files.find(called) else name, file)
    if image is None:
        return None
    ident = intake.study_id(image.path)
    return Study(
        id=ident,
        subject=ident,
        domain=intake.facts.domain,
        images=(image,),
        regions=tuple(_regions(intake, root, file, image)),
        source=intake.source(),
        split=splits.get(name),
    )


def _regions(intake: Intake, root: Any, file: str, image: Image) -> Iterator[Region]:
    stated = tuple(number(text_of(root, "size", side)) or 0 for side in ("height", "width"))
    size = intake.shape(image.path)[-2:]
    if any(stated) and stated != size:
        intake.skipped.append(f"{file}: speaks of {stated[0]:g}x{stated[1]:g}, {image.path} is {size[0]}x{size[1]}")
        return
    for at, thing in enumerate(root.iter("object"), start=1):
        sides = [number(text_of(thing, "bndbox", side)) for side in SIDES]
        called = text_of(thing, "name")
        x0, y0, x1, y1 = (side if side is not None else -1.0 for side in sides)
        if not called or not (0 <= x0 <= x1 and 0 <= y0 <= y1):
            intake.skipped.append(f"{file}: object {at} has no name or no box")
            continue
        name = intake.facts.regions.get(called, called)
        hard = {"difficult": 1.0} if text_of(thing, "difficult") == "1" else {}
        box = (max(x0 - 1, 0.0), max(y0 - 1, 0.0), x1, y1)
        yield Region(name, intake.facts.kind(name), box=box, attributes=hard)


def _annotations(files: Files) -> list[str]:
    return [path for path in files.paths if path.lower().endswith(".xml")]


def _splits(files: Files) -> dict[str, str]:
    """Image name -> split, from the lists in `ImageSets`."""
    lists = [path for path in files.paths if SETS in path.split("/") and path.endswith(".txt")]
    found: dict[str, str] = {}
    for path in lists:
        split = split_of(PurePosixPath(path).stem)
        if split is not None:
            found |= {line.split()[0]: split for line in read_text(files.root / path).splitlines() if line.strip()}
    return found
