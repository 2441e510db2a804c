"""Collections to disk with their files, and new splits for one that is there; nothing is left half written."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from polyclinic.errors import ReadError, UsageError
from polyclinic.readers import image_files
from polyclinic.store.collection import (
    HEADER,
    SCHEMA,
    STUDIES,
    Collection,
    Shelf,
    inside,
    write_collection,
    write_header,
)
from polyclinic.study import MaskFile, Study

SUM_TOLERANCE = 1e-6


def export(collection: Collection, out: Path, *, link: bool = False) -> int:
    """Write a collection with its images and masks to a new folder.

    It is built beside its place and moved there when it is whole.

    Args:
        link: make hard links where the file system allows it, instead of copies.

    Returns:
        How many Studies were written.

    Raises:
        UsageError: `out` is there already, and not empty.
        ReadError: a file cannot be copied.
    """
    with new_folder(out) as building:
        if isinstance(collection.studies, Shelf):
            _unpack(collection.studies, building)
        else:
            paths = {path for study in collection for path in files_of(study)}
            for file in sorted({file for path in paths for file in image_files(collection.root / path)}):
                place_file(file, building / file.relative_to(collection.root), link=link)
        header = dataclasses.replace(collection.header, schema=SCHEMA)
        return write_collection(building, header, collection.studies)


@contextlib.contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to fill beside its place; it is moved there when all went well, and removed otherwise.

    Raises:
        UsageError: `out` is there already, and not empty.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is there already", hint="give a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        yield building
        building.chmod(0o755)
        building.replace(out)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def files_of(study: Study) -> list[str]:
    """The files that a Study rests on: images, masks, signals."""
    masks = [region.mask.path for region in study.regions if isinstance(region.mask, MaskFile)]
    return [*(image.path for image in study.images), *masks, *study.signals.values()]


def parse_fractions(values: tuple[float, ...]) -> Mapping[str, float]:
    """Shares of train, val and test; they have to be positive and sum to 1.

    Raises:
        UsageError: they are not.

    Example:
        >>> parse_fractions((0.7, 0.1, 0.2))
        {'train': 0.7, 'val': 0.1, 'test': 0.2}
    """
    if len(values) != 3 or min(values) < 0 or abs(sum(values) - 1) > SUM_TOLERANCE:
        raise UsageError(f"expected three shares that sum to 1, got {' '.join(map(str, values))}")
    return dict(zip(("train", "val", "test"), values, strict=True))


def resplit(collection: Collection, fractions: Mapping[str, float], salt: str) -> Collection:
    """Give a collection on disk new splits; only `collection.json` is written anew.

    Splits that the source fixed, for a Study or a subject, stay.

    Raises:
        UsageError: the folder is no Polyclinic collection.
    """
    if not (collection.root / HEADER).is_file() or not (collection.root / STUDIES).is_file():
        raise UsageError(
            f"{collection.root} is not a Polyclinic collection", hint="polyclinic data convert makes one of it"
        )
    splits = dataclasses.replace(collection.header.splits, fractions=fractions, salt=salt)
    header = dataclasses.replace(collection.header, splits=splits)
    write_header(collection.root, header)
    return dataclasses.replace(collection, header=header)


def _unpack(shelf: Shelf, folder: Path) -> None:
    """Write the files that lie in no folder yet, each once."""
    for number in range(len(shelf)):
        for path, data in shelf.contents(number):
            target = inside(path, root=folder, where=str(number))
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.is_file():
                target.write_bytes(data)


def place_file(source: Path, target: Path, *, link: bool = False) -> None:
    """Copy a file, or link it where asked and where the file system allows it.

    Raises:
        ReadError: it is missing or cannot be copied.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        (os.link if link else shutil.copyfile)(source.resolve(), target)
    except FileNotFoundError as error:
        raise ReadError(f"{source} is missing", hint="polyclinic data check lists all missing files") from error
    except OSError as error:
        if not link:
            raise ReadError(f"cannot copy {source}: {error.strerror}") from error
        place_file(source, target)
