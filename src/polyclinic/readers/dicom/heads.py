"""The headers of many files, read quickly: no pixels, and only the attributes that sort and name images."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polyclinic.errors import ReadError
from polyclinic.readers.dicom.decoding import colours
from polyclinic.readers.dicom.grid import Plane, plane_of
from polyclinic.readers.dicom.native import TAGS as PIXEL_TAGS
from polyclinic.readers.dicom.native import UNUSUAL, Native, native_of
from polyclinic.readers.dicom.opening import FIRST_PIXELS, marked, open_until, reading_dicom
from polyclinic.readers.files import read_head

# What tells the volumes of one series apart, where slices lie at one place.
SPLITTERS = (
    "EchoTime",
    "EchoNumbers",
    "TemporalPositionIdentifier",
    "DiffusionBValue",
    "InversionTime",
    "ImageType",
    "AcquisitionNumber",
    "AcquisitionTime",
)
FACTS: dict[str, str] = {
    "SeriesDescription": "description",
    "SeriesNumber": "number",
    "Modality": "modality",
    "ViewPosition": "view",
    "BodyPartExamined": "body part",
    "EchoTime": "echo time ms",
    "RepetitionTime": "repetition time ms",
    "InversionTime": "inversion time ms",
    "FlipAngle": "flip angle degrees",
    "DiffusionBValue": "b value s/mm2",
    "ConvolutionKernel": "kernel",
    "KVP": "peak voltage kV",
    "ContrastBolusAgent": "contrast agent",
}
TAGS = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"),
    *("PatientID", "PatientSex", "PatientAge", "StudyDate", "InstanceNumber"),
    *("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    *SPLITTERS,
    *FACTS,
    *PIXEL_TAGS,
    *UNUSUAL,
)
UID = re.compile(r"[0-9.]{1,64}")
ENDINGS = (".dcm", ".dicom")
DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")


@dataclass(frozen=True)
class Head:
    """One file's header.

    Args:
        data: the attributes of `TAGS` that it has.
        plane: where it lies, None where it does not say or has several frames.
        native: how its pixels are read where they need no decoder.
    """

    path: Path
    data: Any
    plane: Plane | None
    native: Native | None = None

    def text(self, name: str) -> str:
        """An attribute as text; empty where the file leaves it out."""
        value = self.data.get(name)
        if value is None:
            return ""
        several = not isinstance(value, str) and hasattr(value, "__iter__")
        return " ".join(map(str, value)) if several else str(value).strip()

    @property
    def is_image(self) -> bool:
        """Whether it has pixels of its own: no report, no plan, no segmentation of another image."""
        return "Rows" in self.data and self.text("SOPClassUID") not in SEGMENTATIONS

    @property
    def size(self) -> tuple[int, int, int]:
        """Rows, columns and samples."""
        rows, columns, samples = (self.data.get(name) or 1 for name in ("Rows", "Columns", "SamplesPerPixel"))
        return int(rows), int(columns), int(samples)


@dataclass(frozen=True)
class Scan:
    """What many files hold.

    Args:
        heads: of those that are DICOM, in the order given.
        refused: what cannot be read, one line each.
        foreign: how many are no DICOM at all.
    """

    heads: tuple[Head, ...]
    refused: tuple[str, ...] = ()
    foreign: int = 0


def safe_uid(uid: str) -> str:
    """A UID as it is; what is no UID may be anything, a name or a path too, and is replaced by its hash."""
    return uid if UID.fullmatch(uid) else f"x{hashlib.sha256(uid.encode()).hexdigest()[:16]}"


def is_dicom(path: Path) -> bool:
    """Whether a file has the mark, or at least the name, of DICOM."""
    try:
        return marked(read_head(path)) or path.name.lower().endswith(ENDINGS)
    except ReadError:
        return path.name.lower().endswith(ENDINGS)


def scan(paths: Iterable[Path]) -> Scan:
    """Read the headers of the DICOM files among these; DICOMDIR files are passed over."""
    heads: list[Head] = []
    refused: list[str] = []
    foreign = 0
    for path in paths:
        if not is_dicom(path):
            foreign += 1
            continue
        try:
            head = read_one(path)
        except ReadError as error:
            refused.append(str(error))
            continue
        if head.text("SOPClassUID") != DIRECTORY_CLASS:
            heads.append(head)
    return Scan(tuple(heads), tuple(refused), foreign)


def read_one(path: Path, tags: Sequence[str] = TAGS) -> Head:
    """One file's header.

    Raises:
        ReadError: damaged, or it names no series.
    """
    with reading_dicom(path):
        data, end = open_until(path, FIRST_PIXELS - 1, tags)
        media = getattr(data, "file_meta", {}).get("MediaStorageSOPClassUID")
        if media == DIRECTORY_CLASS:
            data.SOPClassUID = media
        elif not data.get("SeriesInstanceUID") or not data.get("StudyInstanceUID"):
            raise ReadError(f"{path} names no study or series", hint="it is damaged, or no DICOM image")
        for element in data:
            _ = element.value  # converted now, where a library's word about a bad value is not heard
        single = int(data.get("NumberOfFrames") or 1) == 1
        head = Head(path, data, plane_of(data) if single else None, native_of(data, end))
        _ = head.size, colours(data)  # asked for again where nothing is caught
        return head
