"""The DICOM images that a derived object speaks of: their headers, their grid, and who is said to have made it.

Patient, study and frame of reference of what is written come from here; its own UIDs are made anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import polyclinic
from polyclinic.errors import PolyclinicError, ReadError, UnsupportedError, UsageError
from polyclinic.readers import dicom
from polyclinic.readers.dicom.frames import frame_stack
from polyclinic.readers.dicom.grid import Grid, plane_of, stack
from polyclinic.readers.dicom.opening import open_image, quiet, reading_dicom
from polyclinic.readers.dicom.series import claims, find
from polyclinic.study import Pixels

MAKER = "Polyclinic"
MODEL = "Polyclinic, research software"
NOTICE = "Made by research software; not a medical device"
SERIAL = "none"
# What an object must state and may leave empty; sources that lack it get it empty.
EMPTY = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName"),
)


@dataclass(frozen=True)
class DicomSource:
    """One series, or one multi-frame file.

    Args:
        datasets: headers, in the volume's order.
        shape: (z, y, x), or (y, x) of a single picture.
        grid: None where it has no place in the patient.
        order: the file's frame for each slice of the volume.
    """

    datasets: tuple[Any, ...]
    shape: tuple[int, ...]
    grid: Grid | None
    order: tuple[int, ...]

    def frames(self, volume: Pixels) -> Pixels:
        """(z, y, x ...) in the order of the file's frames."""
        ordered = np.empty_like(volume)
        ordered[list(self.order)] = volume
        return ordered


def open_source(path: Path | Sequence[Path]) -> DicomSource:
    """The source in a file, a folder or a list of files.

    Raises:
        ReadError: no DICOM image, or not one volume.
        UsageError: no file.
    """
    files = _files(path)
    with reading_dicom(files[0], "the source"):
        datasets = [_complete(open_image(file, pixels=False)) for file in files]
        found = _single(files[0], datasets[0]) if len(files) == 1 else _series(files, datasets)
    first = found.datasets[0]
    if found.grid is None:
        first.pop("FrameOfReferenceUID", None)  # it would promise a place that nothing tells
    elif not first.get("FrameOfReferenceUID"):
        raise ReadError(f"{files[0]} lacks FrameOfReferenceUID", hint="what is derived from it could not be placed")
    return found


def _single(file: Path, data: Any) -> DicomSource:
    """A picture, a slice, or the frames of a multi-frame file."""
    shape = dicom.header(file).shape[1:]
    if len(shape) == 3:
        placed = frame_stack(data, shape[0])
        if placed is None:
            return DicomSource((data,), shape, None, tuple(range(shape[0])))
        return DicomSource((data,), shape, Grid(shape, placed.affine), placed.order)
    plane = plane_of(data)
    if plane is None:
        return DicomSource((data,), shape, None, (0,))
    whole = (1, *shape)
    return DicomSource((data,), whole, Grid(whole, stack([plane], [file.name], str(file)).affine), (0,))


def _series(files: Sequence[Path], datasets: Sequence[Any]) -> DicomSource:
    """Slices of one series."""
    planes = [plane for plane in map(plane_of, datasets) if plane is not None]
    if len(planes) < len(files):
        raise ReadError(f"{files[0].parent}: not all files say where they lie", hint="give one series")
    placed = stack(planes, [file.name for file in files], f"the series in {files[0].parent}")
    shape = (len(files), int(datasets[0].Rows), int(datasets[0].Columns))
    ordered = tuple(_thick(datasets[i], placed.spacing_mm[0]) for i in placed.order)
    return DicomSource(ordered, shape, Grid(shape, placed.affine), tuple(range(len(files))))


@contextlib.contextmanager
def making(what: str) -> Iterator[None]:
    """Turn what highdicom raises on an unfit source into a `ReadError` that quotes nothing but the attribute.

    Raises:
        ReadError: the source lacks what the standard demands of it.
        UnsupportedError: highdicom is not installed.
    """
    try:
        with quiet():
            yield
    except PolyclinicError:
        raise
    except ImportError as error:
        raise UnsupportedError(f"{what} is made with highdicom", hint="pip install highdicom") from error
    except AttributeError as error:
        raise ReadError(f"cannot make {what}: its source lacks {error.name}", hint="the standard demands it") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(
            f"cannot make {what} of its source ({type(error).__name__})", hint="check the source with a DICOM validator"
        ) from error


def maker() -> dict[str, Any]:
    """Who made the object, in the words of highdicom's constructors."""
    return {
        "manufacturer": MAKER,
        "manufacturer_model_name": MODEL,
        "software_versions": polyclinic.__version__,
        "device_serial_number": SERIAL,
    }


def own_uids() -> dict[str, Any]:
    """A series and an instance of its own."""
    from pydicom.uid import generate_uid

    return {"series_instance_uid": generate_uid(), "sop_instance_uid": generate_uid()}


def _files(path: Path | Sequence[Path]) -> list[Path]:
    if isinstance(path, Path):
        return list(find(path).files) if claims(path) else [path]
    if not path:
        raise UsageError("there is no source image", hint="give the DICOM files that were segmented")
    return list(path)


def _thick(data: Any, step_mm: float) -> Any:
    """The slice with a thickness, which segmentations must state: that of its gap where it says none."""
    if not data.get("SliceThickness"):
        data.SliceThickness = round(step_mm, 6)
    return data


def _complete(data: Any) -> Any:
    for name in EMPTY:
        if name not in data:
            setattr(data, name, "")
    return data
