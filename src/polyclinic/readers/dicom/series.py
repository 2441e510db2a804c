"""A series of single-frame files as one volume, read by its folder.

A volume is named by its folder; where a folder holds several, by `FOLDER#KEY`, with the series' UID (and what
parts it, where one series holds several volumes) as the key. Files below the folder count as well. The module
is a reader like the others, for folders.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import PolyclinicError, ReadError
from polyclinic.readers.dicom import header as file_header
from polyclinic.readers.dicom import pixels as file_pixels
from polyclinic.readers.dicom.decoding import colours
from polyclinic.readers.dicom.grid import Affine, Array, stack
from polyclinic.readers.dicom.heads import FACTS, SPLITTERS, Head, read_one, safe_uid, scan
from polyclinic.readers.dicom.native import Native
from polyclinic.readers.files import FileHeader, check_size
from polyclinic.study import Image, Pixels

ENDINGS: tuple[str, ...] = ()
MARK = "#"
UNSAFE = re.compile(r"[^\w.=-]+")
PLANES = ("sagittal", "coronal", "axial")


@dataclass(frozen=True)
class SeriesPixels:
    """The loader of a series' image.

    Args:
        told: the shape that the headers tell.
        natives: how each slice is read, see `volume`; None where its one file is the image, not a slice of it.
    """

    files: tuple[Path, ...]
    told: tuple[int, ...]
    natives: tuple[Native | None, ...] | None

    def __call__(self) -> Pixels:
        """The image."""
        return file_pixels(self.files[0]) if self.natives is None else volume(self.files, self.told, self.natives)

    def shape(self) -> tuple[int, ...]:
        """The shape, from the headers."""
        return self.told


@dataclass(frozen=True)
class Series:
    """One image of a folder: slices that make a volume, or a file of its own.

    Args:
        heads: the slices, in the volume's order.
        key: the series' UID, with what parts it from its siblings.
        shape: (channel, z, y, x); empty for a file of its own.
        affine: of the volume.
        spacing_mm: of the volume, along z, y, x.
        facts: what the header says of how it was taken: description, number, plane, echo time ...
    """

    heads: tuple[Head, ...]
    key: str
    shape: tuple[int, ...] = ()
    affine: Affine | None = None
    spacing_mm: tuple[float, ...] | None = None
    facts: dict[str, str | float] = field(default_factory=dict)

    @property
    def files(self) -> tuple[Path, ...]:
        """Its files."""
        return tuple(head.path for head in self.heads)

    @property
    def natives(self) -> tuple[Native | None, ...]:
        """How each file's pixels are read, for those that need no decoder."""
        return tuple(head.native for head in self.heads)

    @property
    def name(self) -> str:
        """Number and description, else the modality."""
        told = [str(self.facts[fact]) for fact in ("number", "description", "part") if fact in self.facts]
        return " ".join(told) or str(self.facts.get("modality", "series"))

    @property
    def folder(self) -> Path:
        """The deepest folder that holds all of its files."""
        return Path(os.path.commonpath([path.parent for path in self.files]))

    def image(self, path: str) -> Image:
        """The record's image, pixels still on disk.

        Args:
            path: what the record is to call it.

        Raises:
            ReadError: a file of its own that cannot be read.
        """
        header = FileHeader(self.shape, self._known()) if self.shape else file_header(self.files[0])
        known: dict[str, Any] = dict(header.known)
        load = SeriesPixels(self.files, header.shape, self.natives if self.shape else None)
        return Image(path, channels=(self.name,) if not colours(self.heads[0].data) else (), load=load, **known)

    def _known(self) -> dict[str, Any]:
        view = self.facts.get("plane")
        return {
            "modality": self.facts.get("modality"),
            "view": view,
            "spacing_mm": self.spacing_mm,
            "affine": self.affine,
        }


def matches(head: bytes) -> bool:
    """No file is a series; `claims` looks at the path instead."""
    return False


def headless(head: bytes) -> bool:
    """No file is a series."""
    return False


def claims(path: Path) -> bool:
    """Whether a path names a folder, or one volume of a folder."""
    # pathlib's own checks raise where names are too long
    return os.path.isdir(path) or (MARK in path.name and not os.path.exists(path) and os.path.isdir(folder_of(path)))


def folder_of(path: Path) -> Path:
    """The folder in `FOLDER` or `FOLDER#KEY`."""
    return path if os.path.isdir(path) or MARK not in path.name else path.with_name(path.name.partition(MARK)[0] or ".")


def header(path: Path) -> FileHeader:
    """What the series' headers say.

    Raises:
        ReadError: no series, several, or one that is no volume.
    """
    found = find(path)
    return FileHeader(found.shape, found._known()) if found.shape else file_header(found.files[0])


def pixels(path: Path) -> Pixels:
    """The volume as (channel, z, y, x).

    Raises:
        ReadError: no series, several, one that is no volume, or a slice that cannot be decoded.
    """
    found = find(path)
    return volume(found.files, found.shape, found.natives) if found.shape else file_pixels(found.files[0])


def labels(path: Path) -> Pixels:
    """A label map's values are its pixels."""
    return pixels(path)


def files(path: Path) -> tuple[Path, ...]:
    """The slices of a series.

    Raises:
        ReadError: a folder that holds no series, or several.
    """
    return find(path).files


def find(path: Path) -> Series:
    """The series that a path names.

    Raises:
        ReadError: there is none, or there are several and the path does not choose.
    """
    folder = folder_of(path)
    key = "" if path == folder else path.name.partition(MARK)[2]
    found, refused = series_of(below(folder))
    chosen = [series for series in found if not key or series.key == key]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise ReadError(f"{folder} holds {len(chosen)} DICOM series", hint="give the folder of one of them")
    raise ReadError(refused[0] if refused else f"{folder} holds no DICOM series", hint="give a folder of DICOM slices")


