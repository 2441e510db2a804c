"""DICOMDIR: the table of contents of DICOM media, followed without ever leaving its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polyclinic.errors import ReadError
from polyclinic.readers.dicom.heads import DIRECTORY_CLASS
from polyclinic.readers.dicom.opening import open_dataset, reading_dicom

NAME = "DICOMDIR"
MOST_PARTS = 32  # the standard allows 8


@dataclass(frozen=True)
class Listing:
    """What a DICOMDIR lists.

    Args:
        files: that are there, in its order.
        missing: that it lists and the folder lacks.
        refused: how many entries lead out of the folder (absolute, `..`, links) or are no path at all.
    """

    files: tuple[Path, ...]
    missing: tuple[Path, ...]
    refused: int


def read_directory(path: Path) -> Listing:
    """The files that a DICOMDIR lists, each once.

    Raises:
        ReadError: damaged, or no DICOMDIR.
    """
    with reading_dicom(path, "a DICOMDIR"):
        data = open_dataset(path, pixels=False, tags=("DirectoryRecordSequence", "ReferencedFileID"))
        if getattr(data, "file_meta", {}).get("MediaStorageSOPClassUID") != DIRECTORY_CLASS:
            raise ReadError(f"{path} is no DICOMDIR", hint="give the DICOMDIR file, or the folder it lies in")
        entries = [record.ReferencedFileID for record in data.get("DirectoryRecordSequence") or () if _named(record)]
    root = path.parent.resolve()
    found = [_inside(root, path.parent, entry) for entry in entries]
    known = dict.fromkeys(file for file in found if file is not None)
    return Listing(
        tuple(file for file in known if file.is_file()),
        tuple(file for file in known if not file.is_file()),
        sum(file is None for file in found),
    )


def _named(record: Any) -> bool:
    return bool(record.get("ReferencedFileID"))


def _inside(root: Path, folder: Path, entry: Any) -> Path | None:
    """The file that an entry means; None where it would lead out of the folder."""
    parts = [entry] if isinstance(entry, str) else [str(part) for part in entry]
    if not 0 < len(parts) <= MOST_PARTS:
        return None
    if any(part in ("", ".", "..") or any(c in part for c in "/\\:\0") for part in parts):
        return None
    file = folder.joinpath(*parts)
    if not file.exists():  # media are read under either case
        file = next((f for f in (folder.joinpath(*map(str.lower, parts)),) if f.exists()), file)
    return file if file.resolve().is_relative_to(root) and not _linked(folder, file) else None


def _linked(folder: Path, file: Path) -> bool:
    """Whether the file, or a folder on the way to it, is a link."""
    return any(part.is_symlink() for part in (file, *file.parents) if part.is_relative_to(folder) and part != folder)
