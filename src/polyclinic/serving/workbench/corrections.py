"""Corrected references: a collection of its own beside the one that is looked at, which training takes as it is.

The source is never written to. A corrected Study is the source's with its files, so that `polyclinic fit` reads the
corrections like any collection. Masks are written first, each under a name that nothing has yet; the list of
Studies that names them follows in one step. After a kill the collection is the old one or the new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import LayoutError, PixelError, ReadError, UsageError
from polyclinic.readers import image_files
from polyclinic.serving.workbench.prompting import box_around
from polyclinic.store.collection import (
    HEADER,
    STUDIES,
    Collection,
    Header,
    Shelf,
    inside,
    open_collection,
    write_collection,
)
from polyclinic.store.export import files_of, place_file
from polyclinic.store.links import check_links
from polyclinic.study import Image, Mask, MaskFile, Region, Study
from polyclinic.writers.dicom_seg import write_segmentation
from polyclinic.writers.files import whole
from polyclinic.writers.nifti import write_label_map

Form = Literal["png", "nifti", "dicom-seg"]
ENDINGS: dict[Form, str] = {"png": ".png", "nifti": ".nii.gz", "dicom-seg": ".dcm"}
LOCK = ".lock"
LONGEST_SLUG = 40
ORIGIN = "corrected in the workbench"
MARK = "origin"


@dataclass(frozen=True)
class Correction:
    """A mask as a hand left it.

    Args:
        planes: index along z (0 for a picture) -> mask (y, x); planes that are not named stay as they were.
        base: the Region it started from, by its place in the Study's; None for a new one.
    """

    study: str
    image: int
    name: str
    planes: dict[int, NDArray[np.bool_]]
    kind: str | None = None
    base: int | None = None


class Corrections:
    """The corrected Studies of a collection.

    Args:
        source: what is looked at.
        root: folder of the corrections; made when the first one is saved.

    Raises:
        LayoutError: `root` holds something else.
    """

    def __init__(self, source: Collection, root: Path) -> None:
        self.source, self.root = source, root
        self._lock = threading.Lock()
        if root.exists() and any(root.iterdir()) and not any((root / name).is_file() for name in (HEADER, LOCK)):
            raise LayoutError(f"{root} is there and holds no collection", hint="name another folder for corrections")
        self._studies: dict[str, Study] = self._read()

    def find(self, ident: str) -> Study | None:
        """The corrected Study of an id; None where nothing of it was corrected."""
        return self._studies.get(ident)

    def __len__(self) -> int:
        return len(self._studies)

    def ids(self) -> list[str]:
        """Ids of the corrected Studies."""
        return list(self._studies)

    def save(self, correction: Correction, form: Form | None = None) -> Study:
        """Write a correction as a new reference, in place of the Study's region of that image and name.

        An empty mask takes the region away.

        Args:
            form: None chooses PNG for a picture and NIfTI for a volume. `dicom-seg` writes a segmentation beside it.

        Returns:
            The Study as it is now.

        Raises:
            UsageError: no such Study, image or region, an empty name, or a form that does not hold it.
            PixelError: a mask of another size than the image.
            ReadError: a file of the Study cannot be copied, or a link leads out of the collection.
        """
        if not correction.name.strip():
            raise UsageError("a reference needs a name", hint="say what was drawn, such as `nodule`")
        with self._lock, _alone(self.root):
            self._studies = self._read()
            study = self._studies.get(correction.study) or self._copied(correction.study)
            mask = merged(study, correction)
            changed = self._with(study, correction, mask, form)
            studies = self._studies | {study.id: changed}
            write_collection(self.root, self._header(), studies.values())
            self._studies = self._read()
        return self._studies[study.id]

    def _read(self) -> dict[str, Study]:
        there = (self.root / HEADER).is_file() and (self.root / STUDIES).is_file()
        return {study.id: study for study in open_collection(self.root)} if there else {}

    def _header(self) -> Header:
        header = self.source.header
        note = f"References corrected by hand in the workbench, of the collection {header.name}. {header.note or ''}"
        return replace(header, name=f"{header.name}-corrected", note=note.strip())

    def _copied(self, ident: str) -> Study:
        """A Study of the source, with its files brought here."""
        study = self.source.find(ident)
        if study is None:
            raise UsageError(f"no study {ident!r}", hint="take the id from the worklist")
        if isinstance(self.source.studies, Shelf):
            self._unpack(self.source.studies, ident)
            return study
        check_links(files_of(study), self.source.root)
        for path in dict.fromkeys(files_of(study)):
            for file in image_files(inside(path, root=self.source.root, where=ident)):
                target = self.root / file.relative_to(self.source.root)
                if not target.exists():
                    with whole(target) as part:
                        place_file(file, part, link=True)
        return study

    def _unpack(self, shelf: Shelf, ident: str) -> None:
        number = shelf.place(ident)
        for path, data in shelf.contents(number) if number is not None else ():
            target = inside(path, root=self.root, where=ident)
            if not target.exists():
                with whole(target) as part:
                    part.write_bytes(data)

    def _with(self, study: Study, correction: Correction, mask: NDArray[np.bool_], form: Form | None) -> Study:
        """The Study with the mask as its reference."""
        kept = tuple(
            region for i, region in enumerate(study.regions) if i != correction.base and not _same(region, correction)
        )
        if not mask.any():
            return replace(study, regions=kept)
        base = study.regions[correction.base] if correction.base is not None else None
        region = Region(
            correction.name,
            correction.kind or (base.kind if base else None),
            correction.image,
            box=box_around(mask),
            mask=Mask.from_array(mask),
            attributes={**(base.attributes if base else {}), MARK: ORIGIN},
        )
        image = study.images[correction.image]
        path = self._written(study, image, region, form)
        return replace(study, regions=(*kept, replace(region, mask=MaskFile(path))))

    def _written(self, study: Study, image: Image, region: Region, form: Form | None) -> str:
        """Write a mask in the form that training reads, and as a DICOM segmentation where that is asked for."""
        volume = region.array.ndim == 3
        if form == "png" and volume:
            raise UsageError("a volume does not fit into a PNG", hint="save it as NIfTI")
        place = f"masks/{_key(study.id)}-{region.image}-{_slug(region.name)}"
        if form == "dicom-seg":
            write_mask(self._unused(place, ".dcm"), image, region, "dicom-seg", self.root)
        stored: Form = "nifti" if volume or form == "nifti" else "png"
        target = self._unused(place, ENDINGS[stored])
        write_mask(target, image, region, stored, self.root)
        return target.relative_to(self.root).as_posix()

    def _unused(self, place: str, ending: str) -> Path:
        number = 1
        while (path := self.root / f"{place}-{number}{ending}").exists():
            number += 1
        return path


def merged(study: Study, correction: Correction) -> NDArray[np.bool_]:
    """The whole mask: what it started from, with the planes that were drawn.

    Raises:
        UsageError: no such image or region.
        PixelError: a plane of another size, or one that the image does not have.
    """
    if not 0 <= correction.image < len(study.images):
        raise UsageError(f"study {study.id} has no image {correction.image}")
    shape = study.images[correction.image].pixels.shape[1:]
    mask = np.zeros(shape, bool)
    if correction.base is not None:
        mask |= _base_mask(study, correction, shape)
    planes = mask if mask.ndim == 3 else mask[None]
    for index, plane in correction.planes.items():
        if not 0 <= index < len(planes) or plane.shape != planes.shape[1:]:
            raise PixelError(f"plane {index} of {plane.shape} does not lie in an image of {shape}")
        planes[index] = plane
    return mask


def write_mask(path: Path, image: Image, region: Region, form: Form, root: Path) -> None:
    """Write one region's mask as a file.

    Args:
        root: of the image's file, which a DICOM segmentation takes patient and geometry from.

    Raises:
        UsageError: a volume as PNG, or the file is there.
        ReadError: a DICOM segmentation of an image that is no DICOM file.
    """
    if form == "dicom-seg":
        write_segmentation(path, [region], image_files(root / image.path))
    elif form == "nifti":
        write_label_map(path, image, [region])
    else:
        from PIL import Image as Pillow

        if region.array.ndim != 2:
            raise UsageError("a volume does not fit into a PNG", hint="save it as NIfTI")
        with whole(path) as part:
            Pillow.fromarray(region.array.astype(np.uint8) * np.uint8(255)).save(part)
            _sync(part)


def _base_mask(study: Study, correction: Correction, shape: Sequence[int]) -> NDArray[np.bool_]:
    if not 0 <= (correction.base or 0) < len(study.regions):
        raise UsageError(f"study {study.id} has no region {correction.base}")
    region = study.regions[correction.base or 0]
    if region.mask is None or region.image != correction.image:
        return np.zeros(shape, bool)
    base = region.mask.array()
    if base.shape != tuple(shape):
        raise PixelError(f"region {region.name!r} is {base.shape}, its image {tuple(shape)}")
    return base


def _same(region: Region, correction: Correction) -> bool:
    return region.name == correction.name and region.image == correction.image and MARK in region.attributes


def _key(ident: str) -> str:
    """A file name's part for an id, whatever letters that has."""
    return hashlib.blake2b(ident.encode(), digest_size=8).hexdigest()


def _slug(name: str) -> str:
    """Plain letters of a name, for people who look into the folder.

    Example:
        >>> _slug("../Left lung"), _slug("\u2003")
        ('left-lung', 'region')
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_SLUG] or "region"


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the folder's lock, so that two workbenches save one after the other.

    Raises:
        ReadError: the folder cannot be written to.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        file = (root / LOCK).open("a", encoding="utf-8")
    except OSError as error:
        raise ReadError(
            f"cannot write to {root}: {error.strerror}", hint="name another folder: --corrections"
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