def below(folder: Path) -> list[Path]:
    """All files below a folder, sorted; hidden ones and links to folders are left out."""
    found = []
    for base, names, files in os.walk(folder):
        names[:] = [name for name in names if not name.startswith(".")]
        found += [Path(base, name) for name in files if not name.startswith(".")]
    return sorted(found)


def slices_among(paths: Iterable[Path]) -> dict[Path, str]:
    """The UID of each file's series, for slices that have another of their series among the files."""
    found: dict[Path, str] = {}
    for path in paths:
        try:
            head = read_one(path)
        except PolyclinicError:
            continue
        if head.plane is not None:
            found[path] = head.text("SeriesInstanceUID")
    counts = Counter(found.values())
    return {path: uid for path, uid in found.items() if counts[uid] > 1}


def series_of(paths: Iterable[Path]) -> tuple[list[Series], list[str]]:
    """The images that files hold, by series number, and what is refused, one line each with its reason."""
    held = scan(paths)
    found, refused = group([head for head in held.heads if head.is_image])
    return found, [*held.refused, *refused]


def group(heads: Sequence[Head]) -> tuple[list[Series], list[str]]:
    """Headers of images grouped into series; a series that is no volume is refused with the reason."""
    by_series: dict[str, list[Head]] = defaultdict(list)
    for head in heads:
        by_series[safe_uid(head.text("SeriesInstanceUID"))].append(head)
    found: list[Series] = []
    refused: list[str] = []
    for uid, members in by_series.items():
        slices = [head for head in members if head.plane is not None]
        alone = [head for head in members if head.plane is None] if len(slices) > 1 else members
        found += [_alone(head, uid, len(members)) for head in alone]
        if len(slices) > 1:
            try:
                found += _volumes(slices, uid)
            except ReadError as error:
                refused.append(f"{error} ({error.hint})" if error.hint else str(error))
    return sorted(found, key=_place), refused


def volume(files: Sequence[Path], shape: tuple[int, ...], natives: Sequence[Native | None]) -> Pixels:
    """Decode slices into one array.

    Args:
        natives: for each file how to read it without parsing it again; None where it has to be decoded.

    Raises:
        ReadError: a slice cannot be decoded, or is of another size than its header said.
    """
    check_size(files[0].parent, shape, 4)
    out: Pixels | None = None
    for z, (path, native) in enumerate(zip(files, natives, strict=True)):
        plane = _plane(path, native)
        if plane.shape != (shape[0], *shape[2:]):
            raise ReadError(f"{path} has the shape {plane.shape}, its series {shape}")
        if out is None:
            out = np.empty(shape, plane.dtype)
        elif plane.dtype != out.dtype:  # slices with a rescale of their own beside others without
            out = out.astype(np.result_type(out, plane), copy=False)
        out[:, z] = plane
    assert out is not None
    return out


def _plane(path: Path, native: Native | None) -> Pixels:
    plane = None if native is None else native.read(path)
    return file_pixels(path) if plane is None else plane[None]


def _volumes(slices: Sequence[Head], uid: str) -> list[Series]:
    """One volume, or several where slices lie at one place and an attribute tells them apart."""
    first = slices[0]
    for head in slices:
        if head.size != first.size:
            raise ReadError(
                f"{_where(slices)}: {first.path.name} is {first.size[:2]}, {head.path.name} is {head.size[:2]}"
            )
    try:
        return [_volume(slices, uid)]
    except ReadError:
        for name in SPLITTERS:
            parts: dict[str, list[Head]] = defaultdict(list)
            for head in slices:
                parts[head.text(name)].append(head)
            if 1 < len(parts) < len(slices) and all(len(part) > 1 for part in parts.values()):
                try:
                    return [_volume(part, uid, f"{name}={value}") for value, part in sorted(parts.items())]
                except ReadError:
                    continue
        raise


def _volume(slices: Sequence[Head], uid: str, part: str = "") -> Series:
    planes = [head.plane for head in slices if head.plane is not None]
    placed = stack(planes, [head.path.name for head in slices], _where(slices))
    ordered = tuple(slices[i] for i in placed.order)
    rows, columns, _ = ordered[0].size
    shape = (3 if colours(ordered[0].data) else 1, len(ordered), rows, columns)
    facts = _facts(ordered[0]) | {"plane": _plane_name(planes[0].normal)}
    if part:
        facts["part"] = part.replace("=", " ")
    key = f"{uid}&{UNSAFE.sub('_', part)}" if part else uid
    return Series(ordered, key, shape, placed.affine, placed.spacing_mm, facts)


def _alone(head: Head, uid: str, siblings: int) -> Series:
    return Series(
        (head,), uid if siblings == 1 else f"{uid}&{safe_uid(head.text('SOPInstanceUID'))}", facts=_facts(head)
    )


def _facts(head: Head) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    for name, fact in FACTS.items():
        if text := head.text(name):
            value = head.data.get(name)
            found[fact] = float(value) if isinstance(value, float) else text
    return found


def _plane_name(normal: Array) -> str:
    """The anatomical plane that the normal is nearest to."""
    return PLANES[int(np.abs(normal).argmax())]


def _place(series: Series) -> tuple[float, str]:
    number = str(series.facts.get("number", ""))
    return (float(number) if number.lstrip("-").isdigit() else float("inf"), series.key)


def _where(slices: Sequence[Head]) -> str:
    return f"the series in {Path(os.path.commonpath([head.path.parent for head in slices]))}"
